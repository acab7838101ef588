import type { Tx } from '../db/client.server.ts'
import type { Case } from './cases.ts'

/**
 * The cases without those whose operation was stopped while the batch was read and planned. The
 * others are locked, so that a stop from here on finds them begun.
 */
export async function withoutStopped(tx: Tx, shop: string, cases: Case[]): Promise<Case[]> {
  const ids = cases.flatMap(({ run }) => (run.operationId === null ? [] : [run.id]))
  if (ids.length === 0) return cases
  await tx.$executeRaw`
    select from "Run" where "id" = any(${ids}::uuid[]) and "shopId" = ${shop}
    order by "id" for update`
  const stopped = await tx.run.findMany({
    where: { id: { in: ids }, shopId: shop, state: { not: 'waiting' } },
    select: { id: true },
  })
  const over = new Set(stopped.map(({ id }) => id))
  return cases.filter(({ run }) => !over.has(run.id))
}
