/** What rules in shadow mode would have done, added up. */
import { z } from 'zod'
import { actionOf } from '../actions/index.ts'
import { prisma } from '../db/client.server.ts'
import { Prisma } from '../db/generated/client.ts'
import { addDays, dayAt } from './days.ts'
import type { RunFilter } from './filter.ts'
import { rangeOf } from './range.server.ts'
import { timeZoneOf } from './store.server.ts'

/** Reasons that are told of each kind. */
const mostReasons = 5

export interface Reasons {
  count: number
  /** The most frequent first, not necessarily all. */
  why: { text: string; count: number }[]
}

export interface ShadowTotals {
  /** By action, in words: "made 214 codes"; the most frequent first. */
  would: string[]
  done: number
  skipped: Reasons
  failed: Reasons
  /** Not decided yet. */
  waiting: number
}

/** Periods that are offered, in days. */
export const shadowPeriods = [7, 30] as const

export const periodOf = (parameters: URLSearchParams): number =>
  shadowPeriods.find((days) => String(days) === parameters.get('days')) ?? shadowPeriods[0]

const stepRows = z.array(
  z.object({ kind: z.string(), settings: z.json(), count: z.number(), customers: z.number() }),
)

const runRows = z.array(
  z.object({
    state: z.enum(['done', 'skipped', 'failed', 'waiting']),
    why: z.string().nullable(),
    count: z.number(),
    total: z.number(),
  }),
)

/** Over the days of the filter; where it names none, over the last `days`. */
export async function shadowTotalsOf(
  shop: string,
  { ruleId, from, to }: RunFilter,
  days: number,
  now: Date,
): Promise<ShadowTotals> {
  const since = addDays(dayAt(now, await timeZoneOf(shop)), 1 - days)
  const { first, end } = await rangeOf(shop, { from: from ?? (to ? null : since), to })
  const isMeant = Prisma.sql`
    r."shopId" = ${shop} and r."shadow" and not r."isUndo"
    and r."id" >= ${first}::uuid and r."id" < ${end}::uuid
    ${ruleId === null ? Prisma.empty : Prisma.sql`and r."ruleId" = ${ruleId}::uuid`}`
  const [steps, runs] = await Promise.all([
    // Of a run with a step that can't be, nothing is done: its other steps count for nothing.
    prisma.$queryRaw`
      select s."kind", count(*)::int as "count",
        count(distinct r."customerGid")::int as "customers",
        v."document"->'actions'->s."position"->'settings' as "settings"
      from "Run" r
      join "Step" s on s."runId" = r."id"
      join "RuleVersion" v on v."ruleId" = r."ruleId" and v."version" = r."ruleVersion"
      where ${isMeant} and r."state" = 'done' and s."state" = 'done'
      group by s."kind", r."ruleId", s."position", "settings"`,
    prisma.$queryRaw`
      select * from (
        select "state", "why", count(*)::int as "count",
          (sum(count(*)) over (partition by "state"))::int as "total",
          row_number() over (partition by "state" order by count(*) desc, "why") as "place"
        from (
          select r."state"::text as "state", case r."state"
            when 'skipped' then r."reason" when 'failed' then r."problem"->>'what' end as "why"
          from "Run" r where ${isMeant}
        ) as reasons
        group by 1, 2
      ) as placed
      where "place" <= ${mostReasons} order by "count" desc`,
  ])
  const states = Map.groupBy(runRows.parse(runs), ({ state }) => state)
  const countOf = (state: z.infer<typeof runRows>[number]['state']) =>
    states.get(state)?.[0]?.total ?? 0
  const reasonsOf = (state: 'skipped' | 'failed'): Reasons => ({
    count: countOf(state),
    why: (states.get(state) ?? []).flatMap(({ why, count }) =>
      why === null ? [] : [{ text: why, count }],
    ),
  })
  return {
    would: tallied(stepRows.parse(steps)),
    done: countOf('done'),
    skipped: reasonsOf('skipped'),
    failed: reasonsOf('failed'),
    waiting: countOf('waiting'),
  }
}

/** Of an action that does its thing once a customer, the customers count: in shadow nothing is there yet. */
function tallied(rows: z.infer<typeof stepRows>): string[] {
  const sums = new Map<string, { kind: string; isPerCustomer: boolean; count: number }>()
  for (const { kind, settings, count, customers } of rows) {
    const isPerCustomer = actionOf(kind)?.isPerCustomer(settings) ?? false
    const key = `${kind} ${isPerCustomer}`
    const sum = (sums.get(key)?.count ?? 0) + (isPerCustomer ? customers : count)
    sums.set(key, { kind, isPerCustomer, count: sum })
  }
  return [...sums.values()]
    .sort((one, other) => other.count - one.count)
    .map(
      ({ kind, isPerCustomer, count }) =>
        actionOf(kind)?.tally(count, isPerCustomer) ?? `did ${kind} ${count} times`,
    )
}
