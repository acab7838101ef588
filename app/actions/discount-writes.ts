/**
 * Carries changes of discount codes out, each once.
 *
 * A code that the store has already is ours when it is for this customer and under this rule's
 * title: then an earlier try had made it, and its answer was lost.
 */
import { z } from 'zod'
import type { Tx } from '../db/client.server.ts'
import { log } from '../log.server.ts'
import type { Problem } from '../problem.ts'
import type { AdminApi } from '../shopify/admin.ts'
import { codeTerms } from '../shopify/discounts.ts'
import type { StoredCode } from '../shopify/discounts.ts'
import type { Applied, Intent, Services } from './action.ts'

const shared = {
  code: z.string(),
  worth: z.string(),
  endsAt: z.iso.datetime(),
  shop: z.string(),
}

export const codeChange = z.discriminatedUnion('does', [
  z.object({ does: z.literal('reuse'), ...shared }),
  z.object({
    does: z.literal('make'),
    ...shared,
    startsAt: z.iso.datetime(),
    ruleId: z.string(),
    title: z.string(),
    terms: codeTerms,
    /** Codes that end once this one is made. */
    replaces: z.array(z.string()),
  }),
  /** Takes back that it was made. */
  z.object({ does: z.literal('end'), ...shared }),
])
export type CodeChange = z.infer<typeof codeChange>

type Make = Extract<CodeChange, { does: 'make' }>
type Write = Intent<CodeChange>

/** A code whose making was held up for longer would be valid for noticeably less than promised. */
const latestStartMs = 15 * 60_000

const done: Applied = { ok: true }

export async function applyCodes(
  intents: Write[],
  { shopify }: Pick<Services, 'shopify'>,
): Promise<Applied[]> {
  const outcomes = new Map<string, Applied>()
  const makes = intents.flatMap(({ change, ...intent }) =>
    change.does === 'make' ? [{ ...intent, change }] : [],
  )
  for (const [stepId, outcome] of await make(makes, shopify)) outcomes.set(stepId, outcome)

  const ends = intents.filter(({ change }) => change.does === 'end')
  for (const [stepId, outcome] of await end(ends, shopify)) outcomes.set(stepId, outcome)

  // After those that are made: one of them may be what is reused.
  const reuses = intents.filter(({ change }) => change.does === 'reuse')
  const found = await shopify.findCodes(reuses.map(({ change }) => change.code))
  for (const [index, { stepId }] of reuses.entries()) {
    const stored = found[index]
    const isLive = stored?.isLive && stored.uses === 0
    outcomes.set(stepId, isLive ? done : decideAnew(codeEnded))
  }
  return intents.map(({ stepId }) => outcomes.get(stepId) ?? decideAnew(codeEnded))
}

async function make(intents: Intent<Make>[], shopify: AdminApi): Promise<Map<string, Applied>> {
  const outcomes = new Map<string, Applied>()
  const isLate = ({ change }: Intent<Make>) =>
    Date.parse(change.startsAt) < Date.now() - latestStartMs
  const due = intents.filter((intent) => !isLate(intent))
  const made = await shopify.createCodes(
    due.map(({ customer, change }) => ({
      code: change.code,
      title: change.title,
      customer,
      startsAt: new Date(change.startsAt),
      endsAt: new Date(change.endsAt),
      terms: change.terms,
    })),
  )
  const there: Intent<Make>[] = []
  const unsure = intents.filter(isLate)
  for (const [index, intent] of due.entries()) {
    const result = made[index]
    if (result?.outcome === 'made') there.push(intent)
    else if (result?.outcome === 'refused') {
      outcomes.set(intent.stepId, { ok: false, problem: result.problem })
    } else unsure.push(intent)
  }
  const found = await shopify.findCodes(unsure.map(({ change }) => change.code))
  for (const [index, intent] of unsure.entries()) {
    const stored = found[index]
    if (!stored) outcomes.set(intent.stepId, decideAnew(tooLate))
    else if (!isOurs(stored, intent)) {
      outcomes.set(intent.stepId, { ok: false, problem: codeTaken })
    } else if (endsAsPlanned(stored, intent)) there.push(intent)
    else outcomes.set(intent.stepId, { ok: false, problem: codeEndsElse })
  }
  for (const [stepId, outcome] of await endReplaced(there, shopify)) outcomes.set(stepId, outcome)
  return outcomes
}

function isOurs(stored: StoredCode, { customer, change }: Intent<Make>): boolean {
  return (
    stored.title === change.title &&
    stored.customers.length === 1 &&
    stored.customers[0] === customer
  )
}

/** A decision made anew plans a new end, which must not be told of the code of an earlier one. */
const endsAsPlanned = ({ endsAt }: StoredCode, { change }: Intent<Make>) =>
  endsAt !== null && Math.abs(endsAt.getTime() - Date.parse(change.endsAt)) < 1_000

/** Steps whose codes were to end others that Shopify did not let end, until they are remembered. */
const notEnded = new Set<string>()

/**
 * Ends what the new codes replace. One that was used meanwhile has ended by itself. One that Shopify
 * refuses to end for good stays until its own end: the new code is there and goes its way.
 */
async function endReplaced(
  intents: Intent<Make>[],
  shopify: AdminApi,
): Promise<Map<string, Applied>> {
  const outcomes = new Map(intents.map(({ stepId }) => [stepId, done]))
  const replaced = intents.flatMap(({ stepId, change }) =>
    change.replaces.map((code) => ({ stepId, code })),
  )
  const found = await shopify.findCodes(replaced.map(({ code }) => code))
  for (const [stepId, problem] of await endLive(replaced, found, shopify)) {
    if (problem.retry === 'never') {
      log.warn({ stepId, code: problem.code }, 'a code that was replaced could not be ended')
      notEnded.add(stepId)
    } else outcomes.set(stepId, { ok: false, problem })
  }
  return outcomes
}

/** One that was used meanwhile stays as it is: whether to end it is decided anew. */
async function end(intents: Write[], shopify: AdminApi): Promise<Map<string, Applied>> {
  const outcomes = new Map(intents.map(({ stepId }) => [stepId, done]))
  const found = await shopify.findCodes(intents.map(({ change }) => change.code))
  for (const [index, { stepId }] of intents.entries()) {
    if ((found[index]?.uses ?? 0) > 0) outcomes.set(stepId, decideAnew(codeUsed))
  }
  const unused = found.map((stored) => (stored?.uses === 0 ? stored : null))
  for (const [stepId, problem] of await endLive(intents, unused, shopify)) {
    outcomes.set(stepId, { ok: false, problem })
  }
  return outcomes
}

/** Ends those that are live, of as many found as there are steps; what went wrong, by step. */
async function endLive(
  steps: { stepId: string }[],
  found: (StoredCode | null)[],
  shopify: AdminApi,
): Promise<Map<string, Problem>> {
  const live = steps.flatMap(({ stepId }, index) => {
    const stored = found[index]
    return stored?.isLive ? [{ stepId, id: stored.id }] : []
  })
  const problems = await shopify.endCodes(live.map(({ id }) => id))
  const wrong = new Map<string, Problem>()
  for (const [index, { stepId }] of live.entries()) {
    const problem = problems[index]
    if (problem) wrong.set(stepId, problem)
  }
  return wrong
}

/** Keeps what was made, for the page of codes, their clean-up and the next decision. */
export async function rememberCodes(intents: Write[], tx: Tx): Promise<void> {
  const made = intents.flatMap(({ stepId, shop, customer, change }) =>
    change.does === 'make' ? [{ stepId, shop, customer, change }] : [],
  )
  if (made.length > 0) {
    await tx.issuedCode.createMany({
      data: made.map(({ stepId, shop, customer, change }) => ({
        stepId,
        shopId: shop,
        ruleId: change.ruleId,
        customerGid: customer,
        code: change.code,
        worth: change.worth,
        startsAt: new Date(change.startsAt),
        endsAt: new Date(change.endsAt),
      })),
      skipDuplicates: true,
    })
  }
  for (const [shop, own] of Map.groupBy(intents, (each) => each.shop)) {
    const ended = own.flatMap(({ stepId, change }) => {
      if (change.does === 'end') return [change.code]
      // What could not be ended is still the customer's, and the next code replaces it, too.
      return change.does === 'make' && !notEnded.delete(stepId) ? change.replaces : []
    })
    if (ended.length === 0) continue
    await tx.issuedCode.updateMany({
      where: { shopId: shop, code: { in: ended }, replacedAt: null },
      data: { replacedAt: new Date() },
    })
  }
}

const decideAnew = (problem: Problem): Applied => ({ ok: false, decideAnew: true, problem })

const codeEnded: Problem = {
  code: 'code-ended',
  what: 'The code that was to be reused was used or ended meanwhile.',
  remedy: 'It is decided anew by itself.',
  retry: 'later',
  retryAfterMs: 1_000,
}

const codeUsed: Problem = {
  code: 'code-used',
  what: 'The code was used before it could be ended.',
  remedy: 'It is decided anew by itself.',
  retry: 'later',
  retryAfterMs: 1_000,
}

const tooLate: Problem = {
  code: 'code-late',
  what: 'The code was held up, and would have been valid for less than it should.',
  remedy: 'It is made with a new end by itself.',
  retry: 'later',
  retryAfterMs: 1_000,
}

const codeTaken: Problem = {
  code: 'code-taken',
  what: 'The store has another discount with the very code that this one was to have.',
  remedy: 'Choose another prefix or longer codes in the rule. New events use them.',
  retry: 'never',
}

const codeEndsElse: Problem = {
  code: 'code-ends-else',
  what: 'The store has this code from an earlier try already, with another end.',
  remedy: 'Delete the code in Shopify under Discounts, then run this again.',
  retry: 'never',
}
