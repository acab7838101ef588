/** A sync as its stages see it during one slice, and the pages that travel through them. */
import { z } from 'zod'
import { prisma } from '../db/client.server.ts'
import type { Tx } from '../db/client.server.ts'
import type { KlaviyoApi } from '../klaviyo/klaviyo.ts'
import { open, personKeys, seal } from '../secrets.server.ts'
import type { AdminApi } from '../shopify/admin.ts'
import { syncMapping } from './document.ts'
import type { SyncMapping } from './document.ts'
import type { SyncLease } from './lease.server.ts'
import { syncScope } from './sync.ts'
import type { SyncScope, SyncTimes } from './sync.ts'

export interface Pass {
  lease: SyncLease
  shop: string
  syncId: string
  scope: SyncScope
  isDry: boolean
  mappings: SyncMapping[]
  klaviyo: KlaviyoApi
  shopify: AdminApi
  /** How far it is, kept in step with its row by the stage that moves it. */
  cursor: string | null
  isReadThrough: boolean
  isIndexed: boolean
  indexOperation: string | null
  /** Spent in this slice. */
  times: SyncTimes
  /** Since when reading waits for Klaviyo's rate limit; null = it does not. */
  pacedSince: number | null
  /** Whether it still did when the slice ended. */
  isPaced: boolean
  /** When the slice ends. */
  until: number
}

/** What a sync's row says, for a slice. */
export async function passOf(
  lease: SyncLease,
  services: { klaviyo: KlaviyoApi; shopify: AdminApi },
  until: number,
): Promise<Pass & { isDefined: boolean }> {
  const row = await prisma.sync.findUniqueOrThrow({
    where: { id: lease.syncId, shopId: lease.shop },
  })
  return {
    lease,
    shop: lease.shop,
    syncId: lease.syncId,
    scope: syncScope.parse(row.scope),
    isDry: row.isDry,
    mappings: z.array(syncMapping).parse(row.mappings),
    ...services,
    cursor: row.cursor,
    isDefined: row.isDefined,
    isReadThrough: row.isReadThrough,
    isIndexed: row.isIndexed,
    indexOperation: row.indexOperation,
    times: { read: 0, paced: 0, index: 0, match: 0, write: 0 },
    pacedSince: null,
    isPaced: false,
    until,
  }
}

/** The mappings of a sync, which its pages name by their number. */
export async function passMappings(db: Tx, syncId: string): Promise<SyncMapping[]> {
  const { mappings } = await db.sync.findUniqueOrThrow({
    where: { id: syncId },
    select: { mappings: true },
  })
  return z.array(syncMapping).parse(mappings)
}

/** Adds the time that the work takes. */
export async function timed<T>(
  { times }: Pass,
  what: keyof SyncTimes,
  work: () => Promise<T>,
): Promise<T> {
  const startedAt = performance.now()
  try {
    return await work()
  } finally {
    times[what] += performance.now() - startedAt
  }
}

/**
 * A profile that was read: Klaviyo's id, under which hashes its customer is found, the e-mail's
 * first, and the value of each mapping; false = what Klaviyo has does not fit the type. `customer`
 * where it is known.
 */
const readEntry = z.object({
  profile: z.string(),
  hashes: z.array(z.string()),
  values: z.array(z.union([z.string(), z.null(), z.literal(false)])),
  customer: z.string().optional(),
})
export type ReadEntry = z.infer<typeof readEntry>

/** What is to be written for a customer: mappings by their number, each with its value. */
const setEntry = z.object({
  customer: z.string(),
  values: z.array(z.tuple([z.number(), z.string()])),
})
/** The same with null for each that is to be deleted. */
const deleteEntry = z.object({
  customer: z.string(),
  values: z.array(z.tuple([z.number(), z.null()])),
})
const writeEntry = z.union([setEntry, deleteEntry])
export interface WriteEntry {
  customer: string
  values: [mapping: number, value: string | null][]
}

export const sealPage = (shop: string, entries: readonly (ReadEntry | WriteEntry)[]): string =>
  seal(shop, 'SyncPage.body', JSON.stringify(entries))

/** A page's entries as text. */
export const openPage = (shop: string, body: string): string => open(shop, 'SyncPage.body', body)

const opened = (shop: string, body: string): unknown => JSON.parse(openPage(shop, body))

export const openRead = (shop: string, body: string): ReadEntry[] =>
  z.array(readEntry).parse(opened(shop, body))

export const openWrite = (shop: string, body: string): WriteEntry[] =>
  z.array(writeEntry).parse(opened(shop, body))

/** What a page that is on its way to Shopify says. */
export async function entriesOf({ shop }: Pass, pageId: string): Promise<WriteEntry[]> {
  const { body } = await prisma.syncPage.findUniqueOrThrow({
    where: { id: pageId, shopId: shop },
    select: { body: true },
  })
  return openWrite(shop, body)
}

const hashLength = 22

/** Hashes under which a person's address may be stored; the first one is what is stored now. */
export const addressHashes = (shop: string, address: string): string[] =>
  personKeys(shop, address).map((hash) => hash.slice(0, hashLength))

const held = z.record(z.string(), z.string())

export const openHeld = (shop: string, sealed: string | null): Record<string, string> =>
  sealed === null ? {} : held.parse(JSON.parse(open(shop, 'SyncedCustomer.held', sealed)))

export const sealHeld = (shop: string, values: Readonly<Record<string, string>>): string =>
  seal(shop, 'SyncedCustomer.held', JSON.stringify(values))
