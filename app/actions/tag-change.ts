/** What both tag actions write: the change, its carrying out, and which tags are ours. */
import { v7 as uuidv7 } from 'uuid'
import { z } from 'zod'
import type { Tx } from '../db/client.server.ts'
import { open, seal } from '../secrets.server.ts'
import type { Applied, Intent, Services } from './action.ts'
import { tagKey } from './tags.ts'

export const tagChange = z.object({
  add: z.array(z.string()),
  remove: z.array(z.string()),
  /** Those of `remove` that had to make room. */
  rotated: z.array(z.string()),
  /** Tags of ours that are there and whose end is put off. */
  kept: z.array(z.string()).default([]),
  /** When those added or kept are taken off again; null = never. */
  until: z.iso.datetime().nullable().default(null),
  /** Of those removed or put back: what is not ours to rotate out. */
  theirs: z.array(z.string()).default([]),
})

export type TagChange = z.infer<typeof tagChange>

/** tagsAdd and tagsRemove neither overwrite nor double: repeating them changes nothing. */
export async function applyTags(
  intents: Intent<TagChange>[],
  { shopify }: Services,
): Promise<Applied[]> {
  const writes = intents.filter(({ change: { add, remove } }) => add.length + remove.length > 0)
  const results = await shopify.changeTags(
    writes.map(({ customer, change: { add, remove } }) => ({ customer, add, remove })),
  )
  const outcomes = new Map(writes.map(({ stepId }, index) => [stepId, results[index]]))
  return intents.map(({ stepId }) => outcomes.get(stepId) ?? { ok: true })
}

interface Holding {
  shopId: string
  customerGid: string
  tag: string
  stepId: string
  expiresAt: string | null
  ours: boolean
}

/**
 * Keeps the list of tags that are ours. Order within the set is that of the intents, so that a tag
 * that was added and then removed ends as not ours. Tags are sealed, so those known are opened and
 * compared here; the shop's lease, held by the transaction, keeps others from granting meanwhile.
 */
export async function rememberTags(done: Intent<TagChange>[], tx: Tx): Promise<void> {
  const last = lastHoldings(done)
  if (last.size === 0) return
  const grants = await tx.tagGrant.findMany({
    where: {
      shopId: { in: [...new Set(done.map(({ shop }) => shop))] },
      customerGid: { in: [...new Set(done.map(({ customer }) => customer))] },
    },
    select: { id: true, shopId: true, customerGid: true, tag: true },
  })
  const gone: string[] = []
  const kept: { id: string; expiresAt: string | null }[] = []
  const fresh = new Map([...last].filter(([, { ours }]) => ours))
  for (const { id, shopId, customerGid, tag } of grants) {
    const key = keyOf(shopId, customerGid, open(shopId, 'TagGrant.tag', tag))
    const holding = last.get(key)
    if (!holding) continue
    fresh.delete(key)
    if (holding.ours) kept.push({ id, expiresAt: holding.expiresAt })
    else gone.push(id)
  }
  await tx.tagGrant.deleteMany({ where: { id: { in: gone } } })
  await tx.$executeRaw`
    update "TagGrant" g set "expiresAt" = t."expiresAt"
    from jsonb_to_recordset(${JSON.stringify(kept)}::jsonb) as t ("id" uuid, "expiresAt" timestamptz)
    where g."id" = t."id"`
  await tx.tagGrant.createMany({
    data: [...fresh.values()].map(({ ours: _ours, tag, ...grant }) => ({
      ...grant,
      id: uuidv7(),
      tag: seal(grant.shopId, 'TagGrant.tag', tag),
    })),
  })
}

const keyOf = (shop: string, customer: string, tag: string) => `${shop} ${customer} ${tagKey(tag)}`

/** What the intents leave, by shop, customer and tag, in their order. */
function lastHoldings(done: Intent<TagChange>[]): Map<string, Holding> {
  const last = new Map<string, Holding>()
  for (const { shop, customer, stepId, change } of done) {
    const note = (tag: string, ours: boolean) => {
      const key = keyOf(shop, customer, tag)
      last.delete(key)
      last.set(key, {
        shopId: shop,
        customerGid: customer,
        tag,
        stepId,
        expiresAt: change.until,
        ours,
      })
    }
    const theirs = new Set(change.theirs)
    for (const tag of change.remove) note(tag, false)
    for (const tag of [...change.add, ...change.kept]) note(tag, !theirs.has(tag))
  }
  return last
}
