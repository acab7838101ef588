/** The codes that rules made, newest first, and what they brought. */
import { z } from 'zod'
import { uuid } from '../activity/filter.ts'
import { prisma } from '../db/client.server.ts'
import type { Prisma } from '../db/generated/client.ts'

const pageSize = 50

export const codeStates = ['live', 'used', 'expired'] as const
export type CodeState = (typeof codeStates)[number]

export interface CodeFilter {
  state: CodeState | null
  ruleId: string | null
}

export interface CodeRow {
  /** The step that made it. */
  id: string
  code: string
  state: CodeState
  worth: string
  customerGid: string
  ruleId: string
  ruleName: string
  madeAt: Date
  endsAt: Date
  orderGid: string | null
  /** What the order came to; null = unused, or not read yet. */
  revenue: Money | null
}

export interface Money {
  /** Decimal. */
  amount: string
  currency: string
}

export interface CodePage {
  rows: CodeRow[]
  /** Cursor of the page behind this one. */
  older: string | null
}

export interface RuleOfCodes {
  ruleId: string
  ruleName: string
  made: number
  live: number
  used: number
  /** By currency: a store may have changed it. */
  revenue: Money[]
}

/** What the address asks for; anything unknown in it counts as not given. */
export function codeFilterOf(parameters: URLSearchParams): CodeFilter {
  const rule = parameters.get('rule')
  return {
    state: codeStates.find((state) => state === parameters.get('state')) ?? null,
    ruleId: rule && uuid.test(rule) ? rule : null,
  }
}

/** `before` = the `older` of another page, or null for the first. */
export async function listCodes(
  shop: string,
  { state, ruleId }: CodeFilter,
  before: string | null,
  now: Date,
): Promise<CodePage> {
  const rows = await prisma.issuedCode.findMany({
    where: {
      shopId: shop,
      ...(ruleId ? { ruleId } : {}),
      ...(state ? inState[state](now) : {}),
      ...(before && uuid.test(before) ? { stepId: { lt: before } } : {}),
    },
    orderBy: { stepId: 'desc' },
    take: pageSize + 1,
    include: { rule: { select: { name: true } } },
  })
  const page = rows.slice(0, pageSize)
  return {
    rows: page.map((row) => ({
      id: row.stepId,
      code: row.code,
      state: stateOf(row, now),
      worth: row.worth,
      customerGid: row.customerGid,
      ruleId: row.ruleId,
      ruleName: row.rule.name,
      madeAt: row.startsAt,
      endsAt: row.endsAt,
      orderGid: row.orderGid,
      revenue:
        row.revenue && row.currency
          ? { amount: row.revenue.toFixed(2), currency: row.currency }
          : null,
    })),
    older: rows.length > pageSize ? (page.at(-1)?.stepId ?? null) : null,
  }
}

const totals = z.array(
  z.object({
    ruleId: z.string(),
    ruleName: z.string(),
    currency: z.string().nullable(),
    made: z.number(),
    live: z.number(),
    used: z.number(),
    revenue: z.string(),
  }),
)

/** Per rule that made codes, the latest rule first. */
export async function rulesOfCodes(shop: string, now: Date): Promise<RuleOfCodes[]> {
  const rows = totals.parse(
    await prisma.$queryRaw`
      select c."ruleId", r."name" as "ruleName", c."currency", count(*)::int as "made",
        (count(*) filter (where c."endsAt" > ${now} and c."usedAt" is null
          and c."replacedAt" is null and c."deletedAt" is null))::int as "live",
        (count(*) filter (where c."usedAt" is not null))::int as "used",
        coalesce(sum(c."revenue"), 0)::text as "revenue"
      from "IssuedCode" c join "Rule" r on r."id" = c."ruleId"
      where c."shopId" = ${shop}
      group by c."ruleId", r."name", c."currency"
      order by c."ruleId" desc`,
  )
  return [...Map.groupBy(rows, ({ ruleId }) => ruleId)].map(([ruleId, own]) => ({
    ruleId,
    ruleName: own[0]?.ruleName ?? '',
    made: sum(own.map(({ made }) => made)),
    live: sum(own.map(({ live }) => live)),
    used: sum(own.map(({ used }) => used)),
    revenue: own.flatMap(({ currency, revenue }) =>
      currency === null ? [] : [{ amount: revenue, currency }],
    ),
  }))
}

interface Lifetime {
  endsAt: Date
  usedAt: Date | null
  replacedAt: Date | null
  deletedAt: Date | null
}

function stateOf({ endsAt, usedAt, replacedAt, deletedAt }: Lifetime, now: Date): CodeState {
  if (usedAt) return 'used'
  return replacedAt || deletedAt || endsAt <= now ? 'expired' : 'live'
}

/** The same as conditions. */
const inState: Record<CodeState, (now: Date) => Prisma.IssuedCodeWhereInput> = {
  live: (now) => ({ usedAt: null, replacedAt: null, deletedAt: null, endsAt: { gt: now } }),
  used: () => ({ usedAt: { not: null } }),
  expired: (now) => ({
    usedAt: null,
    OR: [{ replacedAt: { not: null } }, { deletedAt: { not: null } }, { endsAt: { lte: now } }],
  }),
}

const sum = (numbers: number[]) => numbers.reduce((total, number) => total + number, 0)
