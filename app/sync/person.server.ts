/** What the sync holds of one customer: told for a data request, and forgotten. */
import { prisma } from '../db/client.server.ts'
import type { Tx } from '../db/client.server.ts'
import type { SyncPage } from '../db/generated/client.ts'
import { open } from '../secrets.server.ts'
import { metafieldOf } from './match.server.ts'
import {
  addressHashes,
  openHeld,
  openPage,
  openRead,
  openWrite,
  passMappings,
  sealPage,
} from './pass.server.ts'
import type { ReadEntry, WriteEntry } from './pass.server.ts'
import { storedChange } from './sync.ts'
import { gidOf } from './syncs.server.ts'

export interface SyncedPerson {
  customerId: bigint
  /** E-mails, phone numbers and Klaviyo's profile ids, by which pages on their way name the person. */
  identifiers: string[]
}

const syncsOf = (shop: string, customerId: bigint) => ({
  shopId: shop,
  scope: { path: ['gid'], equals: gidOf(customerId) },
})

/** Klaviyo's id of the profile that the customer's values came from, or null. */
export async function profileOf(shop: string, customerId: bigint): Promise<string | null> {
  const row = await prisma.syncedCustomer.findFirst({
    where: { shopId: shop, customerId },
    select: { profileId: true },
  })
  return row?.profileId ?? null
}

/** All that is held of the customer, readable. */
export async function syncedFor(tx: Tx, shop: string, person: SyncedPerson) {
  const { customerId } = person
  const where = { shopId: shop, customerId }
  const [customer, findings, mappings, addresses, syncs, underWay] = await Promise.all([
    tx.syncedCustomer.findFirst({ where }),
    tx.syncFinding.findMany({ where, orderBy: { id: 'asc' } }),
    tx.mapping.findMany({ where: { shopId: shop } }),
    tx.customerAddress.count({ where }),
    tx.sync.findMany({ where: syncsOf(shop, customerId), orderBy: { id: 'asc' } }),
    underWayFor(tx, shop, person),
  ])
  const nameOf = new Map(mappings.map(({ slot, namespace, key }) => [slot, `${namespace}.${key}`]))
  const written = Object.entries(openHeld(shop, customer?.held ?? null))
  return {
    /** Klaviyo's id of the profile that the values came from. */
    profile: customer?.profileId ?? null,
    /** As they were last written; long ones by their digest. */
    written: written.map(([slot, value]) => ({ metafield: nameOf.get(slot) ?? slot, value })),
    /** Read or to be written by a sync that is not over. */
    underWay,
    /** Keyed hashes of e-mail and phone number. */
    hashesOfAddresses: addresses,
    findings: findings.map(({ kind, metafield, what, change }) => ({
      kind,
      metafield,
      what,
      change: change === null ? null : changed(open(shop, 'SyncFinding.change', change)),
    })),
    /** Of this customer alone. */
    syncs: syncs.map(({ state, createdAt, finishedAt }) => ({ state, createdAt, finishedAt })),
  }
}

const changed = (text: string) => storedChange.parse(JSON.parse(text))

async function underWayFor(tx: Tx, shop: string, person: SyncedPerson) {
  const values: { metafield: string; value: string | null }[] = []
  for await (const page of pagesNaming(tx, shop, person)) {
    const mappings = await passMappings(tx, page.syncId)
    const isTheirs = isAbout(shop, person)
    for (const entry of entriesIn(shop, page).filter(isTheirs)) {
      const pairs = 'profile' in entry ? entry.values.entries() : entry.values
      for (const [index, value] of pairs) {
        if (value !== false) values.push({ metafield: metafieldOf(mappings[index]), value })
      }
    }
  }
  return values
}

/**
 * Deletes what is held of the customer, syncs of this customer alone too. Locks in the order in
 * which a sync does: its own row, then the customer's.
 */
export async function forgetSynced(tx: Tx, shop: string, customerId: bigint): Promise<void> {
  await tx.sync.deleteMany({ where: syncsOf(shop, customerId) })
  const where = { shopId: shop, customerId }
  await tx.syncedCustomer.deleteMany({ where })
  await tx.customerAddress.deleteMany({ where })
  await tx.syncFinding.deleteMany({ where })
}

/** Takes the person out of the pages of a sync that is not over: a paused one keeps them for long. */
export async function forgetUnderWay(shop: string, person: SyncedPerson): Promise<void> {
  for await (const { id } of pagesNaming(prisma, shop, person)) {
    await prisma.$transaction((tx) => takeOut(tx, shop, id, person))
  }
}

/**
 * Whoever has the page in hand loses the lease, and with it the right to store what it made of it:
 * the next slice begins with the page as it is now.
 */
async function takeOut(tx: Tx, shop: string, id: string, person: SyncedPerson): Promise<void> {
  await tx.sync.updateMany({
    where: { shopId: shop, pages: { some: { id } } },
    data: { leaseId: null, leaseUntil: null },
  })
  const page = await tx.syncPage.findFirst({ where: { id, shopId: shop } })
  if (!page) return
  const isTheirs = isAbout(shop, person)
  const kept = entriesIn(shop, page).flatMap((entry) => {
    if (!isTheirs(entry)) return [entry]
    // A file under way at Shopify answers by line: the place stays, and nobody is at it.
    return 'profile' in entry ? [] : [nobody]
  })
  await tx.syncPage.update({ where: { id }, data: { body: sealPage(shop, kept) } })
}

const nobody: WriteEntry = { customer: '0', values: [] }

/** Few enough to be in memory together. */
const pagesPerRead = 20

/** Pages that may be about the person: their text is searched, which is much faster than reading it. */
async function* pagesNaming(tx: Tx, shop: string, person: SyncedPerson): AsyncIterable<SyncPage> {
  const names = [String(person.customerId), ...hashesOf(shop, person), ...person.identifiers]
  let after: string | null = null
  for (;;) {
    const pages: SyncPage[] = await tx.syncPage.findMany({
      where: { shopId: shop, ...(after === null ? {} : { id: { gt: after } }) },
      orderBy: { id: 'asc' },
      take: pagesPerRead,
    })
    for (const page of pages) {
      const text = openPage(shop, page.body)
      if (names.some((name) => text.includes(name))) yield page
    }
    after = pages.at(-1)?.id ?? null
    if (pages.length < pagesPerRead) return
  }
}

const hashesOf = (shop: string, { identifiers }: SyncedPerson): string[] =>
  identifiers.flatMap((identifier) => addressHashes(shop, identifier))

const entriesIn = (shop: string, { kind, body }: SyncPage): (ReadEntry | WriteEntry)[] =>
  kind === 'read' ? openRead(shop, body) : openWrite(shop, body)

function isAbout(shop: string, person: SyncedPerson): (entry: ReadEntry | WriteEntry) => boolean {
  const customer = String(person.customerId)
  const hashes = new Set(hashesOf(shop, person))
  const profiles = new Set(person.identifiers)
  return (entry) =>
    entry.customer === customer ||
    ('profile' in entry &&
      (profiles.has(entry.profile) || entry.hashes.some((hash) => hashes.has(hash))))
}
