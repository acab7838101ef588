/** Forgets what is older than the shop wants it kept. */
import { prisma } from '../db/client.server.ts'
import { log } from '../log.server.ts'
import { stopIdleOperations } from '../operations/operations.server.ts'
import { forgetUnmapped } from '../sync/unmapped.server.ts'
import { endIdleSync } from '../sync/wind-up.server.ts'

const eventsPerBatch = 1_000

/**
 * For each shop, deletes events that came in before its period, with their runs and steps, privacy
 * requests that are completed, operations and syncs that ended before it, and discount codes. Ends
 * operations and syncs that lay still for so long, so that they go the same way. Small batches, so
 * that nobody waits long for a lock. Tag grants stay: they tell which tags are ours to rotate out,
 * for as long as the customer carries them; and what the metafield sync last wrote for the mappings
 * there are, without which it would write all of it every night.
 */
export async function forgetOld(now = new Date()): Promise<void> {
  const shops = await prisma.shop.findMany({ select: { id: true, retentionDays: true } })
  for (const { id: shop, retentionDays } of shops) {
    const before = new Date(now.getTime() - retentionDays * 24 * 3_600_000)
    let events = 0
    for (;;) {
      const count = await prisma.$executeRaw`
        delete from "InboundEvent" where "id" in (
          select "id" from "InboundEvent"
          where "shopId" = ${shop} and "receivedAt" < ${before} limit ${eventsPerBatch}
        )`
      events += count
      if (count < eventsPerBatch) break
    }
    const { count: requests } = await prisma.privacyRequest.deleteMany({
      where: {
        shopId: shop,
        createdAt: { lt: before },
        // One that waits for Klaviyo is completed first.
        OR: [{ completedAt: { not: null } }, { person: null }],
      },
    })
    const own = { shopId: shop }
    await prisma.upkeep.deleteMany({ where: { ...own, at: { lt: before } } })
    await prisma.issuedCode.deleteMany({ where: { ...own, endsAt: { lt: before } } })
    await prisma.operation.deleteMany({ where: { ...own, finishedAt: { lt: before } } })
    await prisma.sync.deleteMany({ where: { ...own, finishedAt: { lt: before } } })
    await stopIdleOperations(shop, before)
    await endIdleSync(shop, before)
    await forgetUnmapped(shop)
    if (events + requests > 0) log.info({ shop, events, requests }, 'forgotten after the period')
  }
}
