/** How tags of the customers of a batch are ours. */
import { z } from 'zod'
import type { TagGrant } from '../actions/action.ts'
import { tagKey } from '../actions/tags.ts'
import { prisma } from '../db/client.server.ts'

const rows = z.array(
  z.object({
    customerGid: z.string(),
    tag: z.string(),
    stepId: z.string(),
    expiresAt: z.date().nullable(),
  }),
)

/** By customer, and of each by `tagKey`. */
export async function readGrants(
  customers: string[],
  shop: string,
): Promise<Map<string, ReadonlyMap<string, TagGrant>>> {
  const grants = rows.parse(
    await prisma.tagGrant.findMany({
      where: { shopId: shop, customerGid: { in: customers } },
      select: { customerGid: true, tag: true, stepId: true, expiresAt: true },
    }),
  )
  const known = new Map<string, Map<string, TagGrant>>()
  for (const { customerGid, tag, stepId, expiresAt } of grants) {
    const own = known.get(customerGid) ?? new Map<string, TagGrant>()
    const until = expiresAt?.toISOString() ?? null
    known.set(customerGid, own.set(tagKey(tag), { stepId, until }))
  }
  return known
}
