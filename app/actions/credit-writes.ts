/**
 * Gives and takes store credit, each once.
 *
 * Shopify offers no key by which it would know a repeated credit: its `@idempotent` is for other
 * mutations. So each is claimed first, in a metafield of the app's own on the customer, by
 * compare-and-set: which step, what it moves, and which was the last transaction before. Whoever
 * finds a claim looks among the transactions since for one that moves the same, and takes that for
 * the claim's. There is at most one claim of a customer that has none, so two steps of ours are
 * never mistaken for one another. A claim without a transaction lapses only after a time in which
 * whatever was sent for it has surely arrived: until then the customer's next one waits.
 *
 * What remains: a merchant who gives the same customer the same amount with the same end by hand,
 * between a claim whose answer was lost and the next look. That would be taken for ours; the
 * customer then has it once instead of twice.
 */
import { z } from 'zod'
import type { Problem } from '../problem.ts'
import type { AdminApi, CustomerGid, StoredMetafield } from '../shopify/admin.ts'
import { pagesOf } from '../shopify/batch.ts'
import { mostTold } from '../shopify/store-credit.ts'
import type { CreditHistory, CreditTransaction } from '../shopify/store-credit.ts'
import type { Applied, Intent, Services } from './action.ts'

export const creditChange = z.object({
  kind: z.enum(['credit', 'debit']),
  /** Decimal. */
  amount: z.string(),
  currency: z.string(),
  /** Of a credit; null = never. */
  expiresAt: z.iso.datetime().nullable(),
})
export type CreditChange = z.infer<typeof creditChange>

const claim = z.object({
  step: z.string(),
  change: creditChange,
  /** When it was made, ISO 8601. */
  at: z.string(),
  /** The last transaction of the kind before it; null = there was none. */
  after: z.string().nullable(),
  /** Its own, once it was seen; `lost` = it may be one that is no longer told. */
  transaction: z.string().nullable(),
})
export type Claim = z.infer<typeof claim>

type Write = Intent<CreditChange>

/** What is claimed is sent within this time or not at all: a busy store makes it wait for its turn. */
const sendWithinMs = 45_000

/**
 * Longer than that, the time that an answer is waited for, and what clocks of two machines differ.
 * Only then a claim without a transaction has come to nothing.
 */
export const settledAfterMs = 90_000

/** Of one customer; older ones are forgotten. */
const mostClaims = 50

/** A claim and what it is for follow soon on one another. */
const mostOfARound = 20

const lost = 'lost'

export const claimsName = '$app:store_credit.claims'

export async function applyCredit(
  intents: Write[],
  { shopify }: Pick<Services, 'shopify'>,
  now: () => number = Date.now,
): Promise<Applied[]> {
  const outcomes = new Map<string, Applied>()
  for (const round of roundsOf(intents)) {
    const applied = await applyRound(round, shopify, now)
    for (const [index, { stepId }] of round.entries()) {
      const outcome = applied[index]
      if (outcome) outcomes.set(stepId, outcome)
    }
  }
  return intents.map(({ stepId }) => outcomes.get(stepId) ?? wait(changedMeanwhile))
}

/** Few a round, and of a customer one. */
function roundsOf(intents: Write[]): Write[][] {
  const turns: Write[][] = []
  const counts = new Map<CustomerGid, number>()
  for (const intent of intents) {
    const turn = counts.get(intent.customer) ?? 0
    counts.set(intent.customer, turn + 1)
    turns[turn] = [...(turns[turn] ?? []), intent]
  }
  return turns.flatMap((turn) => pagesOf(turn, mostOfARound))
}

async function applyRound(
  writes: Write[],
  shopify: AdminApi,
  now: () => number,
): Promise<Applied[]> {
  const [notes, credits, debits] = await look(writes, shopify)
  const at = now()
  const outcomes = writes.map((): Applied | null => null)
  const claims: { index: number; list: Claim[] }[] = []
  for (const [index, write] of writes.entries()) {
    const histories = { credit: credits[index], debit: debits[index] }
    const judged = judge(write, claimsIn(notes[index] ?? null), histories, at)
    if ('list' in judged) claims.push({ index, list: judged.list })
    else outcomes[index] = judged
  }

  const results = await shopify.setMetafields(
    claims.flatMap(({ index, list }) => {
      const write = writes[index]
      if (!write) return []
      const compareDigest = notes[index]?.compareDigest ?? null
      const value = JSON.stringify(list)
      const { customer } = write
      return [[{ customer, name: claimsName, type: 'json', value, compareDigest }]]
    }),
  )
  const claimed = claims.flatMap(({ index }, place) => {
    const result = results[place]
    const write = writes[index]
    if (result?.outcome === 'written' && write) return [{ index, write }]
    outcomes[index] =
      result?.outcome === 'refused'
        ? { ok: false, problem: result.problem }
        : wait(changedMeanwhile)
    return []
  })
  const problems = await shopify.moveStoreCredit(
    claimed.map(({ write: { customer, change } }) => ({
      customer,
      ...change,
      expiresAt: change.expiresAt === null ? null : new Date(change.expiresAt),
    })),
    at + sendWithinMs - now(),
  )
  for (const [place, { index }] of claimed.entries()) {
    const problem = problems[place]
    outcomes[index] = problem ? { ok: false, problem } : { ok: true }
  }
  return outcomes.map((outcome) => outcome ?? wait(changedMeanwhile))
}

type Histories = Partial<Record<CreditChange['kind'], CreditHistory | undefined>>

/** What is to become of an intent: what it comes to already, or the claims with its own. */
function judge(
  { stepId, change }: Write,
  known: Claim[],
  histories: Histories,
  now: number,
): Applied | { list: Claim[] } {
  const claims = resolve(known, histories)
  const own = claims.find(({ step }) => step === stepId)
  if (own?.transaction === lost) return { ok: false, problem: unclear }
  if (own?.transaction) return { ok: true }
  const open = claims.find(({ transaction }) => transaction === null)
  if (open) {
    const restMs = Date.parse(open.at) + settledAfterMs - now
    if (restMs > 0) return wait({ ...unsettled, retryAfterMs: restMs })
  }
  const fresh: Claim = {
    step: stepId,
    change,
    at: new Date(now).toISOString(),
    after: histories[change.kind]?.transactions[0]?.id ?? null,
    transaction: null,
  }
  // The one without a transaction came to nothing.
  const kept = claims.filter(({ transaction, step }) => transaction !== null && step !== stepId)
  return { list: [...kept, fresh].slice(-mostClaims) }
}

/** The claims, each with its transaction where that is among those that are told. */
export function resolve(claims: Claim[], histories: Histories): Claim[] {
  const taken = new Set(claims.map(({ transaction }) => transaction))
  return claims.map((each) => {
    if (each.transaction !== null) return each
    const later = since(each, histories)
    const found = later.find(({ id, ...of }) => !taken.has(id) && isOf(each.change, of))
    if (found) return { ...each, transaction: found.id }
    return later.length < mostTold ? each : { ...each, transaction: lost }
  })
}

/** The transactions of the claim's kind that came after it was made, the newest first. */
function since({ change, after }: Claim, histories: Histories): CreditTransaction[] {
  const { transactions } = histories[change.kind] ?? { transactions: [] }
  const last = transactions.findIndex(({ id }) => id === after)
  return last < 0 ? transactions : transactions.slice(0, last)
}

function isOf(
  { amount, expiresAt }: CreditChange,
  transaction: Pick<CreditTransaction, 'amount' | 'expiresAt'>,
): boolean {
  const seconds = (at: Date | null) => at && Math.floor(at.getTime() / 1_000)
  return (
    Number(amount) === Number(transaction.amount) &&
    seconds(transaction.expiresAt) === seconds(expiresAt === null ? null : new Date(expiresAt))
  )
}

/** Of each customer: the claims, and the last credits and debits. */
async function look(
  writes: Write[],
  shopify: AdminApi,
): Promise<[(StoredMetafield | null)[], CreditHistory[], CreditHistory[]]> {
  const of = (kind: CreditChange['kind']) =>
    shopify.readStoreCredit(
      writes.map(({ customer, change: { currency } }) => ({ customer, currency, kind })),
    )
  const notes = await shopify.readMetafields(
    writes.map(({ customer }) => ({ customer, name: claimsName })),
  )
  // Debits are ours only where something was taken back.
  const takes = writes.some(({ change }) => change.kind === 'debit')
  const hasDebits = takes || notes.some((note) => note?.value.includes('"debit"'))
  const [credits, debits] = await Promise.all([of('credit'), hasDebits ? of('debit') : []])
  return [notes, credits, debits]
}

/** What a note holds. What is no note of ours holds none. */
export function claimsIn(note: Pick<StoredMetafield, 'value'> | null): Claim[] {
  try {
    return z.array(claim).safeParse(JSON.parse(note?.value ?? '[]')).data ?? []
  } catch {
    return []
  }
}

const wait = (problem: Problem): Applied => ({ ok: false, problem })

const changedMeanwhile: Problem = {
  code: 'store-credit-busy',
  what: 'Other store credit was given to the customer at the same moment.',
  remedy: 'It is tried again by itself.',
  retry: 'later',
  retryAfterMs: 1_000,
}

const unsettled: Problem = {
  code: 'store-credit-unsettled',
  what: 'Whether Shopify gave the store credit is not known yet: its answer was lost.',
  remedy: 'It is looked up by itself within two minutes, and given if it was not.',
  retry: 'later',
}

const unclear: Problem = {
  code: 'store-credit-unclear',
  what: 'Whether Shopify gave the store credit can no longer be told: its answer was lost, and much happened in the account since.',
  remedy: 'See the customer’s store credit in Shopify, and give it there if it is missing.',
  retry: 'never',
}
