/** Which tags of the customers are ours, and how. */
import type { TagGrant, Target } from '../actions/action.ts'
import { tagKey } from '../actions/tags.ts'
import { prisma } from '../db/client.server.ts'
import { open } from '../secrets.server.ts'

export type OwnTags = Pick<Target, 'ownTags' | 'grants'>

/** Of each customer, the oldest first. */
export async function readGrants(
  customers: string[],
  shop: string,
): Promise<(customer: string) => OwnTags> {
  const rows = await prisma.tagGrant.findMany({
    where: { shopId: shop, customerGid: { in: customers } },
    orderBy: [{ grantedAt: 'asc' }, { id: 'asc' }],
    select: { customerGid: true, tag: true, stepId: true, expiresAt: true },
  })
  const byCustomer = Map.groupBy(rows, ({ customerGid }) => customerGid)
  return (customer) => {
    const owned = (byCustomer.get(customer) ?? []).map(({ tag, stepId, expiresAt }) => ({
      tag: open(shop, 'TagGrant.tag', tag),
      grant: { stepId, until: expiresAt?.toISOString() ?? null },
    }))
    return {
      ownTags: owned.map(({ tag }) => tag),
      grants: new Map(owned.map(({ tag, grant }): [string, TagGrant] => [tagKey(tag), grant])),
    }
  }
}
