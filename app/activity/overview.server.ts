/** The home screen: how far the set-up is, what the last days brought, what needs attention. */
import { z } from 'zod'
import { prisma } from '../db/client.server.ts'
import { failuresOf } from './failures.server.ts'
import type { FailureGroup } from './failures.server.ts'
import { figuresOf, figuresSince, waitingEvents } from './figures.server.ts'
import type { DayFigures } from './figures.server.ts'
import { noFilter } from './filter.ts'
import { timeZoneOf } from './store.server.ts'

/** Steps of the set-up, each as far as the data shows it. */
export interface Guide {
  isConnected: boolean
  /** Klaviyo's webhook reaches the app, readable or not. */
  isReached: boolean
  hasLiveRule: boolean
  hasRun: boolean
}

export interface Overview {
  /** Null once the merchant put it away. */
  guide: Guide | null
  figures: DayFigures[]
  since: string
  failures: FailureGroup[]
  hasMoreFailures: boolean
  waiting: number
}

/** Causes that home shows. */
const mostCauses = 5

export async function overviewOf(shop: string, now: Date): Promise<Overview> {
  const timeZone = await timeZoneOf(shop)
  const since = figuresSince(timeZone, now)
  const [guide, figures, failures, waiting] = await Promise.all([
    guideOf(shop),
    figuresOf(shop, timeZone, now),
    failuresOf(shop, { ...noFilter, from: since.day }, mostCauses + 1),
    waitingEvents(shop),
  ])
  return {
    guide,
    figures,
    since: since.day,
    failures: failures.slice(0, mostCauses),
    hasMoreFailures: failures.length > mostCauses,
    waiting,
  }
}

const guideRow = z.array(
  z.object({
    isHidden: z.boolean(),
    isConnected: z.boolean(),
    isReached: z.boolean(),
    hasLiveRule: z.boolean(),
    hasRun: z.boolean(),
  }),
)

async function guideOf(shop: string): Promise<Guide | null> {
  const rows = await prisma.$queryRaw`
    select
      s."guideHiddenAt" is not null as "isHidden",
      exists (select from "Connection" where "shopId" = s."id") as "isConnected",
      exists (
        select from "Endpoint" where "shopId" = s."id"
          and ("lastEventAt" is not null or "lastRefusedAt" is not null)
      ) as "isReached",
      exists (
        select from "Rule" where "shopId" = s."id" and "deletedAt" is null and "mode" <> 'off'
      ) as "hasLiveRule",
      exists (select from "Run" where "shopId" = s."id") as "hasRun"
    from "Shop" s where s."id" = ${shop}`
  const [row] = guideRow.parse(rows)
  if (!row || row.isHidden) return null
  const { isHidden: _isHidden, ...guide } = row
  return guide
}

export async function hideGuide(shop: string): Promise<void> {
  await prisma.shop.updateMany({ where: { id: shop }, data: { guideHiddenAt: new Date() } })
}
