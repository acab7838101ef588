/**
 * A rule while it is being edited. Looser than the document: what was typed for one kind of trigger
 * or condition is kept while another is tried. `documentOf` says what is saved.
 */
import type { Group, Test } from '../../rules/conditions.ts'
import type { Json } from '../../rules/facts.ts'
import type { Rule } from '../../rules/rule.ts'

export interface Named {
  id: string | null
  name: string
}

export type TriggerKind = Rule['trigger']['kind']

export interface TriggerDraft {
  kind: TriggerKind
  metric: Named
  flow: Named
  campaign: Named
  /** Name of the engagement's metric; empty = any. */
  engagement: string
  outcome: { isUsed: boolean; property: string; equals: string }
}

export interface TestDraft {
  kind: 'test'
  id: string
  source: 'event' | 'profile'
  path: string
  type: Test['type']
  operator: string
  /** What is compared with, as typed; lists by commas. */
  value: string
}

export interface GroupDraft {
  kind: 'group'
  id: string
  match: 'all' | 'any'
  items: (GroupDraft | TestDraft)[]
}

export interface ActionDraft {
  id: string
  kind: string
  settings: Json
}

export interface Draft {
  name: string
  mode: 'off' | 'shadow' | 'on'
  trigger: TriggerDraft
  conditions: GroupDraft
  actions: ActionDraft[]
  noCustomer: { then: 'skip' | 'wait' | 'create'; hours: string }
}

let lastId = 0

/** A name for a row of the form; never stored, except with actions. */
export const newId = (): string => `${Date.now().toString(36)}-${(lastId += 1)}`

const nobody: Named = { id: null, name: '' }

export const blankTest = (): TestDraft => ({
  kind: 'test',
  id: newId(),
  source: 'event',
  path: '',
  type: 'text',
  operator: 'equals',
  value: '',
})

export const blankGroup = (match: 'all' | 'any'): GroupDraft => ({
  kind: 'group',
  id: newId(),
  match,
  items: [],
})

/** The draft of a stored rule, or of a new one: shadow first, so that nothing is written unseen. */
export function draftOf(stored: { mode: Draft['mode']; document: Rule } | null): Draft {
  const rule = stored?.document
  const trigger = rule?.trigger
  const outcome = trigger && 'outcome' in trigger ? trigger.outcome : null
  return {
    name: rule?.name ?? '',
    mode: stored?.mode ?? 'shadow',
    trigger: {
      kind: trigger?.kind ?? 'flow',
      metric: trigger?.kind === 'metric' ? trigger.metric : nobody,
      flow: trigger?.kind === 'flow' ? trigger.flow : nobody,
      campaign: trigger?.kind === 'campaign' ? trigger.campaign : nobody,
      engagement: (trigger?.kind === 'campaign' && trigger.engagement) || '',
      outcome: {
        isUsed: outcome !== null,
        property: outcome?.property ?? 'branch_outcome',
        equals: outcome?.equals ?? '',
      },
    },
    conditions: rule ? groupDraftOf(rule.conditions) : blankGroup('all'),
    actions: rule?.actions ?? [],
    noCustomer:
      rule?.noCustomer.then === 'wait'
        ? { then: 'wait', hours: String(rule.noCustomer.hours) }
        : { then: rule?.noCustomer.then ?? 'skip', hours: '24' },
  }
}

function groupDraftOf({ match, items }: Group): GroupDraft {
  return {
    kind: 'group',
    id: newId(),
    match,
    items: items.map((item) => (item.kind === 'group' ? groupDraftOf(item) : testDraftOf(item))),
  }
}

function testDraftOf(test: Test): TestDraft {
  const { source, path, type, operator } = test
  const value = !('value' in test)
    ? ''
    : Array.isArray(test.value)
      ? test.value.join(', ')
      : String(test.value)
  return { kind: 'test', id: newId(), source, path, type, operator, value }
}

/** The document to save, as JSON text. The server checks it: nothing here does. */
export function documentOf({ name, trigger, conditions, actions, noCustomer }: Draft): string {
  return JSON.stringify({
    name,
    trigger: triggerOf(trigger),
    conditions: groupOf(conditions),
    actions,
    noCustomer:
      noCustomer.then === 'wait'
        ? { then: 'wait', hours: numberOf(noCustomer.hours) }
        : { then: noCustomer.then },
  })
}

export function triggerOf(draft: TriggerDraft): Json {
  const outcome = draft.outcome.isUsed
    ? { property: draft.outcome.property, equals: draft.outcome.equals }
    : null
  switch (draft.kind) {
    case 'any':
      return { kind: 'any' }
    case 'metric':
      return { kind: 'metric', metric: { ...draft.metric }, outcome }
    case 'flow':
      return { kind: 'flow', flow: { ...draft.flow }, outcome }
    case 'campaign':
      return {
        kind: 'campaign',
        campaign: { ...draft.campaign },
        engagement: draft.engagement.trim() || null,
      }
  }
}

function groupOf({ match, items }: GroupDraft): Json {
  return {
    kind: 'group',
    match,
    items: items.map((item) => (item.kind === 'group' ? groupOf(item) : testOf(item))),
  }
}

function testOf({ source, path, type, operator, value }: TestDraft): Json {
  const test = { kind: 'test', source, path, type, operator }
  switch (type) {
    case 'presence':
      return test
    case 'boolean':
      return { ...test, value: value !== 'false' }
    case 'number':
    case 'age':
      return { ...test, value: numberOf(value) }
    case 'text-list':
    case 'list':
      return { ...test, value: listOf(value) }
    case 'text':
    case 'date':
      return { ...test, value }
  }
}

/** What is no number stays text, so that the server says so; nothing is not zero. */
function numberOf(text: string): Json {
  const trimmed = text.trim()
  return trimmed === '' || Number.isNaN(Number(trimmed)) ? 'none' : Number(trimmed)
}

const listOf = (text: string): string[] =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')

/** Every text of the actions' settings: templates are among them. */
export function textsOf(actions: ActionDraft[]): string[] {
  const walk = (value: Json): string[] => {
    if (typeof value === 'string') return value.trim() === '' ? [] : [value]
    if (value === null || typeof value !== 'object') return []
    return Object.values(value).flatMap(walk)
  }
  return [...new Set(actions.flatMap(({ settings }) => walk(settings)))]
}
