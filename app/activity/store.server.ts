import { prisma } from '../db/client.server.ts'

/** The store's time zone (IANA): its days and the times on its screens. */
export async function timeZoneOf(shop: string): Promise<string> {
  const row = await prisma.shop.findUnique({ where: { id: shop }, select: { timeZone: true } })
  return row?.timeZone ?? 'UTC'
}

/** ISO 4217; empty until Shopify told. */
export async function currencyOf(shop: string): Promise<string> {
  const row = await prisma.shop.findUnique({ where: { id: shop }, select: { currency: true } })
  return row?.currency ?? ''
}
