/** What both tag actions write: the change, its carrying out, and which tags are ours. */
import { z } from 'zod'
import type { Tx } from '../db/client.server.ts'
import type { Applied, Intent, Services, TagGrant, Target } from './action.ts'
import { tagKey } from './tags.ts'

const grants = z.record(
  z.string(),
  z.object({ stepId: z.string(), until: z.iso.datetime().nullable() }),
)

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
  /** By key: how those removed or kept were ours before. */
  had: grants.default({}),
  /** By key: how those put back are ours again, where that is known. */
  back: grants.default({}),
})

export type TagChange = z.infer<typeof tagChange>

/** Of these tags, those that are ours, and how. */
export function grantsOf(target: Target, tags: readonly string[]): Record<string, TagGrant> {
  const keys = tags.map(tagKey)
  return Object.fromEntries([...(target.grants ?? [])].filter(([key]) => keys.includes(key)))
}

/** The later of two ends; null = never. */
export const laterEnd = (one: string | null, other: string | null): string | null => {
  if (one === null || other === null) return null
  return Date.parse(one) > Date.parse(other) ? one : other
}

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

/** What becomes of a tag in the list of ours: it leaves it, comes into it, or gets another end. */
type Fate =
  | { is: 'gone' }
  | { is: 'given'; tag: string; stepId: string; until: string | null }
  | { is: 'kept'; until: string | null }

/**
 * Keeps the list of tags that are ours: which step gave each, and until when. In the order of the
 * intents, so that a tag that was added and then removed ends as not ours.
 */
export async function rememberTags(done: Intent<TagChange>[], tx: Tx): Promise<void> {
  const fates = new Map<string, { shopId: string; customerGid: string; tagKey: string } & Fate>()
  for (const { shop, customer, stepId, change } of done) {
    const note = (tag: string, fate: (before: Fate | undefined) => Fate) => {
      const row = { shopId: shop, customerGid: customer, tagKey: tagKey(tag) }
      const key = `${shop} ${customer} ${row.tagKey}`
      fates.set(key, { ...fate(fates.get(key)), ...row })
    }
    const theirs = new Set(change.theirs)
    for (const tag of change.remove) note(tag, () => ({ is: 'gone' }))
    for (const tag of change.add) {
      const given = change.back[tagKey(tag)] ?? { stepId, until: change.until }
      note(tag, () => (theirs.has(tag) ? { is: 'gone' } : { is: 'given', tag, ...given }))
    }
    for (const tag of change.kept) {
      const { until } = change.back[tagKey(tag)] ?? change
      note(tag, (before) => (before?.is === 'given' ? { ...before, until } : { is: 'kept', until }))
    }
  }
  const of = (is: Fate['is']) => JSON.stringify([...fates.values()].filter((row) => row.is === is))
  await tx.$executeRaw`
    delete from "TagGrant" g using jsonb_to_recordset(${of('gone')}::jsonb)
      as t ("shopId" text, "customerGid" text, "tagKey" text)
    where g."shopId" = t."shopId" and g."customerGid" = t."customerGid" and g."tagKey" = t."tagKey"`
  await tx.$executeRaw`
    insert into "TagGrant" ("shopId", "customerGid", "tagKey", "tag", "stepId", "expiresAt")
    select t."shopId", t."customerGid", t."tagKey", t."tag", t."stepId", t."until"
    from jsonb_to_recordset(${of('given')}::jsonb) as t (
      "shopId" text, "customerGid" text, "tagKey" text, "tag" text, "stepId" uuid,
      "until" timestamptz
    )
    on conflict ("shopId", "customerGid", "tagKey") do update set
      "stepId" = excluded."stepId", "grantedAt" = excluded."grantedAt",
      "expiresAt" = excluded."expiresAt"`
  await tx.$executeRaw`
    update "TagGrant" g set "expiresAt" = t."until"
    from jsonb_to_recordset(${of('kept')}::jsonb) as t (
      "shopId" text, "customerGid" text, "tagKey" text, "until" timestamptz
    )
    where g."shopId" = t."shopId" and g."customerGid" = t."customerGid" and g."tagKey" = t."tagKey"`
}
