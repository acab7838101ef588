/**
 * Carries changes of metafields out, each once.
 *
 * Nothing is overwritten unseen: what is there is read, has to be what the change was planned upon,
 * and is compared once more by Shopify as it is written. Whatever else is found there makes the
 * change be decided anew.
 *
 * A value that is set can be told by looking whether it was. A count can't: when the answer to
 * +1 was lost and there is one more now, it may be ours or somebody else's. So the steps that have
 * counted are noted in a metafield of the app's own beside the counted one, in the same atomic write.
 */
import { z } from 'zod'
import type { Problem } from '../problem.ts'
import type {
  AdminApi,
  MetafieldResult,
  MetafieldWrite,
  StoredMetafield,
} from '../shopify/admin.ts'
import type { Applied, Intent, Services } from './action.ts'
import { aboutTypes, metafieldTypes } from './metafield-types.ts'
import type { MetafieldType } from './metafield-types.ts'
import { isSameValue } from './metafield-values.ts'

export const metafieldChange = z.object({
  /** `loyalty.status` */
  name: z.string(),
  type: z.enum(metafieldTypes),
  /** What it was planned upon; null = no metafield. */
  from: z.string().nullable(),
  /** Type of what it was planned upon, where it is another; null = the same. */
  fromType: z.string().nullable().default(null),
  to: z.string().nullable(),
  /** Whether it adds to a number. */
  counts: z.boolean(),
})
export type MetafieldChange = z.infer<typeof metafieldChange>

type Write = Intent<MetafieldChange>

/** All writes to one metafield of one customer, in order: they are carried out as one. */
interface Chain {
  writes: Write[]
  /** False after Shopify refused them together: then one at a time, so that each answers for itself. */
  isJoined: boolean
  conflicts: number
}

/** What a chain finds in Shopify. */
interface Found {
  metafield: StoredMetafield | null
  note: StoredMetafield | null
}

/** Somebody who writes all the time must not keep the drain. */
const mostConflicts = 3

/** As many counts are still known after later ones; those of one batch always are. */
const mostNoted = 200

export async function applyMetafields(
  intents: Write[],
  { shopify }: Pick<Services, 'shopify'>,
): Promise<Applied[]> {
  const outcomes = new Map<string, Applied>()
  const settle = (writes: Write[], outcome: Applied) => {
    for (const { stepId } of writes) outcomes.set(stepId, outcome)
  }
  const renew = (writes: Write[]) => {
    for (const each of writes) settle([each], decideAnew(each.change.name))
  }

  let open = chainsOf(await define(intents, shopify, settle))
  while (open.length > 0) {
    const found = await look(open, shopify)
    const folded = open.map((chain, index) => fold(chain, found[index] ?? nothing))
    const results = await store(folded, shopify)
    open = folded.flatMap(({ chain, done, outdated, due, later }, index): Chain[] => {
      settle(done, { ok: true })
      renew(outdated)
      const result = results[index] ?? { outcome: 'written' }
      const isRefused = result.outcome === 'refused' && result.problem.retry === 'never'
      if (isRefused && due.length > 1) return [{ ...chain, writes: due, isJoined: false }]

      const conflicts = chain.conflicts + (result.outcome === 'stale' ? 1 : 0)
      if (result.outcome === 'stale' && conflicts < mostConflicts) {
        return [{ ...chain, writes: [...due, ...later], conflicts }]
      }
      if (result.outcome === 'written') settle(due, { ok: true })
      else if (result.outcome === 'stale') renew(due)
      else settle(due, { ok: false, problem: result.problem })
      return later.length > 0 ? [{ ...chain, writes: later, conflicts }] : []
    })
  }
  return intents.map(({ stepId, change }) => outcomes.get(stepId) ?? decideAnew(change.name))
}

/** Sees that what is written has a definition; settles what an existing one doesn't take. */
async function define(
  intents: Write[],
  shopify: AdminApi,
  settle: (writes: Write[], outcome: Applied) => void,
): Promise<Write[]> {
  const names = Map.groupBy(
    intents.filter(({ change }) => change.to !== null),
    ({ change: { name, type } }) => `${name} ${type}`,
  )
  const unfit = new Set<Write>()
  for (const writes of names.values()) {
    const [first] = writes
    if (!first) continue
    const { name, type } = first.change
    const defined = await shopify.defineMetafield(name, type)
    if (defined === null || defined === type) continue
    settle(writes, { ok: false, problem: typeDiffers(name, defined, type) })
    for (const each of writes) unfit.add(each)
  }
  return intents.filter((each) => !unfit.has(each))
}

function chainsOf(intents: Write[]): Chain[] {
  const chains = Map.groupBy(intents, ({ customer, change }) => `${customer} ${change.name}`)
  return [...chains.values()].map((writes) => ({ writes, isJoined: true, conflicts: 0 }))
}

const nothing: Found = { metafield: null, note: null }

/** The app's own namespace beside that of the metafield. */
const noteOf = (name: string) => `$app:${name}`

const counts = ({ writes }: Chain) => writes.some(({ change }) => change.counts)

async function look(chains: Chain[], shopify: AdminApi): Promise<Found[]> {
  const refs = chains.flatMap((chain) => {
    const [first] = chain.writes
    if (!first) return []
    const { customer, change } = first
    const own = { customer, name: change.name }
    return counts(chain) ? [own, { customer, name: noteOf(change.name) }] : [own]
  })
  const read = (await shopify.readMetafields(refs)).values()
  return chains.map((chain) => ({
    metafield: read.next().value ?? null,
    note: counts(chain) ? (read.next().value ?? null) : null,
  }))
}

interface Folded {
  chain: Chain
  found: Found
  /** Have taken effect before. */
  done: Write[]
  /** Were planned upon something else than what is there. */
  outdated: Write[]
  /** Are to be written now, as one; the last one's value is what will be there. */
  due: Write[]
  /** Wait for those. */
  later: Write[]
}

/** Walks along the chain from what is there: what is past, what follows from it, what doesn't. */
function fold(chain: Chain, found: Found): Folded {
  const noted = new Set(notedIn(found.note))
  const { metafield } = found
  const isNow = ({ change }: Write, value: string | null) =>
    metafield !== null && metafield.type !== change.type
      ? change.to === null && value === metafield.value
      : isSameValue(change.type, metafield?.value ?? null, value)

  // Whoever set what is there now came after all before it in the chain, which are past with it.
  const last = chain.writes.findLastIndex(
    (write) => !write.change.counts && isNow(write, write.change.to),
  )
  const folded: Folded = { chain, found, done: [], outdated: [], due: [], later: [] }
  for (const [index, each] of chain.writes.entries()) {
    const { change, stepId } = each
    const before = folded.due.at(-1)
    const fits = before
      ? isSameValue(change.type, before.change.to, change.from)
      : isNow(each, change.from)
    if (index <= last || (change.counts && noted.has(stepId))) folded.done.push(each)
    else if (before && !chain.isJoined) folded.later.push(each)
    else if (fits) folded.due.push(each)
    else folded.outdated.push(each)
  }
  return folded
}

/** One result a chain, null where nothing was due. */
async function store(folded: Folded[], shopify: AdminApi): Promise<(MetafieldResult | null)[]> {
  const sets: { index: number; entries: MetafieldWrite[] }[] = []
  const deletions: { index: number; customer: Write['customer']; name: string }[] = []
  for (const [index, { found, due }] of folded.entries()) {
    const last = due.at(-1)
    if (!last) continue
    const { customer, change } = last
    const { name, type, to } = change
    if (to === null) {
      // Deleting can't be guarded by a digest; what we just saw has to do.
      deletions.push({ index, customer, name })
      continue
    }
    const compareDigest = found.metafield?.compareDigest ?? null
    const entries: MetafieldWrite[] = [{ customer, name, type, value: to, compareDigest }]
    const counted = due.filter((each) => each.change.counts).map(({ stepId }) => stepId)
    if (counted.length > 0) {
      entries.push({
        customer,
        name: noteOf(name),
        type: 'json',
        value: JSON.stringify([...notedIn(found.note).slice(-mostNoted), ...counted]),
        compareDigest: found.note?.compareDigest ?? null,
      })
    }
    sets.push({ index, entries })
  }
  const [written, deleted] = await Promise.all([
    shopify.setMetafields(sets.map(({ entries }) => entries)),
    shopify.deleteMetafields(deletions),
  ])
  const results = folded.map((): MetafieldResult | null => null)
  for (const [place, { index }] of sets.entries()) results[index] = written[place] ?? null
  for (const [place, { index }] of deletions.entries()) results[index] = deleted[place] ?? null
  return results
}

const steps = z.array(z.string())

/** Step ids. What is no note of ours holds none. */
function notedIn(note: StoredMetafield | null): string[] {
  try {
    return steps.safeParse(JSON.parse(note?.value ?? '[]')).data ?? []
  } catch {
    return []
  }
}

const decideAnew = (name: string): Applied => ({
  ok: false,
  decideAnew: true,
  problem: {
    code: 'metafield-changed',
    what: `${name} was changed by somebody else between reading and writing it.`,
    remedy: 'It is read and decided anew by itself.',
    retry: 'later',
    retryAfterMs: 1_000,
  },
})

/** `says` = what names the wanted type. */
export const typeDiffers = (
  name: string,
  has: string,
  wanted: MetafieldType,
  says: 'rule' | 'mapping' = 'rule',
): Problem => {
  const known = metafieldTypes.find((type) => type === has)
  return {
    code: 'metafield-type-differs',
    what: `${name} has the type ${known ? aboutTypes[known].name : has} in this store, and the ${says} says ${aboutTypes[wanted].name}.`,
    remedy: `Choose the store’s type in the ${says}, or another key. Types are shown in Shopify under Settings > Metafields and metaobjects.`,
    retry: 'never',
  }
}
