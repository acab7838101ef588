/**
 * Ends a sync that was canceled or failed: calls its bulk operations back and waits for them, so
 * that none of them overwrites what the next sync writes. Of what they carried it is not known
 * whether it was written: it is held no longer.
 */
import { prisma } from '../db/client.server.ts'
import type { AdminApi } from '../shopify/admin.ts'
import { leased } from './lease.server.ts'
import type { SyncLease } from './lease.server.ts'
import { openWrite, passMappings } from './pass.server.ts'
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
  await forgetCarried(lease)
  await leased(lease, async (tx) => {
    await tx.syncPage.deleteMany({ where: { syncId, shopId: lease.shop } })
    await tx.syncWrite.deleteMany({ where: { syncId, shopId: lease.shop } })
    await tx.sync.update({
      where: { id: syncId, shopId: lease.shop },
      data: { activeShop: null, finishedAt: new Date() },
    })
  })
  return 0
}

async function forgetCarried(lease: SyncLease): Promise<void> {
  const { shop, syncId } = lease
  const mappings = await passMappings(syncId)
  for (;;) {
    const page = await prisma.syncPage.findFirst({ where: { syncId, writeId: { not: null } } })
    if (!page) return
    const entries = openWrite(shop, page.body)
    await leased(lease, async (tx) => {
      for (const { customer, values } of entries) {
        const slots = values.flatMap(([mapping]) => mappings[mapping]?.slot ?? [])
        await tx.$executeRaw`
          update "SyncedCustomer" set "unsure" = "unsure" || ${slots}::text[]
          where "shopId" = ${shop} and "customerId" = ${customer}::text::bigint`
      }
      await tx.syncPage.delete({ where: { id: page.id, shopId: shop } })
    })
  }
}
