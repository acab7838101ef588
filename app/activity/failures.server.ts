/** Failed runs by cause: the same problem in the same words is one cause. */
import { z } from 'zod'
import { prisma } from '../db/client.server.ts'
import { Prisma } from '../db/generated/client.ts'
import { problemSchema } from '../problem.ts'
import type { Problem } from '../problem.ts'
import type { RunFilter } from './filter.ts'
import { rangeOf } from './range.server.ts'

/** Runs that are looked at, the newest first. */
const mostRuns = 10_000

export interface FailureGroup {
  problem: Problem
  runs: number
  /** What they were about: two rules may have failed for one event. */
  events: number
}

const groupRows = z.array(
  z.object({ problem: problemSchema, runs: z.number(), events: z.number() }),
)

/** The most frequent first. A filter by customer is none of causes, and is passed over. */
export async function failuresOf(
  shop: string,
  filter: RunFilter,
  most: number,
): Promise<FailureGroup[]> {
  const { first, end } = await rangeOf(shop, filter)
  const { ruleId, problem, what } = filter
  const rows = await prisma.$queryRaw`
    select (array_agg("problem" order by "id" desc))[1] as "problem",
      count(*)::int as "runs", count(distinct "eventId")::int as "events"
    from (
      select "id", "problem", "eventId" from "Run"
      where "shopId" = ${shop} and "state" = 'failed' and "problem" is not null
        and "id" >= ${first}::uuid and "id" < ${end}::uuid
        ${ruleId === null ? Prisma.empty : Prisma.sql`and "ruleId" = ${ruleId}::uuid`}
        ${problem === null ? Prisma.empty : Prisma.sql`and "problem"->>'code' = ${problem}`}
        ${what === null ? Prisma.empty : Prisma.sql`and "problem"->>'what' = ${what}`}
      order by "id" desc
      limit ${mostRuns}
    ) as latest
    group by "problem"->>'code', "problem"->>'what'
    order by 2 desc
    limit ${most}`
  return groupRows.parse(rows)
}
