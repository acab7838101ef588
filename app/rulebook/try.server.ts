/**
 * Runs a rule on an event and writes nothing: the same decisions as the drain's, by the same
 * functions, with Klaviyo and Shopify only read.
 */
import { v7 as uuidv7 } from 'uuid'
import { actionOf } from '../actions/index.ts'
import { decideCase, identityOf, matchCase, planCase } from '../events/cases.ts'
import type { Case } from '../events/cases.ts'
import { parseFlow } from '../events/formats.ts'
import { readKnown } from '../events/known.server.ts'
import { problemOf } from '../problem.ts'
import type { FieldProblem, Problem } from '../problem.ts'
import { titleOf } from '../activity/list.server.ts'
import { timeZoneOf } from '../activity/store.server.ts'
import type { KlaviyoApi, ProfileOptions } from '../klaviyo/klaviyo.ts'
import { matches } from '../rules/decide.ts'
import type { EventFacts, Facts, Json } from '../rules/facts.ts'
import { describeTrigger, usesPredictions } from '../rules/rule.ts'
import type { Rule } from '../rules/rule.ts'
import { klaviyoOf } from '../shops/connection.server.ts'
import { adminOf } from '../shops/sessions.server.ts'
import { settingsOf } from '../shops/settings.server.ts'
import { checkDocument } from './rulebook.server.ts'
import { factsOfEvent } from './samples.server.ts'

/** What to try the rule on: an event of the inbox, or the body of a webhook as pasted. */
export type TrialSource = { eventId: string } | { body: string }

export interface TrialStep {
  kind: string
  /** What the step would do, or does not and why. */
  state: 'done' | 'skipped' | 'failed'
  text: string
  remedy: string | null
  effect: { before: Json; after: Json } | null
}

export interface Trial {
  event: { title: string; person: string | null; occurredAt: Date }
  trigger: { held: boolean; text: string }
  /** The explanation of the conditions; null where it did not come to that. */
  why: Json
  /** Null where it was not looked for. */
  customer: { gid: string; name: string } | null
  /** Why nothing would happen, or null. */
  reason: string | null
  /** Why Klaviyo or Shopify could not be asked, or null. */
  problem: Problem | null
  steps: TrialStep[]
}

export type Tried = { ok: true; trial: Trial } | { ok: false; problems: FieldProblem[] }

/** Tries a document, saved or not. */
export async function tryRule(shop: string, document: string, source: TrialSource): Promise<Tried> {
  const checked = checkDocument(document)
  if (!checked.ok) return checked
  const event = await eventOf(shop, source)
  if (!event.ok) return event
  return { ok: true, trial: await run(shop, checked.rule, event.facts) }
}

type Found = { ok: true; facts: EventFacts } | { ok: false; problems: FieldProblem[] }

async function eventOf(shop: string, source: TrialSource): Promise<Found> {
  if ('eventId' in source) {
    const facts = await factsOfEvent(shop, source.eventId)
    if (facts) return { ok: true, facts }
    return { ok: false, problems: [{ field: 'event', message: 'Choose an event.' }] }
  }
  const parsed = parseBody(source.body)
  const [event] = parsed.ok ? parsed.events : []
  if (event) return { ok: true, facts: event.facts }
  return {
    ok: false,
    problems: (parsed.ok ? [] : parsed.problems).map(({ field, message }) => ({
      field: 'body',
      message: field === 'body' ? `The text ${message}` : `${field}: ${message}`,
    })),
  }
}

function parseBody(body: string): ReturnType<typeof parseFlow> {
  try {
    return parseFlow(JSON.parse(body), { flowId: null, receivedAt: new Date() })
  } catch (error) {
    return { ok: false, problems: [{ field: 'body', message: unreadable(error) }] }
  }
}

function unreadable(error: unknown): string {
  if (error instanceof RangeError) return 'is nested too deep.'
  if (error instanceof SyntaxError) return 'is not valid JSON.'
  throw error
}

async function run(shop: string, rule: Rule, event: EventFacts): Promise<Trial> {
  const trial: Trial = {
    event: {
      title: titleOf(event),
      person: event.email ?? event.phone ?? event.profileId,
      occurredAt: event.occurredAt,
    },
    trigger: { held: matches(rule, event), text: describeTrigger(rule.trigger) },
    why: null,
    customer: null,
    reason: null,
    problem: null,
    steps: [],
  }
  if (!trial.trigger.held) {
    return { ...trial, reason: 'The trigger does not fit this event: the rule would not start.' }
  }
  try {
    return await decideAndPlan(shop, rule, event, trial)
  } catch (error) {
    return { ...trial, problem: problemOf(error) }
  }
}

async function decideAndPlan(
  shop: string,
  rule: Rule,
  event: EventFacts,
  trial: Trial,
): Promise<Trial> {
  const [timeZone, { tagBudget }, klaviyo, shopify] = await Promise.all([
    timeZoneOf(shop),
    settingsOf(shop),
    klaviyoOf(shop),
    adminOf(shop),
  ])
  const profile = await profileOf(klaviyo, event, { predictive: usesPredictions(rule) })
  const facts = { event, profile, shop: { timeZone } }
  const decided = decideCase(caseOf(shop, rule, facts))
  if (decided.run.state !== 'waiting') {
    return { ...trial, why: decided.why, reason: decided.run.reason }
  }
  const [match = { found: 'none' } as const] = await shopify.findCustomers([identityOf(decided)])
  const matched = matchCase(decided, match, new Date())
  if (match.found !== 'one') return { ...trial, why: decided.why, reason: matched.run.reason }

  const { id, tags, displayName } = match.customer
  const knownOf = await readKnown([matched], shop, shopify)
  const target = { id, tags, ...knownOf(id) }
  const { planned } = planCase(matched, target, { tagBudget }, new Date())
  return {
    ...trial,
    why: decided.why,
    customer: { gid: id, name: displayName },
    steps: planned.steps.map(({ record, intent }) => ({
      kind: record.kind,
      state: record.state === 'waiting' ? 'done' : record.state,
      text: record.problem?.what ?? record.reason ?? record.note ?? '',
      remedy: record.problem?.remedy ?? null,
      effect: intent && { before: intent.before, after: intent.after },
    })),
  }
}

/** The person behind the event: by id where it has one, else by e-mail, else by phone. */
export async function profileOf(
  klaviyo: KlaviyoApi,
  event: EventFacts,
  options: ProfileOptions,
): Promise<Facts['profile']> {
  const { profileId, email, phone } = event
  if (profileId) return (await klaviyo.profiles([profileId], options)).get(profileId) ?? null
  if (email) {
    const key = email.toLowerCase()
    return (await klaviyo.profilesByEmail([key], options)).get(key) ?? null
  }
  if (phone) return (await klaviyo.profilesByPhone([phone], options)).get(phone) ?? null
  return null
}

/** A case as the drain would start it, of a rule that is on. */
function caseOf(shop: string, document: Rule, facts: Facts): Case {
  const ruleId = uuidv7()
  return {
    run: {
      id: uuidv7(),
      shopId: shop,
      eventId: uuidv7(),
      ruleId,
      isUndo: false,
      operationId: null,
      ruleVersion: 1,
      shadow: false,
      state: 'waiting',
      reason: null,
      problem: null,
      customerGid: null,
      attempts: 1,
    },
    why: null,
    rule: { id: ruleId, version: 1, mode: 'on', document },
    facts,
    receivedAt: new Date(),
    dueSince: new Date(),
    steps: document.actions.map(({ kind, settings }, position) => ({
      action: actionOf(kind),
      settings,
      undoes: null,
      intent: null,
      record: {
        id: uuidv7(),
        position,
        kind,
        undoesId: null,
        state: 'waiting',
        note: null,
        reason: null,
        problem: null,
        attempts: 0,
      },
    })),
    lookAgainAt: null,
  }
}
