/**
 * Finds the customers of the profiles that were read, and compares their values with what was last
 * written. A page goes, and what is to be written for it comes, in one transaction.
 */
import { v7 as uuidv7 } from 'uuid'
import { z } from 'zod'
import { prisma } from '../db/client.server.ts'
import type { Tx } from '../db/client.server.ts'
import { aboutTypes } from '../actions/metafield-types.ts'
import { seal } from '../secrets.server.ts'
import { changeOf, without } from './change.ts'
import type { Change } from './change.ts'
import { movesSchema, withMoves } from './distribution.ts'
import type { Move } from './distribution.ts'
import type { SyncMapping } from './document.ts'
import { recordFailures } from './failures.server.ts'
import { leased } from './lease.server.ts'
import { sizeOf } from './lines.ts'
import { nameOf } from './mapping.ts'
import { openHeld, openRead, sealHeld, sealPage, timed } from './pass.server.ts'
import type { Pass, ReadEntry, WriteEntry } from './pass.server.ts'
import { idle } from './stages.ts'
import type { Stage, Step } from './stages.ts'
import { isOfAll } from './sync.ts'

const pagesAtOnce = 10

/** Pages come one by one; together they cost little more than one. */
const gatherMs = 250

/** Changes kept of each sync, for its report. */
const mostSamples = 100

export function matching(pass: Pass): Stage {
  let restsUntil = 0
  return {
    async step(): Promise<Step> {
      if (!pass.isIndexed) return idle
      if (Date.now() < restsUntil) return { idleMs: restsUntil - Date.now() }
      const pages = await prisma.syncPage.findMany({
        where: { syncId: pass.syncId, kind: 'read' },
        orderBy: { id: 'asc' },
        take: pagesAtOnce,
        select: { id: true, body: true },
      })
      if (pages.length === 0) return idle
      await timed(pass, 'match', () => match(pass, pages))
      if (pages.length < pagesAtOnce) restsUntil = Date.now() + gatherMs
      return 'did'
    },
  }
}

/** Why a profile has no customer. */
type Unmatched = 'noAddress' | 'noCustomer' | 'several' | 'duplicate'

async function match(pass: Pass, pages: { id: string; body: string }[]): Promise<void> {
  const { lease, scope, shop, syncId } = pass
  const entries = pages.flatMap(({ body }) => openRead(shop, body))
  const known = await customersUnder(
    shop,
    entries.flatMap(({ hashes }) => hashes),
  )
  const unmatched = { noAddress: 0, noCustomer: 0, several: 0, duplicate: 0 }
  const matches: { customer: string; entry: ReadEntry }[] = []
  for (const entry of entries) {
    const found = customerOf(entry, known)
    if (typeof found === 'object') matches.push({ customer: found.id, entry })
    else unmatched[found]++
  }
  const holders = await holdersOf(
    pass,
    matches.map(({ customer }) => customer),
  )
  const met = new Map<string, ReadEntry>()
  for (const { customer, entry } of matches) {
    const isTaken = met.has(customer) || (holders.get(customer) ?? entry.profile) !== entry.profile
    if (isTaken) unmatched.duplicate++
    else met.set(customer, entry)
  }
  await leased(lease, async (tx) => {
    const claimed = await claim(tx, pass, met)
    unmatched.duplicate += met.size - claimed.length
    const plan = planFor(pass, claimed, met)
    if (!pass.isDry) await forgetUnsure(tx, pass, claimed)
    await storePlan(tx, pass, plan)
    await tx.syncPage.deleteMany({
      where: { id: { in: pages.map(({ id }) => id) }, shopId: pass.shop },
    })
    const { moves, changed: before } = await tx.sync.findUniqueOrThrow({
      where: { id: syncId, shopId: pass.shop },
      select: { moves: true, changed: true },
    })
    await storeSamples(tx, pass, plan.changes, mostSamples - before)
    await tx.sync.update({
      where: { id: syncId, shopId: pass.shop },
      data: {
        matched: { increment: claimed.length },
        noAddress: { increment: unmatched.noAddress },
        noCustomer: { increment: unmatched.noCustomer },
        several: { increment: unmatched.several },
        duplicate: { increment: unmatched.duplicate },
        changed: { increment: new Set(plan.changes.map(({ customer }) => customer)).size },
        toWrite: { increment: plan.changes.length },
        // Of one person they would say between which bands they moved.
        ...(plan.moves.length > 0 && scope.kind !== 'customer'
          ? { moves: withMoves(movesSchema.parse(moves), plan.moves) }
          : {}),
      },
    })
  })
}

const addressRows = z.array(z.object({ hash: z.string(), customerId: z.string() }))

async function customersUnder(shop: string, hashes: string[]): Promise<Map<string, Set<string>>> {
  const rows = addressRows.parse(
    await prisma.$queryRaw`
      select "hash", "customerId"::text as "customerId" from "CustomerAddress"
      where "shopId" = ${shop} and "hash" = any(${hashes}::text[])`,
  )
  const found = new Map<string, Set<string>>()
  for (const { hash, customerId } of rows) {
    found.set(hash, (found.get(hash) ?? new Set()).add(customerId))
  }
  return found
}

/** The first address that leads anywhere decides, as it does for events. */
function customerOf(
  { hashes, customer }: ReadEntry,
  known: Map<string, Set<string>>,
): { id: string } | Exclude<Unmatched, 'duplicate'> {
  if (customer !== undefined) return { id: customer }
  if (hashes.length === 0) return 'noAddress'
  for (const hash of hashes) {
    const [id, ...others] = known.get(hash) ?? []
    if (id !== undefined) return others.length > 0 ? 'several' : { id }
  }
  return 'noCustomer'
}

const holderRows = z.array(z.object({ customerId: z.string(), profileId: z.string() }))

/**
 * Which profile each customer's values came from. Several profiles may lead to one customer: Klaviyo
 * tells e-mails apart by case, Shopify does not, or one has the e-mail and one the phone number. A
 * sync of all profiles gives the customer to the one that it meets first, the oldest; a sync of some
 * keeps to that, as long as it reads the same account.
 */
async function holdersOf(
  { scope, shop, syncId }: Pass,
  customers: string[],
): Promise<Map<string, string>> {
  if (isOfAll(scope)) return new Map()
  const rows = holderRows.parse(
    await prisma.$queryRaw`
      select c."customerId"::text as "customerId", c."profileId" from "SyncedCustomer" c
      join "Sync" before on before."id" = c."syncId"
      join "Sync" now on now."id" = ${syncId}::uuid
      where c."shopId" = ${shop} and c."customerId" = any(${customers}::text[]::bigint[])
        and c."profileId" is not null and before."accountId" = now."accountId"`,
  )
  return new Map(rows.map(({ customerId, profileId }) => [customerId, profileId]))
}

const claimedRows = z.array(
  z.object({ customerId: z.string(), held: z.string().nullable(), unsure: z.array(z.string()) }),
)
type Claimed = z.infer<typeof claimedRows>[number]

/** Those of the customers that no other profile of this sync had, locked, with what is held of them. */
async function claim(
  tx: Tx,
  { shop, syncId }: Pass,
  met: ReadonlyMap<string, ReadEntry>,
): Promise<Claimed[]> {
  // Always in the same order, so that no two wait for each other.
  const claims = [...met].sort(([a], [b]) => Number(BigInt(a) - BigInt(b)))
  return claimedRows.parse(
    await tx.$queryRaw`
      insert into "SyncedCustomer" ("id", "shopId", "customerId", "syncId", "profileId", "unsure")
      select gen_random_uuid(), ${shop}, t."customer"::bigint, ${syncId}::uuid, t."profile", '{}'
      from unnest(
        ${claims.map(([customer]) => customer)}::text[],
        ${claims.map(([, { profile }]) => profile)}::text[]
      ) as t ("customer", "profile")
      on conflict ("shopId", "customerId") do update
        set "syncId" = excluded."syncId", "profileId" = excluded."profileId"
        where "SyncedCustomer"."syncId" <> excluded."syncId"
      returning "customerId"::text as "customerId", "held", "unsure"`,
  )
}

interface PlannedChange {
  customer: string
  mapping: number
  change: Exclude<Change, { kind: 'none' }>
}

interface Plan {
  changes: PlannedChange[]
  unusable: { customer: string; mapping: number }[]
  moves: Move[]
}

function planFor({ shop, mappings }: Pass, claimed: Claimed[], met: Map<string, ReadEntry>): Plan {
  const plan: Plan = { changes: [], unusable: [], moves: [] }
  for (const { customerId: customer, held: sealed, unsure } of claimed) {
    const held = without(openHeld(shop, sealed), unsure)
    for (const [index, mapping] of mappings.entries()) {
      const value = met.get(customer)?.values[index]
      if (value === undefined) continue
      if (value === false) {
        plan.unusable.push({ customer, mapping: index })
        continue
      }
      const change = changeOf(mapping, value, held, unsure.includes(mapping.slot))
      if (change.kind === 'none') continue
      plan.changes.push({ customer, mapping: index, change })
      const { derive } = mapping.document
      if (derive.kind === 'bands') {
        // What the metafield held before the mapping had bands is none of them.
        const from = derive.bands.some(({ label }) => label === change.from) ? change.from : null
        plan.moves.push({
          slot: mapping.slot,
          from,
          to: change.kind === 'set' ? change.value : null,
        })
      }
    }
  }
  return plan
}

/** What somebody else may have written is no longer held: it was compared as if never written. */
async function forgetUnsure(tx: Tx, { shop }: Pass, claimed: Claimed[]): Promise<void> {
  for (const { customerId, held, unsure } of claimed) {
    if (unsure.length === 0) continue
    await tx.syncedCustomer.update({
      where: { shopId_customerId: { shopId: shop, customerId: BigInt(customerId) } },
      data: { held: sealHeld(shop, without(openHeld(shop, held), unsure)), unsure: [] },
    })
  }
}

async function storePlan(tx: Tx, pass: Pass, plan: Plan): Promise<void> {
  const { isDry, mappings } = pass
  if (!isDry) {
    for (const kind of ['set', 'delete'] as const) {
      const entries = entriesOf(plan.changes.filter(({ change }) => change.kind === kind))
      await storeWritePage(tx, pass, kind, entries, 0)
    }
  }
  await recordFailures(
    tx,
    pass,
    plan.unusable.map(({ customer, mapping }) => ({
      customer,
      metafield: metafieldOf(mappings[mapping]),
      code: 'mapping-unusable',
      what: whyUnusable(mappings[mapping]),
    })),
  )
}

function entriesOf(changes: PlannedChange[]): WriteEntry[] {
  const entries = new Map<string, WriteEntry>()
  for (const { customer, mapping, change } of changes) {
    const entry = entries.get(customer) ?? { customer, values: [] }
    entry.values.push([mapping, change.kind === 'set' ? change.value : null])
    entries.set(customer, entry)
  }
  return [...entries.values()]
}

/** Stores what is to be written, if anything, for a bulk operation to carry. */
export async function storeWritePage(
  tx: Tx,
  { shop, syncId, mappings }: Pass,
  kind: 'set' | 'delete',
  entries: WriteEntry[],
  tries: number,
): Promise<void> {
  if (entries.length === 0) return
  await tx.syncPage.create({
    data: {
      id: uuidv7(),
      shopId: shop,
      syncId,
      kind,
      tries,
      body: sealPage(shop, entries),
      lines: entries.length,
      bytes: sizeOf(entries, mappings),
    },
  })
}

async function storeSamples(
  tx: Tx,
  { mappings, shop, syncId }: Pass,
  changes: PlannedChange[],
  most: number,
): Promise<void> {
  await tx.syncFinding.createMany({
    data: changes.slice(0, Math.max(0, most)).map(({ customer, mapping, change }) => {
      const after = change.kind === 'set' ? change.value : null
      return {
        id: uuidv7(),
        shopId: shop,
        syncId,
        kind: 'change' as const,
        customerId: BigInt(customer),
        metafield: metafieldOf(mappings[mapping]),
        change: seal(shop, 'SyncFinding.change', JSON.stringify({ before: change.from, after })),
      }
    }),
  })
}

export const metafieldOf = (mapping: SyncMapping | undefined): string =>
  mapping ? nameOf(mapping.document) : ''

const whyUnusable = (mapping: SyncMapping | undefined): string =>
  mapping
    ? `What Klaviyo has is not ${aboutTypes[mapping.document.type].wants}, or the template failed.`
    : ''
