/** What was tidied up in the store without a rule's run. */
import { prisma } from '../db/client.server.ts'
import type { Tx } from '../db/client.server.ts'
import { problemSchema } from '../problem.ts'
import type { Problem } from '../problem.ts'

const mostShown = 5

type UpkeepKind = 'codes_deleted' | 'tags_expired'

export interface UpkeepRow {
  id: string
  kind: UpkeepKind
  count: number
  /** Why some are left, or null. */
  problem: Problem | null
  at: Date
}

/** Counts more of it, in one entry a day. The latest problem stands until all is done again. */
export async function noteUpkeep(
  tx: Tx,
  shop: string,
  kind: UpkeepKind,
  { count, problem }: { count: number; problem: Problem | null },
): Promise<void> {
  const trouble = problem === null ? null : JSON.stringify(problem)
  const counted = await tx.$executeRaw`
    update "Upkeep" set "count" = "count" + ${count}, "problem" = ${trouble}::jsonb, "at" = now()
    where "id" = (
      select "id" from "Upkeep"
      where "shopId" = ${shop} and "kind" = ${kind}::"UpkeepKind" and "at" >= date_trunc('day', now())
      limit 1
    )`
  if (counted > 0) return
  await tx.upkeep.create({ data: { shopId: shop, kind, count, ...(problem ? { problem } : {}) } })
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
