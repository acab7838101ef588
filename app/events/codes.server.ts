/** The live discount codes of the customers of a batch, where an action has to know them. */
import type { LiveCode } from '../actions/action.ts'
import { prisma } from '../db/client.server.ts'
import type { AdminApi } from '../shopify/admin.ts'
import { usesCodes } from './cases.ts'
import type { Case } from './cases.ts'

/**
 * By customer: the codes that we made and that Shopify says can still be used, oldest first. We know
 * which to ask for; whether one was used or ended, Shopify knows best.
 */
export async function readCodes(
  cases: Case[],
  shop: string,
  shopify: AdminApi,
): Promise<Map<string, LiveCode[]>> {
  const customers = cases.flatMap((each) => {
    const { customerGid } = each.run
    return customerGid !== null && usesCodes(each) ? [customerGid] : []
  })
  const live = new Map<string, LiveCode[]>()
  if (customers.length === 0) return live
  const issued = await prisma.issuedCode.findMany({
    where: {
      shopId: shop,
      customerGid: { in: customers },
      endsAt: { gt: new Date() },
      usedAt: null,
      replacedAt: null,
      deletedAt: null,
    },
    orderBy: { stepId: 'asc' },
    select: { customerGid: true, ruleId: true, code: true, worth: true, endsAt: true },
  })
  const found = await shopify.findCodes(issued.map(({ code }) => code))
  for (const [index, { customerGid, ...code }] of issued.entries()) {
    const stored = found[index]
    if (!stored?.isLive || stored.uses > 0) continue
    live.set(customerGid, [...(live.get(customerGid) ?? []), code])
  }
  return live
}
