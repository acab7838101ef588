/** Running a rule over the past: what it would do, and its start. */
import { z } from 'zod'
import { ProblemError } from '../../problem.ts'
import type { FieldProblem, Problem } from '../../problem.ts'
import { readRule } from '../../rulebook/rulebook.server.ts'
import type { StoredRule } from '../../rulebook/rulebook.server.ts'
import { klaviyoOf, metricNames } from '../../shops/connection.server.ts'
import { adminOf } from '../../shops/sessions.server.ts'
import { settingsOf } from '../../shops/settings.server.ts'
import { certainties } from '../operation.ts'
import type { Certainty } from '../operation.ts'
import { startOperation } from '../operations.server.ts'
import { estimate, pointsPerRun, usualPointsPerSecond } from './estimate.ts'
import type { Estimate } from './estimate.ts'
import { countInbox, firstByWebhook, handledOfHistory } from './inbox.server.ts'
import type { InboxCount } from './inbox.server.ts'
import { historyOf } from './scope.ts'
import type { PastScope } from './scope.ts'

export const mostDays = 90

const dayMs = 24 * 3_600_000

/** Events of Klaviyo's that a preview counts. */
const mostCounted = 10_000

export interface PastAsk {
  /** As typed. */
  days: string
  /** Whether events are read from Klaviyo too. */
  withHistory: boolean
}

export interface PastPreview {
  from: Date
  inbox: InboxCount
  history:
    | {
        state: 'counted'
        since: Date
        until: Date
        count: number
        isMore: boolean
        handled: number
      }
    /** Why none are read, in words. */
    | { state: 'none'; why: string }
    | { state: 'refused'; problem: Problem }
  /** Runs that it is expected to make, at most; what it costs and takes is known as well as they are. */
  expected: number
  certainty: Certainty
  estimate: Estimate
}

export type PreviewOutcome =
  { ok: true; preview: PastPreview } | { ok: false; problems: FieldProblem[]; problem?: Problem }

/** What it would do. Counts, and starts nothing. */
export async function previewPast(
  shop: string,
  ruleId: string,
  ask: PastAsk,
): Promise<PreviewOutcome> {
  const checked = await check(shop, ruleId, ask)
  if (!checked.ok) return checked
  const { rule } = checked
  try {
    const { scope, why } = await scopeOf(shop, rule, checked.days, ask.withHistory)
    const past = { shop, ruleId, trigger: rule.document.trigger, range: scope.inbox }
    const [inbox, history, pointsPerSecond] = await Promise.all([
      countInbox({ ...past, metricNames: await metricNames(shop) }),
      scope.history
        ? countHistory(shop, ruleId, scope.history)
        : { state: 'none' as const, why: why ?? 'All events of the time came here by themselves.' },
      pointsPerSecondOf(shop),
    ])
    const ofHistory = history.state === 'counted' ? Math.max(0, history.count - history.handled) : 0
    const expected = inbox.waiting + ofHistory
    return {
      ok: true,
      preview: {
        from: scope.history?.from ?? scope.inbox.from,
        inbox,
        history,
        expected,
        certainty: certaintyOf(inbox, history),
        estimate: estimate({
          runs: expected,
          history: ofHistory,
          pointsPerRun: pointsPerRun(rule.document, rule.mode === 'shadow'),
          pointsPerSecond,
        }),
      },
    }
  } catch (error) {
    if (error instanceof ProblemError) return { ok: false, problems: [], problem: error.problem }
    throw error
  }
}

export type StartOutcome =
  { ok: true; operationId: string } | { ok: false; problems: FieldProblem[]; problem?: Problem }

function certaintyOf(inbox: InboxCount, history: PastPreview['history']): Certainty {
  if (history.state === 'counted' && history.isMore) return 'more'
  return inbox.isAbout ? 'about' : 'exact'
}

/** Starts it. `expected` and `certainty` as the preview said. */
export async function startPast(
  shop: string,
  ruleId: string,
  ask: PastAsk & { expected: string; certainty: string },
): Promise<StartOutcome> {
  const checked = await check(shop, ruleId, ask)
  if (!checked.ok) return checked
  const { rule, days } = checked
  try {
    const { scope } = await scopeOf(shop, rule, days, ask.withHistory)
    const { inbox, history, ...rest } = scope
    const operationId = await startOperation(shop, {
      kind: 'past',
      scope: {
        ...rest,
        inbox: isoRange(inbox),
        history: history && { ...isoRange(history), metrics: history.metrics },
      },
      title: `${rule.document.name} over the last ${days === 1 ? 'day' : `${days} days`}`,
      expected: expectedCount.parse(ask.expected),
      certainty: expectedCertainty.parse(ask.certainty),
    })
    return { ok: true, operationId }
  } catch (error) {
    if (error instanceof ProblemError) return { ok: false, problems: [], problem: error.problem }
    throw error
  }
}

const isoRange = ({ from, to }: { from: Date; to: Date }) => ({
  from: from.toISOString(),
  to: to.toISOString(),
})

/** Only a yardstick for the progress: whatever else comes counts as not known. */
const expectedCount = z.coerce.number().int().min(0).max(1_000_000_000).catch(0)

const expectedCertainty = z.enum(certainties).catch('about')

type Checked =
  { ok: true; rule: StoredRule; days: number } | { ok: false; problems: FieldProblem[] }

async function check(shop: string, ruleId: string, ask: PastAsk): Promise<Checked> {
  const [rule, { retentionDays }] = await Promise.all([readRule(shop, ruleId), settingsOf(shop)])
  if (!rule) return refuse('rule', 'This rule was deleted meanwhile.')
  if (rule.mode === 'off') {
    return refuse('rule', 'The rule is off. Switch it on, or in shadow to try it out, and save.')
  }
  const days = z.coerce.number().int().min(1).safeParse(ask.days.trim())
  const most = Math.min(mostDays, retentionDays)
  if (days.success && days.data <= most) return { ok: true, rule, days: days.data }
  const limit = `Enter a whole number from 1 to ${most} days.`
  return refuse(
    'days',
    most < mostDays ? `${limit} Events are kept for ${retentionDays} days, see Settings.` : limit,
  )
}

const refuse = (field: string, message: string): Checked => ({
  ok: false,
  problems: [{ field, message }],
})

/**
 * The inbox's part of the time begins with the first event of the trigger that came by webhook; what
 * was before is Klaviyo's.
 */
async function scopeOf(
  shop: string,
  { id: ruleId, document: { trigger } }: StoredRule,
  days: number,
  withHistory: boolean,
): Promise<{ scope: PastScope; why: string | null }> {
  const names = await metricNames(shop)
  const to = new Date()
  const range = { from: new Date(to.getTime() - days * dayMs), to }
  const source = withHistory ? historyOf(trigger, names) : { without: 'Klaviyo is not asked.' }
  if ('without' in source) {
    return { scope: { ruleId, trigger, inbox: range, history: null }, why: source.without }
  }
  const { from } = range
  const first = await firstByWebhook({ shop, ruleId, trigger, range, metricNames: names })
  const turn = first ?? to
  const history = turn > from ? { from, to: turn, metrics: source.metrics } : null
  return { scope: { ruleId, trigger, inbox: { from: turn, to }, history }, why: null }
}

async function countHistory(
  shop: string,
  ruleId: string,
  { from, to, metrics }: NonNullable<PastScope['history']>,
): Promise<PastPreview['history']> {
  const klaviyo = await klaviyoOf(shop)
  try {
    let count = 0
    let isMore = false
    for (const { id } of metrics) {
      const counted = await klaviyo.countEvents({ metricId: id, from, to }, mostCounted - count)
      count += counted.count
      isMore ||= counted.isMore
      if (isMore) break
    }
    const handled = await handledOfHistory(shop, ruleId, { from, to })
    return { state: 'counted', since: from, until: to, count, isMore, handled }
  } catch (error) {
    if (error instanceof ProblemError) return { state: 'refused', problem: error.problem }
    throw error
  }
}

async function pointsPerSecondOf(shop: string): Promise<number> {
  try {
    const { budget } = await (await adminOf(shop)).status()
    return budget?.restoredPerSecond ?? usualPointsPerSecond
  } catch (error) {
    if (error instanceof ProblemError) return usualPointsPerSecond
    throw error
  }
}
