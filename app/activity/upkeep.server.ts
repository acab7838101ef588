/** What was tidied up in the store without a rule's run. */
import { prisma } from '../db/client.server.ts'
import { problemSchema } from '../problem.ts'
import type { Problem } from '../problem.ts'

const mostShown = 5

export interface UpkeepRow {
  id: string
  kind: 'codes_deleted'
  count: number
  /** Why some are left, or null. */
  problem: Problem | null
  at: Date
}

/** The latest, newest first. */
export async function upkeepOf(shop: string): Promise<UpkeepRow[]> {
  const rows = await prisma.upkeep.findMany({
    where: { shopId: shop },
    orderBy: { at: 'desc' },
    take: mostShown,
    select: { id: true, kind: true, count: true, problem: true, at: true },
  })
  return rows.map((row) => ({ ...row, problem: problemSchema.nullable().parse(row.problem) }))
}
