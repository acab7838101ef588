/**
 * Ends a sync that was canceled or failed: calls its bulk operations back and waits for them, so
 * that none of them overwrites what the next sync writes. Of what they carried, or were to carry, it
 * is not known whether it was written: it is held no longer.
 */
import { prisma } from '../db/client.server.ts'
import type { AdminApi } from '../shopify/admin.ts'
import { leased } from './lease.server.ts'
import type { SyncLease } from './lease.server.ts'
import { openWrite, passMappings } from './pass.server.ts'
import { markUnsure, slotsOf } from './unsure.server.ts'
import { nameOfWrite } from './write.server.ts'

const looksEveryMs = 1_000

/** Milliseconds until it should be looked at again. */
export async function windUp(lease: SyncLease, shopify: AdminApi): Promise<number> {
  const { syncId } = lease
  const writes = await prisma.syncWrite.findMany({ where: { syncId } })
  for (const { id, operationId: known } of writes) {
    const operationId = known ?? (await shopify.findBulkMutation(nameOfWrite(id)))
    const isRunning = async () =>
      operationId !== null && (await shopify.bulkOperation(operationId))?.state === 'running'
    if (!(await isRunning())) continue
    if (operationId !== null) await shopify.cancelBulk(operationId)
    return looksEveryMs
  }
  await forgetCarried(lease)
  await leased(lease, async (tx) => {
    await tx.syncPage.deleteMany({ where: { syncId } })
    await tx.syncWrite.deleteMany({ where: { syncId } })
    await tx.sync.update({
      where: { id: syncId },
      data: { activeShop: null, finishedAt: new Date() },
    })
  })
  return 0
}

async function forgetCarried(lease: SyncLease): Promise<void> {
  const { shop, syncId } = lease
  const mappings = await passMappings(syncId)
  for (;;) {
    // Those that no operation carries too: one may be on its way by itself, or sent once more.
    const page = await prisma.syncPage.findFirst({ where: { syncId, kind: { not: 'read' } } })
    if (!page) return
    const entries = openWrite(shop, page.body)
    await leased(lease, async (tx) => {
      await markUnsure(tx, shop, slotsOf(entries, mappings))
      await tx.syncPage.delete({ where: { id: page.id } })
    })
  }
}
