/** A store comes, goes, and grants. */
import type { Session } from '@shopify/shopify-api'
import { z } from 'zod'
import { prisma } from '../db/client.server.ts'
import { Prisma } from '../db/generated/client.ts'
import { wake } from '../jobs/wake.server.ts'
import { log } from '../log.server.ts'
import { ProblemError } from '../problem.ts'
import { planNight } from '../sync/schedule.server.ts'
import {
  clearShopifyProblem,
  noteProblem,
  scopeProblem,
  scopesMissing,
  testShopify,
} from './health.server.ts'
import { adminOf } from './sessions.server.ts'

/** After a store gave us a new token, which admitted it: what a dead token held up goes on. */
export async function welcome({ shop, scope }: Session): Promise<void> {
  await judgeScopes(shop, scope?.split(',') ?? [])
  wake(shop)
  await learnStore(shop)
}

/** Its time zone and currency, which a merchant may change; a night that is planned follows. */
export async function learnStore(shop: string): Promise<void> {
  try {
    const { timeZone, currency } = await (await adminOf(shop)).status()
    const { count } = await prisma.shop.updateMany({
      where: {
        id: shop,
        OR: [{ timeZone: { not: timeZone } }, { currency: null }, { currency: { not: currency } }],
      },
      data: { timeZone, currency },
    })
    if (count > 0) await planNight(shop)
  } catch (error) {
    log.warn({ err: error, shop }, 'the store’s time zone and currency are not known yet')
  }
}

/** `app/uninstalled`: the shop says which one it is under a name of its own. */
export const uninstalledPayload = z.object({ myshopify_domain: z.string() })

/**
 * The store uninstalled the app: tokens and the Klaviyo key are deleted, and nothing is taken in or
 * worked on. All else stays until Shopify tells us to forget the shop, 48 hours later, so that a
 * store that comes back meanwhile goes on where it was.
 *
 * `at` = when it happened. A notice that comes late, after the store has come back, counts no more.
 */
export async function goodbye(shop: string, at: Date): Promise<void> {
  await prisma.$transaction(async (tx) => {
    const { count } = await tx.shop.updateMany({
      where: { id: shop, installedAt: { lte: at } },
      data: { uninstalledAt: at, problem: Prisma.DbNull },
    })
    if (count === 0) return
    await tx.session.deleteMany({ where: { shop } })
    await tx.connection.deleteMany({ where: { shopId: shop } })
  })
}

/**
 * `app/scopes_update`: asks Shopify what the store grants now, remembers it, and holds work up, or
 * lets it go on, accordingly. Rejects when Shopify can't be asked, so that the notice comes again.
 */
export async function noteScopes(shop: string): Promise<void> {
  const tested = await testShopify(shop)
  if (tested.ok) {
    const scope = tested.status.grantedScopes.join(',')
    await prisma.session.updateMany({ where: { shop }, data: { scope } })
  } else if (tested.problem.retry === 'later') throw new ProblemError(tested.problem)
}

async function judgeScopes(shop: string, granted: string[]): Promise<void> {
  const missing = scopesMissing(granted)
  if (missing.length > 0) await noteProblem(shop, scopeProblem(missing))
  else await clearShopifyProblem(shop)
}
