/** Past events that lie in the inbox: counted, and read page by page, oldest first. */
import { z } from 'zod'
import { isHandled } from '../../activity/handled.server.ts'
import { openFacts } from '../../activity/list.server.ts'
import { prisma } from '../../db/client.server.ts'
import { Prisma } from '../../db/generated/client.ts'
import { matches } from '../../rules/decide.ts'
import type { Trigger } from '../../rules/rule.ts'
import { runsPerPage } from '../operation.ts'
import { headDecides, mayMatch } from './scope.ts'
import type { Head, Range } from './scope.ts'

/** Whose events of which time. */
export interface Past {
  shop: string
  ruleId: string
  trigger: Trigger
  range: Range
  /** As Klaviyo has them, by metric id: some webhooks give no name. */
  metricNames: Map<string, string>
}

/** Of "InboundEvent" e: came in within the range, and rules have been matched with it. */
const ofThePast = ({ shop, range }: Past) => Prisma.sql`
  e."shopId" = ${shop} and e."receivedAt" >= ${range.from} and e."receivedAt" < ${range.to}
  and not (e."state" = 'pending' and e."matchedAt" is null)`

const headColumns = {
  metricId: z.string().nullable(),
  metricName: z.string().nullable(),
  flowId: z.string().nullable(),
  campaignId: z.string().nullable(),
}

const headRows = z.array(
  z.object({
    ...headColumns,
    count: z.number(),
    handled: z.number(),
    firstAt: z.date().nullable(),
  }),
)

/** Events that may match, by what of them lies in the clear. */
async function headsOf(past: Past) {
  const rows = headRows.parse(
    await prisma.$queryRaw`
      select e."metricId", e."metricName", e."flowId", e."campaignId",
        count(*)::int as "count", count(r."id")::int as "handled",
        min(e."receivedAt") filter (where e."source" <> 'history') as "firstAt"
      from "InboundEvent" e
      left join "Run" r
        on r."eventId" = e."id" and r."ruleId" = ${past.ruleId}::uuid and ${isHandled}
      where ${ofThePast(past)}
      group by 1, 2, 3, 4`,
  )
  return rows.filter((row) => mayMatch(past.trigger, withName(row, past)))
}

const withName = <T extends Head>(head: T, { metricNames }: Past): T => ({
  ...head,
  metricName: (head.metricId && metricNames.get(head.metricId)) || head.metricName,
})

/** When the first of them came by webhook; null = none did. */
export async function firstByWebhook(past: Past): Promise<Date | null> {
  const times = (await headsOf(past)).flatMap(({ firstAt }) => (firstAt ? [firstAt.getTime()] : []))
  return times.length > 0 ? new Date(Math.min(...times)) : null
}

/** Pages that are opened to see how many events match, where the rule asks for what is sealed. */
const mostPagesOpened = 10

export interface InboxCount {
  /** Events that the rule has not handled yet. */
  waiting: number
  handled: number
  /** Too many to open them all: reckoned from some. */
  isAbout: boolean
}

export async function countInbox(past: Past): Promise<InboxCount> {
  const heads = await headsOf(past)
  const sum = (values: number[]) => values.reduce((total, value) => total + value, 0)
  const handled = sum(heads.map((head) => head.handled))
  const candidates = sum(heads.map((head) => head.count)) - handled
  if (headDecides(past.trigger)) return { waiting: candidates, handled, isAbout: false }
  let opened = 0
  let matched = 0
  let after: After = null
  for (let pages = 0; pages < mostPagesOpened; pages++) {
    const page = await pageOfInbox(past, after)
    opened += page.opened
    matched += page.eventIds.length
    if (page.next === null) return { waiting: matched, handled, isAbout: false }
    after = page.next
  }
  const rate = opened === 0 ? 0 : matched / opened
  return { waiting: Math.round(candidates * rate), handled, isAbout: true }
}

/** Events of Klaviyo's history that the rule has handled. */
export async function handledOfHistory(
  shop: string,
  ruleId: string,
  { from, to }: Range,
): Promise<number> {
  const [row] = z.array(z.object({ count: z.number() })).parse(
    await prisma.$queryRaw`
      select count(*)::int as "count" from "Run" r join "InboundEvent" e on e."id" = r."eventId"
      where r."shopId" = ${shop} and r."ruleId" = ${ruleId}::uuid and ${isHandled}
        and e."source" = 'history' and e."receivedAt" >= ${from} and e."receivedAt" < ${to}`,
  )
  return row?.count ?? 0
}

type After = { receivedAt: Date; id: string } | null

/** Events whose head is looked at for one page. */
const headsPerPage = 5_000

const candidateRows = z.array(z.object({ id: z.string(), receivedAt: z.date(), ...headColumns }))

/**
 * The next events that the rule has not handled and that its trigger takes. `opened` were looked
 * into; where none of many fits, a page is empty and yet not the last.
 */
export async function pageOfInbox(
  past: Past,
  after: After,
): Promise<{ eventIds: string[]; opened: number; next: After }> {
  const rows = candidateRows.parse(
    await prisma.$queryRaw`
      select e."id", e."receivedAt", e."metricId", e."metricName", e."flowId", e."campaignId"
      from "InboundEvent" e
      where ${ofThePast(past)}
        and (e."receivedAt", e."id") > (
          ${after?.receivedAt ?? new Date(0)}, ${after?.id ?? firstId}::uuid
        )
        and not exists (
          select from "Run" r
          where r."eventId" = e."id" and r."ruleId" = ${past.ruleId}::uuid and ${isHandled}
        )
      order by e."receivedAt", e."id" limit ${headsPerPage}`,
  )
  const fitting = rows.filter((row) => mayMatch(past.trigger, withName(row, past)))
  const candidates = fitting.slice(0, runsPerPage)
  const isCut = fitting.length > candidates.length
  const last = isCut ? candidates.at(-1) : rows.at(-1)
  const isMore = isCut || rows.length === headsPerPage
  return {
    eventIds: await matching(past, candidates),
    opened: candidates.length,
    next: isMore && last ? { receivedAt: last.receivedAt, id: last.id } : null,
  }
}

const firstId = '00000000-0000-0000-0000-000000000000'

async function matching(past: Past, candidates: { id: string }[]): Promise<string[]> {
  const { shop, trigger } = past
  const ids = candidates.map(({ id }) => id)
  if (headDecides(trigger)) return ids
  const events = await prisma.inboundEvent.findMany({
    where: { shopId: shop, id: { in: ids } },
    select: { id: true, facts: true, metricName: true },
  })
  const fits = new Set(
    events
      .filter((event) => matches({ trigger }, withName(openFacts(shop, event), past)))
      .map(({ id }) => id),
  )
  return ids.filter((id) => fits.has(id))
}
