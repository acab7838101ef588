/** What both tag actions write: the change, its carrying out, and which tags are ours. */
import { v7 as uuidv7 } from 'uuid'
import { z } from 'zod'
import type { Tx } from '../db/client.server.ts'
import { open, seal } from '../secrets.server.ts'
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
 * Keeps the list of tags that are ours: which step gave each, and until when. Tags are sealed, so
 * those known are opened and compared here; the shop's lease, held by the transaction, keeps others
 * from granting meanwhile.
 */
export async function rememberTags(done: Intent<TagChange>[], tx: Tx): Promise<void> {
  const fates = fatesOf(done)
  if (fates.size === 0) return
  const grants = await tx.tagGrant.findMany({
    where: {
      shopId: { in: [...new Set(done.map(({ shop }) => shop))] },
      customerGid: { in: [...new Set(done.map(({ customer }) => customer))] },
    },
    select: { id: true, shopId: true, customerGid: true, tag: true },
  })
  const gone: string[] = []
  const kept: { id: string; stepId: string | null; until: string | null }[] = []
  const isKnown = new Set<string>()
  for (const { id, shopId, customerGid, tag } of grants) {
    const key = keyOf(shopId, customerGid, open(shopId, 'TagGrant.tag', tag))
    const fate = fates.get(key)
    if (!fate) continue
    isKnown.add(key)
    if (fate.is === 'gone') gone.push(id)
    else kept.push({ id, until: fate.until, stepId: fate.is === 'given' ? fate.stepId : null })
  }
  await tx.tagGrant.deleteMany({ where: { id: { in: gone } } })
  await tx.$executeRaw`
    update "TagGrant" g set
      "expiresAt" = t."until", "stepId" = coalesce(t."stepId", g."stepId"),
      "grantedAt" = case when t."stepId" is null then g."grantedAt" else now() end
    from jsonb_to_recordset(${JSON.stringify(kept)}::jsonb)
      as t ("id" uuid, "stepId" uuid, "until" timestamptz)
    where g."id" = t."id"`
  await tx.tagGrant.createMany({
    data: [...fates].flatMap(([key, fate]) =>
      fate.is !== 'given' || isKnown.has(key)
        ? []
        : {
            id: uuidv7(),
            shopId: fate.shop,
            customerGid: fate.customer,
            tag: seal(fate.shop, 'TagGrant.tag', fate.tag),
            stepId: fate.stepId,
            expiresAt: fate.until,
          },
    ),
  })
}

const keyOf = (shop: string, customer: string, tag: string) => `${shop} ${customer} ${tagKey(tag)}`

/** In the order of the intents, so that a tag that was added and then removed ends as not ours. */
function fatesOf(done: Intent<TagChange>[]) {
  const fates = new Map<string, { shop: string; customer: string } & Fate>()
  for (const { shop, customer, stepId, change } of done) {
    const note = (tag: string, fate: (before: Fate | undefined) => Fate) => {
      const key = keyOf(shop, customer, tag)
      fates.set(key, { ...fate(fates.get(key)), shop, customer })
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
  return fates
}
