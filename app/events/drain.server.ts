/**
 * One shop's inbox, batch by batch, oldest first:
 * claim -> enrich -> decide -> store the intents -> act -> record. Behind the events go tags whose
 * time is over, and behind these the merchant's operations.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { prisma } from '../db/client.server.ts'
import { isRefusedForData } from '../db/refused.server.ts'
import { log } from '../log.server.ts'
import { ProblemError } from '../problem.ts'
import { open } from '../secrets.server.ts'
import { advance } from '../operations/advance.server.ts'
import { klaviyoOf } from '../shops/connection.server.ts'
import { noteProblem } from '../shops/health.server.ts'
import { adminOf } from '../shops/sessions.server.ts'
import { handleBatch, refuseEvent } from './batch.server.ts'
import type { DrainContext } from './batch.server.ts'
import { expireTags } from './expiry.server.ts'
import type { Claimed } from './gather.server.ts'
import { storedFacts } from './formats.ts'
import { LeaseLost, releaseLease, shopsWithWork, takeLease, whileLeased } from './lease.server.ts'
import type { Lease } from './lease.server.ts'

/** Five full pages of Klaviyo profiles, two of look-ups in Shopify. */
const batchSize = 500

/** After this long a drain goes behind the other shops'. */
const sliceMs = 3_000

/** While events trickle in, the next batch gathers so long: fewer, fuller batches. */
const gatherMs = 50

/** Rests after trouble of our own, so that a fault doesn't spin. */
const restAfterFaultMs = 1_000

/**
 * Works through what is due for a shop, for one slice of time. Does nothing when another drain
 * holds the shop, or when Shopify has to be mended first; without Klaviyo only tags go whose time is
 * over. `more` = there is more due.
 */
export async function drain(shop: string): Promise<{ more: boolean }> {
  const lease = await takeLease(shop)
  if (!lease) return { more: false }
  try {
    await whileLeased(lease, () => work(lease))
  } catch (error) {
    if (error instanceof LeaseLost) return { more: false }
    if (error instanceof ProblemError && error.problem.retry === 'mended') {
      await noteProblem(shop, error.problem)
    } else {
      log.error({ err: error, shop }, 'the drain failed; it is tried again')
      await sleep(restAfterFaultMs)
    }
  } finally {
    await releaseLease(lease)
  }
  // Looked at after the release: an event that came while we held the lease woke nobody else.
  return { more: (await shopsWithWork(shop)).length > 0 }
}

async function work(lease: Lease): Promise<void> {
  const until = Date.now() + sliceMs
  if (!lease.hasKlaviyo) {
    const shopify = await adminOf(lease.shop)
    let isMore = true
    while (isMore && Date.now() < until) isMore = await expireTags(lease, shopify)
    return
  }
  const [klaviyo, shopify] = await Promise.all([klaviyoOf(lease.shop), adminOf(lease.shop)])
  let size = batchSize
  do {
    const batch = await claim(lease, size)
    if (batch.length === 0) {
      size = batchSize
      if (await expireTags(lease, shopify)) continue
      if (await advance(lease, klaviyo)) continue
      return
    }
    size = (await isHandled(batch, { lease, klaviyo, shopify })) ? Math.min(size * 2, batchSize) : 1
    if (batch.length < batchSize) await sleep(gatherMs)
    // Left in between, the next slice would begin with the whole batch again, and fail again.
  } while (Date.now() < until || size < batchSize)
}

/**
 * False where the database refused what came out of the batch. What was committed stays; the events
 * are to be claimed anew, one by one until the culprit was met: it alone ends here as failed.
 */
async function isHandled(batch: Claimed[], context: DrainContext): Promise<boolean> {
  const { lease } = context
  try {
    const problem = await handleBatch(batch, context)
    if (problem) throw new ProblemError(problem)
    return true
  } catch (error) {
    if (!isRefusedForData(error)) throw error
    log.warn({ shop: lease.shop, events: batch.length }, 'the outcome of events can’t be stored')
    const [only, ...others] = batch
    if (only && others.length === 0) await refuseEvent(only, lease)
    return false
  }
}

const claimedRows = z.array(
  z.object({
    id: z.string(),
    facts: z.string(),
    receivedAt: z.date(),
    matchedAt: z.date().nullable(),
    attempts: z.number(),
  }),
)

/** The oldest events that are due. The lease makes sure that nobody else claims them too. */
async function claim({ shop }: Lease, size: number): Promise<Claimed[]> {
  const rows = claimedRows.parse(
    await prisma.inboundEvent.findMany({
      where: { shopId: shop, state: 'pending', availableAt: { lte: new Date() } },
      orderBy: [{ availableAt: 'asc' }, { id: 'asc' }],
      take: size,
      select: { id: true, facts: true, receivedAt: true, matchedAt: true, attempts: true },
    }),
  )
  return rows.map(({ facts, matchedAt, ...row }) => ({
    ...row,
    isMatched: matchedAt !== null,
    facts: storedFacts.parse(JSON.parse(open(shop, 'InboundEvent.facts', facts))),
  }))
}
