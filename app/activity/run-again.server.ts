/** Puts failed runs back to work. */
import { prisma } from '../db/client.server.ts'
import type { Tx } from '../db/client.server.ts'
import { Prisma } from '../db/generated/client.ts'
import { wake } from '../jobs/wake.server.ts'
import { uuid } from './filter.ts'
import type { RunFilter } from './filter.ts'
import { runsWhere } from './list.server.ts'
import { notUndone } from './undoable.ts'

/** Runs of one transaction. */
const batchSize = 1_000

/** Runs of one press of the button: what is left can be asked for again. */
const mostAtOnce = 20_000

/** Runs these again, as far as they are failed runs of this shop. Returns how many. */
export async function runAgain(shop: string, ids: string[]): Promise<number> {
  const count = await requeue(shop, ids.filter((id) => uuid.test(id)).slice(0, batchSize))
  if (count > 0) wake(shop)
  return count
}

/** Runs all failed ones that match the filter again. `isMore` = there are more than were taken. */
export async function runAllAgain(
  shop: string,
  filter: RunFilter,
): Promise<{ count: number; isMore: boolean }> {
  const where = await runsWhere(shop, { ...filter, outcome: 'failed' })
  const failed = await prisma.run.findMany({
    where,
    orderBy: { id: 'asc' },
    take: mostAtOnce + 1,
    select: { id: true },
  })
  const ids = failed.slice(0, mostAtOnce).map(({ id }) => id)
  let count = 0
  for (let start = 0; start < ids.length; start += batchSize) {
    count += await requeue(shop, ids.slice(start, start + batchSize))
  }
  if (count > 0) wake(shop)
  return { count, isMore: failed.length > mostAtOnce }
}

/**
 * One transaction, one statement a table. Steps keep their intent, so that what may already have
 * been written is repeated exactly; one whose intent was refused keeps that problem too, by which
 * the drain knows to plan it anew. The event's own runs that are over stay as they are, and so does
 * one that was undone.
 */
async function requeue(shop: string, ids: string[]): Promise<number> {
  if (ids.length === 0) return 0
  return prisma.$transaction(async (tx) => {
    await lockEventsOf(tx, shop, ids)
    const runs = await tx.run.updateManyAndReturn({
      where: { id: { in: ids }, shopId: shop, state: 'failed', ...notUndone },
      data: {
        state: 'waiting',
        attempts: 0,
        problem: Prisma.DbNull,
        reason: 'Waits to run again.',
        dueSince: new Date(),
        finishedAt: null,
      },
      select: { id: true, eventId: true },
    })
    await tx.step.updateMany({
      where: { shopId: shop, state: 'failed', runId: { in: runs.map(({ id }) => id) } },
      data: { state: 'waiting', finishedAt: null },
    })
    await tx.inboundEvent.updateMany({
      where: { shopId: shop, id: { in: runs.map(({ eventId }) => eventId) } },
      data: { state: 'pending', attempts: 0, availableAt: new Date() },
    })
    return runs.length
  })
}

/** The drain, which may be about to end one of the events, waits or is waited for. */
async function lockEventsOf(tx: Tx, shop: string, runIds: string[]): Promise<void> {
  await tx.$queryRaw`
    select from "InboundEvent"
    where "shopId" = ${shop} and "id" in (
      select "eventId" from "Run" where "shopId" = ${shop} and "id" = any(${runIds}::uuid[])
    )
    order by "id" for update`
}
