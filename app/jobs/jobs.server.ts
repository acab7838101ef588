/** Queues, workers and schedules. What a job does is told by the feature that it calls. */
import { z } from 'zod'
import { deleteEndedCodes } from '../codes/clean-up.server.ts'
import { readUsage } from '../codes/usage.server.ts'
import { config } from '../config.server.ts'
import { drain } from '../events/drain.server.ts'
import { releaseAllLeases, shopsWithWork } from '../events/lease.server.ts'
import { log } from '../log.server.ts'
import { mend } from '../shops/health.server.ts'
import { complyAgain } from '../shops/privacy.server.ts'
import { forgetOld } from '../shops/retention.server.ts'
import { releaseAllSyncLeases, shopsToSync } from '../sync/lease.server.ts'
import { startNights } from '../sync/schedule.server.ts'
import { advanceSync } from '../sync/slice.server.ts'
import { createBoss, queues } from './boss.server.ts'
import { wake, wakeSync, wakeThrough } from './wake.server.ts'

/** Shops that one process drains side by side. */
const drainsAtOnce = 4

/** Shops whose metafields one process syncs side by side. */
const syncsAtOnce = 4

/** Finds work that nobody was woken for: retries that are due, a crash between commit and wake. */
const sweepEveryMs = 3_000

const shopJob = z.object({ shop: z.string() })

/** The schedule names none: all shops. */
const oneShop = z.object({ shop: z.string().optional() }).nullish()

let stop: () => Promise<void> = () => Promise.resolve()

/** `works` = this process takes jobs; otherwise it only queues them. */
export async function startJobs({ works }: { works: boolean }): Promise<void> {
  if (config.database.kind === 'pglite') {
    await releaseAllLeases()
    await releaseAllSyncLeases()
  }
  const boss = createBoss(works)
  await boss.start()
  // At most one queued drain a shop. That only one runs is the drain's own lease.
  await boss.createQueue(queues.drain, {
    policy: 'short',
    notify: true,
    retryLimit: 0,
    expireInSeconds: 300,
    deleteAfterSeconds: 600,
  })
  // The same for syncs; slices are longer, and a crashed one is taken up by the sweep.
  await boss.createQueue(queues.sync, {
    policy: 'short',
    notify: true,
    retryLimit: 0,
    expireInSeconds: 1_800,
    deleteAfterSeconds: 600,
  })
  await boss.createQueue(queues.startNights, { policy: 'stately', retryLimit: 0 })
  await boss.createQueue(queues.mend, { policy: 'stately', retryLimit: 0 })
  await boss.createQueue(queues.forget, { policy: 'stately', retryLimit: 2 })
  await boss.createQueue(queues.complyAgain, { policy: 'stately', retryLimit: 0 })
  await boss.createQueue(queues.readUsage, { policy: 'stately', retryLimit: 0 })
  await boss.createQueue(queues.deleteCodes, { policy: 'stately', retryLimit: 2 })
  wakeThrough(boss)

  if (works) {
    await boss.work(
      queues.drain,
      {
        localConcurrency: drainsAtOnce,
        pollingIntervalSeconds: 0.5,
        notifyPollingIntervalSeconds: 2,
      },
      async ([job]) => {
        const { shop } = shopJob.parse(job?.data)
        const { more } = await drain(shop)
        // Behind the other shops' drains: a big burst of one shop doesn't starve them.
        if (more) wake(shop)
      },
    )
    await boss.work(
      queues.sync,
      {
        localConcurrency: syncsAtOnce,
        pollingIntervalSeconds: 0.5,
        notifyPollingIntervalSeconds: 2,
      },
      ([job]) => advanceSync(shopJob.parse(job?.data).shop),
    )
    await boss.work(queues.startNights, () => startNights())
    await boss.work(queues.mend, async () => mend())
    await boss.work(queues.forget, () => forgetOld())
    await boss.work(queues.complyAgain, () => complyAgain())
    await boss.work(queues.readUsage, ([job]) => readUsage(oneShop.parse(job?.data)?.shop))
    await boss.work(queues.deleteCodes, ([job]) => deleteEndedCodes(oneShop.parse(job?.data)?.shop))
    await boss.schedule(queues.mend, '* * * * *')
    await boss.schedule(queues.startNights, '* * * * *')
    await boss.schedule(queues.complyAgain, '*/10 * * * *')
    await boss.schedule(queues.readUsage, '17 * * * *')
    // After the hour's usage: what was used by then is known.
    await boss.schedule(queues.deleteCodes, '41 2 * * *')
    await boss.schedule(queues.forget, '23 3 * * *')
  }
  const sweeping = works ? setInterval(() => void sweep(), sweepEveryMs) : null
  if (works) await sweep()

  stop = async () => {
    if (sweeping) clearInterval(sweeping)
    wakeThrough(null)
    await boss.stop({ graceful: true, timeout: 15_000 })
  }
}

export const stopJobs = (): Promise<void> => stop()

async function sweep(): Promise<void> {
  try {
    for (const shop of await shopsWithWork()) wake(shop)
    for (const shop of await shopsToSync()) wakeSync(shop)
  } catch (error) {
    log.error({ err: error }, 'the sweep failed; it is tried again')
  }
}
