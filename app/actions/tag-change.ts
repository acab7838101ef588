/** What both tag actions write: the change, its carrying out, and which tags are ours. */
import { z } from 'zod'
import type { Tx } from '../db/client.server.ts'
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

/**
 * Keeps the list of tags that are ours. Order within the set is that of the intents, so that a tag
 * that was added and then removed ends as not ours.
 */
export async function rememberTags(done: Intent<TagChange>[], tx: Tx): Promise<void> {
  const last = new Map<
    string,
    {
      shopId: string
      customerGid: string
      tagKey: string
      tag: string
      stepId: string
      expiresAt: string | null
      ours: boolean
    }
  >()
  for (const { shop, customer, stepId, change } of done) {
    const note = (tag: string, ours: boolean) => {
      const key = `${shop} ${customer} ${tagKey(tag)}`
      last.delete(key)
      last.set(key, {
        shopId: shop,
        customerGid: customer,
        tagKey: tagKey(tag),
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
  const rows = [...last.values()]
  if (rows.some(({ ours }) => !ours)) {
    await tx.$executeRaw`
      delete from "TagGrant" g using jsonb_to_recordset(${JSON.stringify(rows.filter(({ ours }) => !ours))}::jsonb)
        as t ("shopId" text, "customerGid" text, "tagKey" text)
      where g."shopId" = t."shopId" and g."customerGid" = t."customerGid" and g."tagKey" = t."tagKey"`
  }
  await tx.$executeRaw`
    insert into "TagGrant" ("shopId", "customerGid", "tagKey", "tag", "stepId", "expiresAt")
    select t."shopId", t."customerGid", t."tagKey", t."tag", t."stepId", t."expiresAt"
    from jsonb_to_recordset(${JSON.stringify(rows.filter(({ ours }) => ours))}::jsonb) as t (
      "shopId" text, "customerGid" text, "tagKey" text, "tag" text, "stepId" uuid,
      "expiresAt" timestamptz
    )
    on conflict ("shopId", "customerGid", "tagKey") do update set "expiresAt" = excluded."expiresAt"`
}
