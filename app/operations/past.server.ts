/**
 * Runs a rule over past events: first over Klaviyo's own history, for the time before its events
 * came here, then over the inbox.
 */
import { isDeepStrictEqual } from 'node:util'
import { eventOfPast } from '../events/formats.ts'
import { appendPast } from '../events/inbox.server.ts'
import { cameByFlow } from '../events/repeated.server.ts'
import type { KlaviyoApi } from '../klaviyo/klaviyo.ts'
import { ProblemError, problemOf } from '../problem.ts'
import type { Problem } from '../problem.ts'
import { readRule } from '../rulebook/rulebook.server.ts'
import type { StoredRule } from '../rulebook/rulebook.server.ts'
import { matches } from '../rules/decide.ts'
import { metricNames } from '../shops/connection.server.ts'
import { runsPerPage } from './operation.ts'
import type { DueOperation, OperationKind, Page } from './operation.ts'
import { pageOfInbox } from './past/inbox.server.ts'
import { putToWork } from './past/runs.server.ts'
import { pastCursor, pastScope } from './past/scope.ts'
import type { PastCursor, PastScope } from './past/scope.ts'

export const past: OperationKind = {
  async page(operation, { klaviyo }) {
    const scope = pastScope.parse(operation.scope)
    const rule = await ruleInForce(operation.shop, scope)
    const cursor = operation.cursor === null ? startOf(scope) : pastCursor.parse(operation.cursor)
    return cursor.phase === 'history' && scope.history
      ? historyPage(operation, rule, scope.history, cursor, klaviyo)
      : inboxPage(operation, rule, scope, cursor.phase === 'inbox' ? cursor.after : null)
  },
}

const inboxStart = { phase: 'inbox' as const, after: null }

const startOf = ({ history }: PastScope): PastCursor =>
  history ? { phase: 'history', metric: 0, page: null } : inboxStart

async function inboxPage(
  operation: DueOperation,
  rule: StoredRule,
  { ruleId, trigger, inbox }: PastScope,
  after: Extract<PastCursor, { phase: 'inbox' }>['after'],
): Promise<Page> {
  const { shop } = operation
  const names = await metricNames(shop)
  const past = { shop, ruleId, trigger, range: inbox, metricNames: names }
  const { eventIds, next } = await pageOfInbox(past, after)
  return {
    next: next && {
      phase: 'inbox',
      after: { receivedAt: next.receivedAt.toISOString(), id: next.id },
    },
    store: (tx) => putToWork(tx, { ...workOf(operation, rule), eventIds }),
  }
}

async function historyPage(
  operation: DueOperation,
  rule: StoredRule,
  { metrics, from, to }: NonNullable<PastScope['history']>,
  cursor: Extract<PastCursor, { phase: 'history' }>,
  klaviyo: KlaviyoApi,
): Promise<Page> {
  const metric = metrics[cursor.metric]
  if (!metric) return { next: inboxStart, store: () => Promise.resolve() }
  const range = { metricId: metric.id, from, to }
  const page = { size: runsPerPage, cursor: cursor.page }
  const { events, next } = await klaviyo.events(range, page).catch(pauseForScope)
  const found = events.flatMap((event) => {
    const read = eventOfPast({ ...event, metricId: metric.id, metricName: metric.name })
    return read && matches(rule.document, read.facts) ? [read] : []
  })
  const known = await cameByFlow(operation.shop, found, to)
  const unknown = found.filter((event) => !known.has(event))
  return {
    next:
      next === null
        ? { phase: 'history', metric: cursor.metric + 1, page: null }
        : { ...cursor, page: next },
    store: async (tx) => {
      const eventIds = await appendPast(tx, operation.shop, unknown)
      await putToWork(tx, { ...workOf(operation, rule), eventIds })
    },
  }
}

const workOf = ({ shop, id }: DueOperation, rule: StoredRule) => ({
  shop,
  operationId: id,
  rule: { id: rule.id, version: rule.version, isShadow: rule.mode === 'shadow' },
})

/** Only this operation needs that scope: its lack must not hold up the shop's live events. */
function pauseForScope(error: unknown): never {
  const { side: _side, ...problem } = problemOf(error)
  if (problem.code !== 'klaviyo-scope-missing') throw error
  throw new ProblemError({ ...problem, retry: 'never' }, { cause: error })
}

async function ruleInForce(shop: string, scope: PastScope): Promise<StoredRule> {
  const rule = await readRule(shop, scope.ruleId)
  if (!rule) throw new ProblemError(ruleDeleted)
  if (rule.mode === 'off') throw new ProblemError(ruleOff)
  if (!isDeepStrictEqual(rule.document.trigger, scope.trigger)) throw new ProblemError(ruleChanged)
  return rule
}

const ruleDeleted: Problem = {
  code: 'past-rule-deleted',
  what: 'The rule was deleted.',
  remedy: 'Stop this operation.',
  retry: 'never',
}

const ruleOff: Problem = {
  code: 'past-rule-off',
  what: 'The rule was switched off.',
  remedy: 'Switch it on or in shadow, then resume.',
  retry: 'never',
}

const ruleChanged: Problem = {
  code: 'past-rule-changed',
  what: 'The rule’s trigger was changed since this was started.',
  remedy: 'Stop this, and run the rule over past events anew.',
  retry: 'never',
}
