/**
 * Ends a sync that was canceled or failed: calls its bulk operations back and waits for them, so
 * that none of them overwrites what the next sync writes. Of what they carried, or were to carry, it
 * is not known whether it was written: it is held no longer.
 */
import { prisma } from '../db/client.server.ts'
import type { Problem } from '../problem.ts'
import type { AdminApi } from '../shopify/admin.ts'
import { leased, releaseSyncLease, takeIdleSync } from './lease.server.ts'
import type { SyncLease } from './lease.server.ts'
import { openWrite, passMappings } from './pass.server.ts'
import { markUnsure, slotsOf } from './unsure.server.ts'
import { nameOfWrite } from './write.server.ts'

const looksEveryMs = 1_000

/** Milliseconds until it should be looked at again. */
export async function windUp(lease: SyncLease, shopify: AdminApi): Promise<number> {
  const { syncId } = lease
  const writes = await prisma.syncWrite.findMany({ where: { syncId, shopId: lease.shop } })
  for (const { id, operationId: known } of writes) {
    const operationId = known ?? (await shopify.findBulkMutation(nameOfWrite(id)))
    const isRunning = async () =>
      operationId !== null && (await shopify.bulkOperation(operationId))?.state === 'running'
    if (!(await isRunning())) continue
    if (operationId !== null) await shopify.cancelBulk(operationId)
    return looksEveryMs
  }
  await putAway(lease)
  return 0
}

/**
 * Ends the shop's sync when nobody got it on since then: paused, or held up by what nobody mends,
 * it would keep what it read of people for ever. Shopify is not asked, which may be what can't be
 * reached: its bulk operations end within days.
 */
export async function endIdleSync(shop: string, before: Date): Promise<boolean> {
  const lease = await takeIdleSync(shop, before, leftIdle)
  if (!lease) return false
  await putAway(lease)
  await releaseSyncLease(lease, 0)
  return true
}

async function putAway(lease: SyncLease): Promise<void> {
  const { syncId } = lease
  await forgetCarried(lease)
  await leased(lease, async (tx) => {
    await tx.syncPage.deleteMany({ where: { syncId, shopId: lease.shop } })
    await tx.syncWrite.deleteMany({ where: { syncId, shopId: lease.shop } })
    await tx.sync.update({
      where: { id: syncId, shopId: lease.shop },
      data: { activeShop: null, finishedAt: new Date() },
    })
  })
}

const leftIdle: Problem = {
  code: 'sync-left-idle',
  what: 'The sync lay still for longer than the store keeps data, so it was ended.',
  remedy: 'Start it again. How long data is kept is set in Settings.',
  retry: 'never',
}

async function forgetCarried(lease: SyncLease): Promise<void> {
  const { shop, syncId } = lease
  const mappings = await passMappings(prisma, syncId)
  for (;;) {
    // Those that no operation carries too: one may be on its way by itself, or sent once more.
    const page = await prisma.syncPage.findFirst({ where: { syncId, kind: { not: 'read' } } })
    if (!page) return
    const entries = openWrite(shop, page.body)
    await leased(lease, async (tx) => {
      await markUnsure(tx, shop, slotsOf(entries, mappings))
      await tx.syncPage.delete({ where: { id: page.id, shopId: shop } })
    })
  }
}
