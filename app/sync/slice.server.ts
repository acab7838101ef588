/**
 * A sync, slice by slice: define the metafields, then side by side read Klaviyo's profiles, read
 * Shopify's customers, match and compare, write. All that a later slice needs is in the database, so
 * it does not matter how a slice ends, or which process has the next one.
 */
import { prisma } from '../db/client.server.ts'
import { Prisma } from '../db/generated/client.ts'
import { LeaseLost } from '../events/lease.server.ts'
import { pauseBefore } from '../events/retry.ts'
import { wakeSync } from '../jobs/wake.server.ts'
import { log } from '../log.server.ts'
import { ProblemError, problemOf } from '../problem.ts'
import type { Problem } from '../problem.ts'
import { klaviyoOf } from '../shops/connection.server.ts'
import { noteProblem } from '../shops/health.server.ts'
import { learnStore } from '../shops/installation.server.ts'
import { adminOf } from '../shops/sessions.server.ts'
import { defineAll } from './define.server.ts'
import { distributionSchema, noDistribution } from './distribution.ts'
import { indexing } from './index.server.ts'
import { leased, releaseSyncLease, takeSyncLease, whileSyncLeased } from './lease.server.ts'
import type { SyncLease } from './lease.server.ts'
import { matching } from './match.server.ts'
import { passOf } from './pass.server.ts'
import type { Pass } from './pass.server.ts'
import { reading } from './read.server.ts'
import { advance } from './stages.ts'
import { isOfAll, syncTimes } from './sync.ts'
import { windUp } from './wind-up.server.ts'
import { writing } from './write.server.ts'

/** After this long a sync goes behind the other shops'. */
const sliceMs = 10_000

/** Should a wake-up get lost. */
const longestPauseMs = 30_000

/** Gets the shop's sync on, if it has one that is due and nobody works on. */
export async function advanceSync(shop: string): Promise<void> {
  const lease = await takeSyncLease(shop)
  if (!lease) return
  let dueAfterMs = 0
  try {
    dueAfterMs = await whileSyncLeased(lease, () => slice(lease))
  } catch (error) {
    // Paused, canceled, or taken over: nothing more is recorded by this one.
    if (!(error instanceof LeaseLost)) dueAfterMs = await noteTrouble(lease, error)
  } finally {
    await releaseSyncLease(lease, dueAfterMs)
  }
  if (dueAfterMs <= longestPauseMs * 4) wakeSync(shop, dueAfterMs)
}

/** Milliseconds until the next slice is due. */
async function slice(lease: SyncLease): Promise<number> {
  const { shop } = lease
  if (lease.state !== 'running') return windUp(lease, await adminOf(shop))
  const until = Date.now() + sliceMs
  const [klaviyo, shopify] = await Promise.all([klaviyoOf(shop), adminOf(shop)])
  const pass = await passOf(lease, { klaviyo, shopify }, until)
  if (!pass.isDefined) {
    await learnStore(shop)
    await defineAll(pass)
  }
  const stages = [reading(pass), indexing(pass), matching(pass), writing(pass)]
  const waitMs = Math.min(await advance(stages, until), longestPauseMs)
  if (pass.isPaced) pass.times.paced += waitMs
  await noteProgress(pass)
  if (await isOver(pass)) {
    await finish(pass)
    return 0
  }
  return waitMs
}

/** Where nobody was read, the customers need not be known. */
async function isOver({ isReadThrough, shop, syncId }: Pass): Promise<boolean> {
  if (!isReadThrough) return false
  const left = await prisma.sync.findUniqueOrThrow({
    where: { id: syncId, shopId: shop },
    select: { _count: { select: { pages: true, writes: true } } },
  })
  return left._count.pages === 0 && left._count.writes === 0
}

async function finish(pass: Pass): Promise<void> {
  const { lease, scope, shop, syncId } = pass
  await leased(lease, async (tx) => {
    const row = await tx.sync.findUniqueOrThrow({
      where: { id: syncId, shopId: shop },
      select: { distribution: true, profiles: true },
    })
    const { scored } = distributionSchema.catch(noDistribution).parse(row.distribution)
    const wantsPredictions = pass.mappings.some(
      ({ document }) => document.source.kind === 'prediction',
    )
    const isUnscored = wantsPredictions && isOfAll(scope) && row.profiles > 0 && scored === 0
    await tx.sync.update({
      where: { id: syncId, shopId: shop },
      data: {
        state: 'done',
        activeShop: null,
        finishedAt: new Date(),
        problem: isUnscored ? noPredictions : Prisma.DbNull,
      },
    })
  })
}

/** What the slice spent, and that it went well. */
async function noteProgress({ lease, shop, syncId, times }: Pass): Promise<void> {
  await leased(lease, async (tx) => {
    const row = await tx.sync.findUniqueOrThrow({
      where: { id: syncId, shopId: shop },
      select: { times: true },
    })
    const before = syncTimes.parse(row.times)
    const sum = (what: keyof typeof before) => Math.round(before[what] + times[what])
    await tx.sync.update({
      where: { id: syncId, shopId: shop },
      data: {
        times: {
          read: sum('read'),
          paced: sum('paced'),
          index: sum('index'),
          match: sum('match'),
          write: sum('write'),
        },
        problem: Prisma.DbNull,
        attempts: 0,
      },
    })
  })
}

/** Time heals it, somebody has to mend it, or the sync is over. */
async function noteTrouble(lease: SyncLease, error: unknown): Promise<number> {
  const { shop, syncId } = lease
  if (!(error instanceof ProblemError))
    log.error({ err: error, shop }, 'the sync failed; it is tried again')
  const problem = problemOf(error)
  const where = { id: syncId, shopId: shop, leaseId: lease.leaseId, state: lease.state }
  if (problem.retry === 'mended') {
    await noteProblem(shop, problem)
    await prisma.sync.updateMany({ where, data: { problem } })
    return 0
  }
  if (problem.retry === 'never' && lease.state === 'running') {
    await prisma.sync.updateMany({ where, data: { problem, state: 'failed' } })
    return 0
  }
  const row = await prisma.sync.findUnique({
    where: { id: syncId, shopId: shop },
    select: { attempts: true },
  })
  const attempts = (row?.attempts ?? 0) + 1
  await prisma.sync.updateMany({ where, data: { problem, attempts } })
  return pauseBefore(attempts, problem, Math.random())
}

/** https://help.klaviyo.com/hc/en-us/articles/360020919731 */
const noPredictions: Problem = {
  code: 'klaviyo-no-predictions',
  what: 'Klaviyo has no predictions for any profile of this account, so no predicted value could be written.',
  remedy:
    'Klaviyo predicts once at least 500 customers have ordered, orders go back 180 days or more, there are orders within the last 30 days, and some customers have ordered three times or more. Nothing needs to be done here: the first nightly sync after that fills the metafields.',
  retry: 'never',
}
