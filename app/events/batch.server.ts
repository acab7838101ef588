/**
 * A batch of claimed events: decided together, acted on together.
 *
 * Nothing is written to Shopify before the intents are committed, and nothing counts as done before
 * the outcome is. A crash in between leaves runs that wait with an intent: the next drain carries
 * exactly that intent out again, which has no second effect.
 */
import type { AnyAction, Applied, Intent, Services, Target } from '../actions/action.ts'
import { recordRuns } from '../activity/record.server.ts'
import type { RunRecord } from '../activity/record.server.ts'
import { prisma } from '../db/client.server.ts'
import type { Tx } from '../db/client.server.ts'
import type { KlaviyoApi, KlaviyoProfile, ProfileOptions } from '../klaviyo/klaviyo.ts'
import { problemOf } from '../problem.ts'
import type { Problem } from '../problem.ts'
import type { Json } from '../rules/facts.ts'
import { usesPredictions } from '../rules/rule.ts'
import { seal } from '../secrets.server.ts'
import type { SealedColumn } from '../secrets.server.ts'
import { customerGid } from '../shopify/admin.ts'
import type { AdminApi, CustomerGid, CustomerMatch } from '../shopify/admin.ts'
import { metricNames } from '../shops/connection.server.ts'
import {
  concludeCase,
  createsCustomer,
  decideCase,
  effectsOf,
  giveUp,
  holdUp,
  identityOf,
  matchCase,
  planCase,
  renewFrom,
  settleStep,
  skipRepeated,
} from './cases.ts'
import type { Case, CaseStep } from './cases.ts'
import { gather } from './gather.server.ts'
import type { Claimed } from './gather.server.ts'
import { layersOf } from './layers.ts'
import { proveLease } from './lease.server.ts'
import type { Lease } from './lease.server.ts'
import { readKnown } from './known.server.ts'
import { repeatedRuns } from './repeated.server.ts'
import { isFailure, isOver, pauseBefore } from './retry.ts'
import { withoutStopped } from './stopped.server.ts'

export interface DrainContext {
  lease: Lease
  klaviyo: KlaviyoApi
  shopify: AdminApi
}

/**
 * Takes the events as far as they get and records it. Returns the problem that has to be mended
 * before the shop's drain can go on, or null. Throws LeaseLost, or what the database throws.
 */
export async function handleBatch(
  claimed: Claimed[],
  context: DrainContext,
): Promise<Problem | null> {
  const { lease } = context
  const events = await nameMetrics(claimed, lease.shop)
  const cases = await gather(events, lease)
  if (cases.length === 0) {
    await prisma.$transaction(async (tx) => {
      await proveLease(tx, lease)
      await settleEvents(tx, lease.shop, events, [])
    })
    return null
  }

  const decided = await plan(cases, context)
  const planned = await prisma.$transaction(async (tx) => {
    await proveLease(tx, lease)
    const going = await withoutStopped(tx, lease.shop, decided)
    await recordRuns(tx, going.map(recordOf))
    await tx.$executeRaw`
      update "InboundEvent" set "matchedAt" = now()
      where "id" = any(${events.map(({ id }) => id)}::uuid[]) and "shopId" = ${lease.shop}
        and "matchedAt" is null`
    return going
  })

  const { acted, done } = await act(planned, context)
  const failures = new Map(events.map(({ id, attempts }) => [id, attempts + 1]))
  const settled = acted.map((each) => {
    const { state, problem, eventId } = each.run
    const age = Date.now() - each.dueSince.getTime()
    const isWaiting = state === 'waiting'
    return isWaiting && isOver(problem, failures.get(eventId) ?? 1, age) ? giveUp(each) : each
  })
  await prisma.$transaction(async (tx) => {
    await proveLease(tx, lease)
    await recordRuns(tx, settled.filter((each, index) => each !== planned[index]).map(recordOf))
    for (const [action, intents] of done) await action.remember(intents, tx)
    await settleEvents(tx, lease.shop, events, settled)
  })
  return settled.find(({ run }) => run.problem?.retry === 'mended')?.run.problem ?? null
}

/**
 * Ends an event whose outcome the database can't keep: its runs have failed, and say so. What they
 * had stored before, intents above all, stays.
 */
export async function refuseEvent(claimed: Claimed, lease: Lease): Promise<void> {
  const { shop } = lease
  const row = await prisma.inboundEvent.findUnique({
    where: { id: claimed.id, shopId: shop },
    select: { matchedAt: true },
  })
  if (!row) return
  const events = await nameMetrics([{ ...claimed, isMatched: row.matchedAt !== null }], shop)
  const failed = (await gather(events, lease)).map((each) => holdUp(each, unstorable))
  await prisma.$transaction(async (tx) => {
    await proveLease(tx, lease)
    await recordRuns(tx, failed.map(recordOf))
    await settleEvents(tx, shop, events, failed)
  })
}

/** Never quotes the value: it may be personal, and problems are stored in the clear. */
const unstorable: Problem = {
  code: 'outcome-unstorable',
  what: 'What came out of this event holds a text or a number that can’t be stored.',
  remedy:
    'See in Shopify what was done of it. Look for unusual characters where the values come from (an order, an answer, the rule), correct them, then run this again.',
  retry: 'never',
}

/** System webhooks name a metric by id only; rules are written with names too. */
async function nameMetrics(events: Claimed[], shop: string): Promise<Claimed[]> {
  if (!events.some(({ facts }) => facts.metricId)) return events
  const names = await metricNames(shop)
  return events.map((event) => {
    const name = event.facts.metricId && names.get(event.facts.metricId)
    return name ? { ...event, facts: { ...event.facts, metricName: name } } : event
  })
}

/** Reads what deciding needs, all of the batch at once, and plans. Upstream trouble holds cases up. */
async function plan(cases: Case[], context: DrainContext): Promise<Case[]> {
  let enriched: Case[]
  try {
    enriched = await enrich(cases, context.klaviyo)
  } catch (error) {
    const problem = problemOf(error)
    return cases.map((each) => (isGoing(each) ? holdUp(each, problem) : each))
  }
  const repeated = await repeatedRuns(context.lease.shop, enriched)
  const decided = enriched.map((each) => {
    if (each.lookAgainAt) return each
    return repeated.has(each.run.id) ? skipRepeated(each) : decideCase(each)
  })
  try {
    return await planFor(decided, context)
  } catch (error) {
    const problem = problemOf(error)
    return decided.map((each) => (isGoing(each) ? holdUp(each, problem) : each))
  }
}

const isGoing = ({ run, lookAgainAt }: Case) => run.state === 'waiting' && lookAgainAt === null

/** Adds the Klaviyo profiles, with predictions only for rules that look at them: those are scarce. */
async function enrich(cases: Case[], klaviyo: KlaviyoApi): Promise<Case[]> {
  const predicted = new Set(cases.filter(({ rule }) => usesPredictions(rule.document)))
  const usual = cases.filter((each) => !predicted.has(each))
  const [withPredictions, without] = await Promise.all([
    readProfiles([...predicted], klaviyo, { predictive: true }),
    readProfiles(usual, klaviyo, {}),
  ])
  return cases.map((each) => {
    const profile = (predicted.has(each) ? withPredictions : without)(each)
    return { ...each, facts: { ...each.facts, profile } }
  })
}

/** Whose profile is whose: by id where the event has one, else by e-mail, else by phone. */
async function readProfiles(
  cases: Case[],
  klaviyo: KlaviyoApi,
  options: ProfileOptions,
): Promise<(each: Case) => KlaviyoProfile | null> {
  const ids = new Set<string>()
  const emails = new Set<string>()
  const phones = new Set<string>()
  for (const { facts } of cases) {
    const { profileId, email, phone } = facts.event
    if (profileId) ids.add(profileId)
    else if (email) emails.add(email.toLowerCase())
    else if (phone) phones.add(phone)
  }
  const none = new Map<string, KlaviyoProfile>()
  const [byId, byEmail, byPhone] = await Promise.all([
    ids.size > 0 ? klaviyo.profiles([...ids], options) : none,
    emails.size > 0 ? klaviyo.profilesByEmail([...emails], options) : none,
    phones.size > 0 ? klaviyo.profilesByPhone([...phones], options) : none,
  ])
  return ({ facts: { event } }) => {
    const { profileId, email, phone } = event
    const profile = profileId
      ? byId.get(profileId)
      : email
        ? byEmail.get(email.toLowerCase())
        : byPhone.get(phone ?? '')
    return profile ?? null
  }
}

async function planFor(cases: Case[], { shopify, lease }: DrainContext): Promise<Case[]> {
  const going = cases.filter(isGoing)
  const { matches, problems } = await findOrCreate(going, shopify)
  const now = new Date()
  const matched = new Map(
    going.map((each, index) => {
      const problem = problems.get(each)
      if (problem) return [each, holdUp(each, problem)]
      return [each, matchCase(each, matches[index] ?? { found: 'none' }, now)]
    }),
  )

  const targets = new Map<string, Target>()
  for (const match of matches) {
    if (match.found === 'one') {
      targets.set(match.customer.id, {
        id: match.customer.id,
        tags: match.customer.tags,
        ownTags: [],
      })
    }
  }
  const knownOf = await readKnown([...matched.values()], lease.shop, shopify)
  for (const [id, target] of targets) targets.set(id, { ...target, ...knownOf(id) })

  return cases.map((each) => {
    const found = matched.get(each) ?? each
    const target = found.run.customerGid === null ? undefined : targets.get(found.run.customerGid)
    if (!isGoing(found) || !target) return found
    const { planned, target: after } = planCase(found, target, { tagBudget: lease.tagBudget }, now)
    targets.set(target.id, after)
    return planned
  })
}

/**
 * The customer of each case, made where its rule says so; and what kept one from being made. Making
 * is safe to repeat: who was made by a try before is found.
 */
async function findOrCreate(
  cases: Case[],
  shopify: AdminApi,
): Promise<{ matches: CustomerMatch[]; problems: Map<Case, Problem> }> {
  const problems = new Map<Case, Problem>()
  const matches = await shopify.findCustomers(cases.map(identityOf))
  const isMissing = (each: Case, index: number) =>
    matches[index]?.found === 'none' && createsCustomer(each)
  const missing = cases.filter(isMissing)
  if (missing.length === 0) return { matches, problems }
  const outcomes = await shopify.createCustomers(missing.map(identityOf))
  for (const [index, each] of missing.entries()) {
    const problem = outcomes[index]
    if (problem) problems.set(each, problem)
  }
  const made = await shopify.findCustomers(missing.map(identityOf))
  const found = new Map(missing.map((each, index) => [each, made[index]]))
  return {
    matches: cases.map((each, index) => found.get(each) ?? matches[index] ?? none),
    problems,
  }
}

const none: CustomerMatch = { found: 'none' }

interface Effect {
  kind: string
  customer: CustomerGid
  action: AnyAction
  caseIndex: number
  position: number
  intent: Intent<Json>
}

/** Carries the intents out, layer by layer. Cases that nothing was done for come back untouched. */
async function act(
  planned: Case[],
  { lease, shopify, klaviyo }: DrainContext,
): Promise<{ acted: Case[]; done: Map<AnyAction, Intent<Json>[]> }> {
  const acted = [...planned]
  const done = new Map<AnyAction, Intent<Json>[]>()
  const effects = planned.flatMap((each, caseIndex) =>
    effectsOf(each).flatMap((step): Effect[] => {
      if (!step.action || !step.intent || each.run.customerGid === null) return []
      const customer = customerGid.parse(each.run.customerGid)
      const intent = {
        stepId: step.record.id,
        shop: lease.shop,
        customer,
        change: step.intent.change,
      }
      return [
        {
          kind: step.record.kind,
          customer,
          action: step.action,
          caseIndex,
          position: step.record.position,
          intent,
        },
      ]
    }),
  )

  for (const layer of layersOf(effects)) {
    // A step that failed ends its run: what comes after it must not happen.
    const due = layer.filter(({ caseIndex }) => acted[caseIndex]?.run.problem === null)
    const [first] = due
    if (!first) continue
    const outcomes = await attempt(
      first.action,
      due.map(({ intent }) => intent),
      { shopify, klaviyo },
    )
    for (const [index, { caseIndex, position, action, intent }] of due.entries()) {
      const outcome = outcomes[index] ?? { ok: true }
      const each = acted[caseIndex]
      if (!each) continue
      const steps = stepsAfter(each.steps, position, outcome)
      acted[caseIndex] = concludeCase({ ...each, steps })
      if (outcome.ok) done.set(action, [...(done.get(action) ?? []), intent])
    }
  }
  return { acted, done }
}

function stepsAfter(steps: CaseStep[], position: number, outcome: Applied): CaseStep[] {
  if (!outcome.ok && outcome.decideAnew) return renewFrom(steps, position, outcome.problem)
  const problem = outcome.ok ? null : outcome.problem
  return steps.map((step) => (step.record.position === position ? settleStep(step, problem) : step))
}

/** What became of each intent. */
async function attempt(
  action: AnyAction,
  intents: Intent<Json>[],
  services: Services,
): Promise<Applied[]> {
  try {
    return await action.apply(intents, services)
  } catch (error) {
    const problem = problemOf(error)
    return intents.map(() => ({ ok: false, problem }))
  }
}

/** Whoever runs a run of these events again waits until they are settled, or is seen by it. */
async function lockEvents(tx: Tx, shop: string, events: Claimed[]): Promise<void> {
  await tx.$queryRaw`
    select from "InboundEvent"
    where "shopId" = ${shop} and "id" = any(${events.map(({ id }) => id)}::uuid[])
    order by "id" for update`
}

/**
 * Puts every event where its runs lead: done, dead, or due again. One of which a run was put back to
 * work meanwhile stays as that left it.
 */
async function settleEvents(tx: Tx, shop: string, events: Claimed[], cases: Case[]): Promise<void> {
  await lockEvents(tx, shop, events)
  const casesOf = Map.groupBy(cases, ({ run }) => run.eventId)
  const now = Date.now()
  const rows = events.map((event) => {
    const known = { id: event.id, metricName: event.facts.metricName }
    const own = casesOf.get(event.id) ?? []
    const waiting = own.filter(({ run }) => run.state === 'waiting')
    if (waiting.length === 0) {
      const state = own.some(({ run }) => run.state === 'failed') ? 'dead' : 'done'
      return { ...known, state, attempts: event.attempts, availableAt: new Date(now) }
    }
    const hasFailed = waiting.some(({ run }) => isFailure(run.problem))
    const attempts = event.attempts + (hasFailed ? 1 : 0)
    const times = waiting.map(({ run, lookAgainAt }) => {
      if (lookAgainAt) return lookAgainAt.getTime()
      if (run.problem?.retry !== 'later') return now
      return now + pauseBefore(attempts, run.problem, Math.random())
    })
    return { ...known, state: 'pending', attempts, availableAt: new Date(Math.min(...times)) }
  })
  const known = cases.filter(({ run }) => run.state === 'waiting').map(({ run }) => run.id)
  await tx.$executeRaw`
    update "InboundEvent" e set
      "state" = case when b."isBack" then e."state" else t."state"::"EventState" end,
      "attempts" = case when b."isBack" then e."attempts" else t."attempts" end,
      "availableAt" = case
        when b."isBack" then now() + interval '1 second' else t."availableAt"
      end,
      "matchedAt" = coalesce(e."matchedAt", now()),
      "metricName" = t."metricName"
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as t (
      "id" uuid, "state" text, "attempts" int, "availableAt" timestamptz, "metricName" text
    )
    cross join lateral (
      select exists (
        select from "Run" r
        where r."eventId" = t."id" and r."state" = 'waiting' and r."id" <> all(${known}::uuid[])
      ) as "isBack"
    ) b
    where e."id" = t."id" and e."shopId" = ${shop}`
}

function recordOf({ run, why, steps }: Case): RunRecord {
  return {
    ...run,
    why: why && sealOnce(run.shopId, 'Run.why', why),
    steps: steps.map(({ record, intent }) => ({
      ...record,
      note: record.note && seal(run.shopId, 'Step.note', record.note),
      intent: intent && sealOnce(run.shopId, 'Step.intent', intent),
    })),
  }
}

const envelopes = new WeakMap<object, string>()

/** A run is recorded before and after it acts; what was sealed the first time holds the second. */
function sealOnce(shop: string, column: SealedColumn, value: object): string {
  const known = envelopes.get(value)
  if (known) return known
  const envelope = seal(shop, column, JSON.stringify(value))
  envelopes.set(value, envelope)
  return envelope
}
