/** The discount codes of the customers of a batch, where an action has to know them. */
import type { Target } from '../actions/action.ts'
import { prisma } from '../db/client.server.ts'
import type { AdminApi } from '../shopify/admin.ts'
import { usesCodes } from './cases.ts'
import type { Case } from './cases.ts'

type Codes = Required<Pick<Target, 'codes' | 'usedCodes'>>

/**
 * By customer: the codes that we made and that Shopify says can still be used, oldest first, and of
 * those whose making is to be undone the used ones. We know which to ask for; whether one was used or
 * ended, Shopify knows best.
 */
export async function readCodes(
  cases: Case[],
  shop: string,
  shopify: AdminApi,
): Promise<Map<string, Codes>> {
  const customers = cases.flatMap((each) => {
    const { customerGid } = each.run
    return customerGid !== null && usesCodes(each) ? [customerGid] : []
  })
  const known = new Map<string, Codes>()
  if (customers.length === 0) return known
  const undone = cases.flatMap(({ steps }) => steps.flatMap(({ undoes }) => undoes?.stepId ?? []))
  const usable = { endsAt: { gt: new Date() }, usedAt: null, replacedAt: null, deletedAt: null }
  const issued = await prisma.issuedCode.findMany({
    where: {
      shopId: shop,
      customerGid: { in: customers },
      OR: [usable, { stepId: { in: undone } }],
    },
    orderBy: { stepId: 'asc' },
    select: {
      customerGid: true,
      ruleId: true,
      code: true,
      worth: true,
      endsAt: true,
      usedAt: true,
    },
  })
  const found = await shopify.findCodes(issued.map(({ code }) => code))
  for (const [index, { customerGid, usedAt, ...code }] of issued.entries()) {
    const stored = found[index]
    const { codes, usedCodes } = known.get(customerGid) ?? { codes: [], usedCodes: [] }
    const isUsed = usedAt !== null || (stored?.uses ?? 0) > 0
    known.set(customerGid, {
      codes: stored?.isLive && !isUsed ? [...codes, code] : codes,
      usedCodes: isUsed ? [...usedCodes, code.code] : usedCodes,
    })
  }
  return known
}
