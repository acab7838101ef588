/**
 * Conditions: tests over the event and the profile, in groups of all or any. Texts are compared
 * without case, since merchants type them and Klaviyo does not normalise them.
 */
import { z } from 'zod'
import { cut } from '../text.ts'
import type { Facts, Json } from './facts.ts'
import { read } from './values.ts'

const source = z.enum(['event', 'profile'])
const path = z.string().trim().min(1, 'Name the property to look at.').max(200)
const text = z.string().trim().min(1, 'Type a value to compare with.').max(1_000)
// Forms give text, and to JavaScript an empty one is 0.
const filled = (value: unknown) => (value === '' || value === null ? undefined : value)
const number = z.preprocess(filled, z.coerce.number('Type a number.'))
const days = z.preprocess(
  filled,
  z.coerce
    .number('Type a number of days.')
    .min(0, 'Type a number of days from 0.')
    .max(36_500, 'Type at most 36,500 days.'),
)
const texts = z.array(text).min(1, 'Give at least one value.').max(500, 'Give at most 500 values.')
const date = z
  .string()
  .refine((value) => !Number.isNaN(Date.parse(value)), 'Give a date, such as 2026-03-14.')

const subject = { kind: z.literal('test'), source, path }

const presence = z.object({
  ...subject,
  type: z.literal('presence'),
  operator: z.enum(['exists', 'missing']),
})
const textTest = z.object({
  ...subject,
  type: z.literal('text'),
  operator: z.enum(['equals', 'differs', 'contains', 'lacks', 'starts', 'ends']),
  value: text,
})
const textIn = z.object({
  ...subject,
  type: z.literal('text-list'),
  operator: z.enum(['in', 'not-in']),
  value: texts,
})
const numberTest = z.object({
  ...subject,
  type: z.literal('number'),
  operator: z.enum(['equals', 'differs', 'greater', 'at-least', 'less', 'at-most']),
  value: number,
})
const dateTest = z.object({
  ...subject,
  type: z.literal('date'),
  operator: z.enum(['before', 'after']),
  value: date,
})
const ageTest = z.object({
  ...subject,
  type: z.literal('age'),
  operator: z.enum(['within', 'beyond']),
  /** Days before the event, not before now: the same event decides the same on a replay. */
  value: days,
})
const booleanTest = z.object({
  ...subject,
  type: z.literal('boolean'),
  operator: z.literal('is'),
  value: z.boolean(),
})
const listTest = z.object({
  ...subject,
  type: z.literal('list'),
  operator: z.enum(['has', 'has-not', 'has-any']),
  value: texts,
})

const test = z.discriminatedUnion('type', [
  presence,
  textTest,
  textIn,
  numberTest,
  dateTest,
  ageTest,
  booleanTest,
  listTest,
])

export type Test = z.infer<typeof test>

export interface Group {
  kind: 'group'
  match: 'all' | 'any'
  items: (Group | Test)[]
}

const mostDeep = 5
const mostTests = 50

// Told apart by kind, so that what is wrong is said of the field and not of the whole item.
const item: z.ZodType<Group | Test> = z.lazy(() => z.discriminatedUnion('kind', [group, test]))

const group = z.object({
  kind: z.literal('group'),
  match: z.enum(['all', 'any']),
  items: z.array(item),
})

/** The conditions of a rule. An empty group holds. */
export const conditionGroup = group
  .refine((value) => depth(value) <= mostDeep, `Nest groups at most ${mostDeep} deep.`)
  .refine((value) => count(value) <= mostTests, `A rule has at most ${mostTests} conditions.`)

const depth = (value: Group | Test): number =>
  value.kind === 'test' ? 0 : 1 + Math.max(0, ...value.items.map(depth))

const count = (value: Group | Test): number =>
  value.kind === 'test' ? 1 : value.items.reduce((sum, item) => sum + count(item), 0)

/** Why a condition held or not, for people: the test in words and what was found. */
export interface Explanation {
  [key: string]: Json
  held: boolean
  text: string
  /** What the facts held, shortened; null for groups and where there was nothing. */
  found: string | null
  parts: Explanation[]
}

/** Whether the conditions hold, and why. Never throws. */
export function evaluate(item: Group | Test, facts: Facts): Explanation {
  if (item.kind === 'test') {
    const value = read(facts, item.source, item.path)
    return {
      held: holds(item, value, facts.event.occurredAt),
      text: describeTest(item),
      found: shown(value),
      parts: [],
    }
  }
  const parts = item.items.map((inner) => evaluate(inner, facts))
  const held =
    item.match === 'all' || parts.length === 0
      ? parts.every((part) => part.held)
      : parts.some((part) => part.held)
  return { held, text: item.match === 'all' ? 'All of these' : 'Any of these', found: null, parts }
}

function holds(item: Test, value: Json | undefined, occurredAt: Date): boolean {
  const isThere = value !== undefined && value !== null && value !== ''
  switch (item.type) {
    case 'presence':
      return isThere === (item.operator === 'exists')
    case 'text':
      return textHolds(item.operator, asText(value), fold(item.value))
    case 'text-list':
      return item.value.map(fold).includes(asText(value) ?? '') === (item.operator === 'in')
    case 'number':
      return numberHolds(item.operator, asNumber(value), item.value)
    case 'date': {
      const time = asTime(value)
      if (time === null) return false
      return item.operator === 'before'
        ? time < Date.parse(item.value)
        : time > Date.parse(item.value)
    }
    case 'age': {
      const time = asTime(value)
      if (time === null) return false
      const days = (occurredAt.getTime() - time) / 86_400_000
      return item.operator === 'within' ? days >= 0 && days <= item.value : days > item.value
    }
    case 'boolean':
      return asBoolean(value) === item.value
    case 'list': {
      const found = asList(value)
      const wanted = item.value.map(fold)
      if (item.operator === 'has-any') return wanted.some((each) => found.includes(each))
      const hasAll = wanted.every((each) => found.includes(each))
      return item.operator === 'has' ? hasAll : !wanted.some((each) => found.includes(each))
    }
  }
}

function textHolds(
  operator: z.infer<typeof textTest>['operator'],
  value: string | null,
  wanted: string,
): boolean {
  switch (operator) {
    case 'equals':
      return value === wanted
    case 'differs':
      return value !== wanted
    case 'contains':
      return value?.includes(wanted) ?? false
    case 'lacks':
      return !(value?.includes(wanted) ?? false)
    case 'starts':
      return value?.startsWith(wanted) ?? false
    case 'ends':
      return value?.endsWith(wanted) ?? false
  }
}

function numberHolds(
  operator: z.infer<typeof numberTest>['operator'],
  value: number | null,
  wanted: number,
): boolean {
  if (value === null) return operator === 'differs'
  switch (operator) {
    case 'equals':
      return value === wanted
    case 'differs':
      return value !== wanted
    case 'greater':
      return value > wanted
    case 'at-least':
      return value >= wanted
    case 'less':
      return value < wanted
    case 'at-most':
      return value <= wanted
  }
}

const fold = (value: string) => value.trim().toLocaleLowerCase('en')

function asText(value: Json | undefined): string | null {
  if (value === undefined || value === null || typeof value === 'object') return null
  return fold(String(value))
}

/** Numbers, and texts that are numbers: templates turn every value into text. */
function asNumber(value: Json | undefined): number | null {
  if (typeof value === 'number') return value
  if (typeof value !== 'string' || value.trim() === '') return null
  const parsed = Number(value.trim())
  return Number.isFinite(parsed) ? parsed : null
}

function asTime(value: Json | undefined): number | null {
  // Klaviyo's own times are seconds.
  if (typeof value === 'number') return value < 1e11 ? value * 1_000 : value
  if (typeof value !== 'string') return null
  const time = /^\d{9,10}$/.test(value) ? Number(value) * 1_000 : Date.parse(value)
  return Number.isNaN(time) ? null : time
}

function asBoolean(value: Json | undefined): boolean | null {
  if (typeof value === 'boolean') return value
  const text = asText(value)
  if (text === 'true' || text === 'yes' || text === '1') return true
  if (text === 'false' || text === 'no' || text === '0') return false
  return null
}

/** A list, or a text with commas. */
function asList(value: Json | undefined): string[] {
  if (Array.isArray(value)) return value.map((each) => asText(each) ?? '')
  return typeof value === 'string' ? value.split(',').map(fold) : []
}

const mostShown = 120

function shown(value: Json | undefined): string | null {
  if (value === undefined || value === null) return null
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return text.length > mostShown ? `${cut(text, mostShown)}…` : text
}

const operatorWords: Record<Test['type'], Record<string, string>> = {
  presence: { exists: 'exists', missing: 'is missing' },
  text: {
    equals: 'is',
    differs: 'is not',
    contains: 'contains',
    lacks: 'does not contain',
    starts: 'starts with',
    ends: 'ends with',
  },
  'text-list': { in: 'is one of', 'not-in': 'is none of' },
  number: { equals: '=', differs: '≠', greater: '>', 'at-least': '≥', less: '<', 'at-most': '≤' },
  date: { before: 'is before', after: 'is after' },
  age: {
    within: 'is at most so many days before the event:',
    beyond: 'is more days before the event than',
  },
  boolean: { is: 'is' },
  list: { has: 'has all of', 'has-not': 'has none of', 'has-any': 'has any of' },
}

/** The operators of each type with their words, for the editor. */
export const operatorsOf = (type: Test['type']): { value: string; label: string }[] =>
  Object.entries(operatorWords[type]).map(([value, label]) => ({ value, label }))

export function describeTest(item: Test): string {
  const operator = operatorWords[item.type][item.operator] ?? item.operator
  const value = !('value' in item)
    ? ''
    : Array.isArray(item.value)
      ? item.value.join(', ')
      : String(item.value)
  return `${item.source} ${item.path} ${operator} ${value}`.trim()
}

/** All tests in one line; empty when there are none. */
export function describeConditions(item: Group | Test): string {
  if (item.kind === 'test') return describeTest(item)
  const parts = item.items.map(describeConditions).filter((part) => part !== '')
  const joined = parts.join(item.match === 'all' ? ' and ' : ' or ')
  return parts.length > 1 ? `(${joined})` : joined
}
