/** Reads back from the store's orders which codes were used, and what the orders came to. */
import pLimit from 'p-limit'
import { prisma } from '../db/client.server.ts'
import { log } from '../log.server.ts'
import { ProblemError } from '../problem.ts'
import type { OrderOfCodes } from '../shopify/discounts.ts'
import { noteProblem } from '../shops/health.server.ts'
import { adminOf } from '../shops/sessions.server.ts'

const shopsAtOnce = 4

/** An order that changed lately may not be in Shopify's search yet: look back a little further. */
const overlapMs = 10 * 60_000

/** Every store that codes were made for, or `only` one; trouble with one doesn't hold up the others. */
export async function readUsage(only?: string): Promise<void> {
  const shops = await prisma.shop.findMany({
    where: { ...(only ? { id: only } : {}), uninstalledAt: null, codes: { some: {} } },
    select: { id: true },
  })
  const limit = pLimit(shopsAtOnce)
  await limit.map(shops, ({ id }) => readUsageOf(id))
}

async function readUsageOf(shop: string): Promise<void> {
  try {
    const { ordersReadUntil } = await prisma.shop.findUniqueOrThrow({
      where: { id: shop },
      select: { ordersReadUntil: true },
    })
    const since = ordersReadUntil ?? (await firstCodeAt(shop))
    const begunAt = Date.now()
    const shopify = await adminOf(shop)
    let after: string | null = null
    do {
      const page = await shopify.ordersSince(since, after)
      await recordUses(shop, page.orders)
      after = page.next
    } while (after)
    // Only once all pages are read: a crash before reads them again, to the same end.
    await prisma.shop.update({
      where: { id: shop },
      data: { ordersReadUntil: new Date(begunAt - overlapMs) },
    })
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error
    if (error.problem.retry === 'mended') await noteProblem(shop, error.problem)
    log.warn(
      { shop, code: error.problem.code },
      'orders could not be read; the next hour tries again',
    )
  }
}

async function firstCodeAt(shop: string): Promise<Date> {
  const { _min } = await prisma.issuedCode.aggregate({
    where: { shopId: shop },
    _min: { startsAt: true },
  })
  return _min.startsAt ?? new Date()
}

async function recordUses(shop: string, orders: OrderOfCodes[]): Promise<void> {
  const uses = orders.flatMap(({ discountCodes, id, createdAt, total }) =>
    discountCodes.map((code) => ({
      code: code.toUpperCase(),
      orderGid: id,
      usedAt: createdAt,
      revenue: total.amount,
      currency: total.currency,
    })),
  )
  if (uses.length === 0) return
  await prisma.$executeRaw`
    update "IssuedCode" c set
      "usedAt" = u."usedAt", "orderGid" = u."orderGid",
      "revenue" = u."revenue", "currency" = u."currency"
    from jsonb_to_recordset(${JSON.stringify(uses)}::jsonb) as u (
      "code" text, "orderGid" text, "usedAt" timestamptz, "revenue" numeric, "currency" text
    )
    where c."shopId" = ${shop} and c."code" = u."code"`
}
