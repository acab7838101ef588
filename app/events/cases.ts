/**
 * Rules x event -> planned actions. Pure: same cases, same plan; ids, time and chance come in.
 *
 * A case is one rule for one event. It starts as a waiting run and leaves this module either
 * finished (skipped, failed) or with steps that hold what is to be written.
 */
import type { AnyAction, Done, Guard, Planned, Target } from '../actions/action.ts'
import type { RunRecord, StepIntent, StepRecord } from '../activity/record.server.ts'
import type { Problem } from '../problem.ts'
import type { Explanation } from '../rules/conditions.ts'
import { decide } from '../rules/decide.ts'
import type { Facts, Json } from '../rules/facts.ts'
import type { Rule } from '../rules/rule.ts'
import { customerGid } from '../shopify/admin.ts'
import type { CustomerMatch, Identity } from '../shopify/admin.ts'

/** A rule as the drain knows it: the pinned version of its document, the mode of today. */
export interface KnownRule {
  id: string
  version: number
  mode: 'off' | 'shadow' | 'on'
  document: Rule
}

/** A step of a case: its record, and the change to carry out, if any. */
export interface CaseStep {
  record: Omit<StepRecord, 'intent'>
  action: AnyAction | null
  settings: Json
  /** Of a run that takes back: what the step did that it is about. */
  undoes: Done<Json> | null
  intent: StepIntent | null
}

export interface Case {
  run: Omit<RunRecord, 'steps' | 'why'>
  why: Explanation | null
  rule: KnownRule
  facts: Facts
  receivedAt: Date
  /** Its time in line counts from then: first tried, run again, or a side was mended. */
  dueSince: Date
  steps: CaseStep[]
  /** Set while the run waits, and does nothing: when to look again. Null = as the retry schedule says. */
  lookAgainAt: Date | null
}

/** How often a rule that waits for a customer looks again. */
const customerPauseMs = 10 * 60_000

const hourMs = 3_600_000

/** Whether a try before may have written something: an intent is stored before it is carried out. */
const hasBegun = ({ steps }: Case): boolean =>
  steps.some(({ record, intent }) => record.state === 'done' || intent !== null)

/** Applies the conditions. Cases that go on stay `waiting`, the others are skipped with the reason. */
export function decideCase(each: Case): Case {
  // Whoever wants it undone has decided; the rule may be off or gone.
  if (each.run.isUndo) return each
  // Decided once and begun, it is brought to its end: what it wrote may have changed what the
  // conditions look at, and a code that was made waits to be delivered.
  if (hasBegun(each)) return each
  if (each.run.shadow ? each.rule.mode === 'off' : each.rule.mode !== 'on') {
    return skip(each, 'The rule was switched off before it ran.')
  }
  const decision = decide(each.rule.document, each.facts)
  const decided = { ...each, why: decision.why }
  return decision.go ? decided : skip(decided, decision.reason)
}

/** Ends a case whose event its rule has handled already, as one of Klaviyo's history. */
export const skipRepeated = (each: Case): Case =>
  skip(each, 'The rule has handled this event already, out of Klaviyo’s history.')

/** What identifies the customer: e-mails first, then phones; the profile's word before the event's. */
export function identityOf(each: Case): Identity {
  const { run, facts } = each
  // What a run began it ends, or takes back, with the same customer, whoever has the e-mail by now.
  if ((run.isUndo || hasBegun(each)) && run.customerGid !== null) {
    return { id: customerGid.parse(run.customerGid), emails: [], phones: [] }
  }
  const unique = (values: (string | null | undefined)[]) => [
    ...new Set(values.flatMap((value) => (value ? [value.trim()] : []))),
  ]
  return {
    emails: unique([facts.profile?.email?.toLowerCase(), facts.event.email?.toLowerCase()]),
    phones: unique([facts.profile?.phone, facts.event.phone]),
  }
}

/** Whether a customer is to be made for the case. In shadow mode none is. */
export function createsCustomer(each: Case): boolean {
  const { emails, phones } = identityOf(each)
  return (
    each.rule.document.noCustomer.then === 'create' &&
    !each.run.shadow &&
    !each.run.isUndo &&
    !hasBegun(each) &&
    emails.length + phones.length > 0
  )
}

/** Ties the case to its customer, or says why it can't be. */
export function matchCase(each: Case, match: CustomerMatch, now: Date): Case {
  if (match.found === 'one') {
    return { ...each, run: { ...each.run, customerGid: match.customer.id } }
  }
  if (each.run.isUndo || hasBegun(each)) return skip(each, 'The customer is no longer in Shopify.')
  if (match.found === 'several') {
    return skip(
      each,
      'The profile and the event lead to different customers in Shopify. The rule does not guess.',
    )
  }
  const { emails, phones } = identityOf(each)
  if (emails.length === 0 && phones.length === 0) {
    return skip(
      each,
      'Neither the event nor the Klaviyo profile holds an e-mail or a phone number.',
    )
  }
  const { noCustomer } = each.rule.document
  if (noCustomer.then === 'wait') {
    const until = each.receivedAt.getTime() + noCustomer.hours * hourMs
    if (now.getTime() < until) {
      return {
        ...each,
        run: {
          ...each.run,
          state: 'waiting',
          reason: 'No such customer in Shopify yet.',
          problem: null,
        },
        lookAgainAt: new Date(Math.min(now.getTime() + customerPauseMs, until)),
      }
    }
    const { hours } = noCustomer
    return skip(
      each,
      `No such customer in Shopify within ${hours === 1 ? 'an hour' : `${hours} hours`}.`,
    )
  }
  if (noCustomer.then === 'create') {
    return skip(each, 'No such customer in Shopify yet. Switched on, the rule creates one.')
  }
  return skip(each, 'No customer in Shopify has this e-mail or phone number.')
}

/** Whether planning the case has to know the customer's codes. */
export const usesCodes = ({ run, steps }: Case): boolean =>
  run.state === 'waiting' && steps.some(({ action }) => action?.usesCodes)

/** Names of the customer's metafields that planning the case compares with. */
export const metafieldsFor = ({ run, steps }: Case): string[] =>
  run.state === 'waiting'
    ? steps.flatMap(({ action, settings }) => action?.metafields(settings) ?? [])
    : []

/**
 * Plans the steps against the customer; returns the customer as they will be. A step whose intent
 * was stored by an earlier try keeps it, unless Shopify refused it: then it is planned anew.
 */
export function planCase(
  each: Case,
  target: Target,
  guard: Guard,
  now: Date,
): { planned: Case; target: Target } {
  let after = target
  let given: Record<string, Json> = {}
  const steps = each.steps.map((step) => {
    const planned = plan(step)
    if (planned.intent) given = { ...given, ...planned.action?.gives(planned.intent.change) }
    return planned
  })
  return { planned: concludeCase({ ...each, steps }), target: after }

  function plan(step: CaseStep): CaseStep {
    const { record, action, settings } = step
    if (record.state !== 'waiting' && record.state !== 'failed') return step
    if (step.intent && record.problem?.retry !== 'never') {
      return { ...step, record: { ...record, state: 'waiting', reason: null, problem: null } }
    }
    if (!action) {
      return {
        ...step,
        record: { ...record, state: 'failed', problem: unknownAction(record.kind) },
      }
    }
    const facts = {
      ...each.facts,
      customer: { id: after.id, tags: [...after.tags] },
      rule: { id: each.rule.id, name: each.rule.document.name },
      given,
    }
    const occasion = { shop: each.run.shopId, stepId: record.id, at: now }
    const outcome = outcomeOf(() =>
      step.undoes
        ? action.undo(step.undoes, facts, after, occasion, guard)
        : action.plan(settings, facts, after, guard, occasion),
    )
    if (outcome.outcome === 'change' && !each.run.shadow) after = outcome.target
    return planStep(step, outcome, each.run.shadow)
  }
}

/** Planning is pure: what it throws it throws again, and no other case must suffer from it. */
function outcomeOf(plan: () => Planned<Json>): Planned<Json> {
  try {
    return plan()
  } catch {
    return { outcome: 'fail', problem: unplannable }
  }
}

function planStep(step: CaseStep, outcome: Planned<Json>, isShadow: boolean): CaseStep {
  const record = { ...step.record, reason: null, problem: null, note: null }
  switch (outcome.outcome) {
    case 'skip':
      return {
        ...step,
        intent: null,
        record: { ...record, state: 'skipped', reason: outcome.reason },
      }
    case 'fail':
      return {
        ...step,
        intent: null,
        record: { ...record, state: 'failed', problem: outcome.problem },
      }
    case 'change': {
      const { change, before, after, note } = outcome
      const state = isShadow ? 'done' : 'waiting'
      return { ...step, intent: { change, before, after }, record: { ...record, state, note } }
    }
  }
}

/** Steps that are to be carried out now, in order: none behind one that failed. */
export function effectsOf(each: Case): CaseStep[] {
  if (each.run.state !== 'waiting' || each.lookAgainAt || !each.run.customerGid) return []
  return each.steps.filter(({ record, intent }) => record.state === 'waiting' && intent)
}

/** The step after an attempt to carry it out. */
export function settleStep(step: CaseStep, problem: Problem | null): CaseStep {
  const attempts = step.record.attempts + 1
  if (!problem)
    return { ...step, record: { ...step.record, attempts, state: 'done', problem: null } }
  const state = problem.retry === 'never' ? 'failed' : 'waiting'
  return { ...step, record: { ...step.record, attempts, state, problem } }
}

/**
 * The steps when one's intent no longer fits what is there: without it, the next try plans it anew,
 * and with it those behind it, which may use what it gives.
 */
export const renewFrom = (steps: CaseStep[], position: number, problem: Problem): CaseStep[] =>
  steps.map((step) => {
    if (step.record.position === position) return { ...settleStep(step, problem), intent: null }
    const isBehind = step.record.position > position && step.record.state === 'waiting'
    return isBehind ? { ...step, intent: null } : step
  })

/** The run's state as its steps tell it. */
export function concludeCase(each: Case): Case {
  const states = each.steps.map(({ record }) => record.state)
  const held = each.steps.find(({ record }) => record.problem)?.record.problem ?? null
  const run = { ...each.run, problem: held, reason: null }
  if (states.includes('failed')) return { ...each, run: { ...run, state: 'failed' } }
  if (states.includes('waiting')) return { ...each, run: { ...run, state: 'waiting' } }
  if (states.includes('done')) return { ...each, run: { ...run, state: 'done' } }
  const reason = each.steps.find(({ record }) => record.reason)?.record.reason ?? null
  return { ...each, run: { ...run, state: 'skipped', reason } }
}

/** Ends a case that was tried for long enough: what waits has failed. */
export function giveUp(each: Case): Case {
  const steps = each.steps.map((step) =>
    step.record.problem ? { ...step, record: { ...step.record, state: 'failed' as const } } : step,
  )
  return { ...each, steps, run: { ...each.run, state: 'failed' } }
}

/** A problem that hit the whole case before or while it acted. */
export function holdUp(each: Case, problem: Problem): Case {
  const state = problem.retry === 'never' ? 'failed' : 'waiting'
  return { ...each, run: { ...each.run, state, problem } }
}

/** Ends a case that does nothing more: no step of it waits for anything any more. */
function skip(each: Case, reason: string): Case {
  const steps = each.steps.map((step) =>
    step.record.state === 'waiting'
      ? { ...step, record: { ...step.record, state: 'skipped' as const } }
      : step,
  )
  const didSome = steps.some(({ record }) => record.state === 'done')
  const state = didSome ? 'done' : 'skipped'
  return { ...each, steps, run: { ...each.run, state, reason, problem: null } }
}

const unplannable: Problem = {
  code: 'step-unplannable',
  what: 'The app could not work out what this action has to do with the values of this event.',
  remedy:
    'Look at the event for a value that is unusually long or nested, and open the rule: if the editor finds nothing wrong with the action, contact support with the time of this run.',
  retry: 'never',
}

const unknownAction = (kind: string): Problem => ({
  code: 'action-unknown',
  what: `This version of the app has no action "${kind}".`,
  remedy: 'Open the rule, replace the action and save.',
  retry: 'never',
})
