/** What the last days brought, in numbers. */
import { z } from 'zod'
import { prisma } from '../db/client.server.ts'
import { addDays, dayAt, startOfDay } from './days.ts'

const days = 7

export interface DayFigures {
  /** Calendar day in the store's time zone. */
  day: string
  received: number
  acted: number
  skipped: number
  failed: number
  /** Runs in shadow mode that would have acted. */
  shadow: number
}

const noFigures = { received: 0, acted: 0, skipped: 0, failed: 0, shadow: 0 }

const runRows = z.array(
  z.object({ day: z.string(), state: z.string(), shadow: z.boolean(), count: z.number() }),
)
const eventRows = z.array(z.object({ day: z.string(), count: z.number() }))

/** The first day that is shown, and the moment it begins. */
export function figuresSince(timeZone: string, now: Date): { day: string; at: Date } {
  const day = addDays(dayAt(now, timeZone), 1 - days)
  return { day, at: startOfDay(day, timeZone) }
}

/** One entry a day, today last. */
export async function figuresOf(shop: string, timeZone: string, now: Date): Promise<DayFigures[]> {
  const since = figuresSince(timeZone, now)
  const [runs, events] = await Promise.all([
    prisma.$queryRaw`
      select to_char("createdAt" at time zone ${timeZone}, 'YYYY-MM-DD') as "day",
        "state"::text as "state", "shadow", count(*)::int as "count"
      from "Run"
      where "shopId" = ${shop} and "createdAt" >= ${since.at} and not "isUndo"
      group by 1, 2, 3`,
    prisma.$queryRaw`
      select to_char("receivedAt" at time zone ${timeZone}, 'YYYY-MM-DD') as "day",
        count(*)::int as "count"
      from "InboundEvent" where "shopId" = ${shop} and "receivedAt" >= ${since.at}
      group by 1`,
  ])
  const figures = new Map(
    Array.from({ length: days }, (_, index) => {
      const day = addDays(since.day, index)
      return [day, { day, ...noFigures }]
    }),
  )
  for (const { day, count } of eventRows.parse(events)) {
    const figure = figures.get(day)
    if (figure) figure.received += count
  }
  for (const { day, state, shadow, count } of runRows.parse(runs)) {
    const figure = figures.get(day)
    if (!figure) continue
    if (state === 'failed') figure.failed += count
    else if (state === 'skipped') figure.skipped += count
    else if (state === 'done') figure[shadow ? 'shadow' : 'acted'] += count
  }
  return [...figures.values()]
}

/** Counting stops here: "10,000 or more" tells as much. */
export const countedWaiting = 10_000

const countRow = z.tuple([z.object({ count: z.number() })])

/** Events that wait: for their turn, for a retry, or for a side to be mended. */
export async function waitingEvents(shop: string): Promise<number> {
  const rows = await prisma.$queryRaw`
    select count(*)::int as "count" from (
      select from "InboundEvent" where "shopId" = ${shop} and "state" = 'pending'
      limit ${countedWaiting}
    ) as waiting`
  return countRow.parse(rows)[0].count
}
