/** What is stored of a sync, and what screens know of it. Pure. */
import { z } from 'zod'
import type { Problem } from '../problem.ts'
import { customerGid } from '../shopify/admin.ts'
import type { Distribution } from './distribution.ts'

/** Whom and what a sync is about. */
export const syncScope = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('all') }),
  /** One mapping, for everybody. */
  z.object({ kind: z.literal('mapping'), id: z.uuid() }),
  /** Klaviyo's id of a segment; the name is for people. */
  z.object({ kind: z.literal('segment'), id: z.string().min(1), name: z.string() }),
  z.object({ kind: z.literal('customer'), gid: customerGid }),
])
export type SyncScope = z.infer<typeof syncScope>

/** Whether all profiles of the account are read. */
export const isOfAll = ({ kind }: SyncScope): boolean => kind === 'all' || kind === 'mapping'

/** Milliseconds that a sync spent, by what on. Reading, matching and writing overlap. */
export const syncTimes = z.object({
  /** Klaviyo's pages, and waiting for its rate limit in between. */
  read: z.number().default(0),
  paced: z.number().default(0),
  /** Reading the store's customers. */
  index: z.number().default(0),
  match: z.number().default(0),
  /** Uploads, starts and results of Shopify's bulk operations. */
  write: z.number().default(0),
})
export type SyncTimes = z.infer<typeof syncTimes>

/** As it is sealed in a finding. */
export const storedChange = z.object({
  before: z.string().nullable(),
  after: z.string().nullable(),
})

export type SyncState = 'running' | 'paused' | 'canceled' | 'done' | 'failed'

export type SyncPhase =
  /** It has not begun. */
  | 'waiting'
  | 'reading'
  /** All profiles are read; customers are matched and written. */
  | 'writing'
  /** It was canceled and waits for Shopify to stop. */
  | 'stopping'
  | 'over'

export interface SyncCounts {
  /** Profiles read. */
  profiles: number
  /** Profiles with a customer. */
  matched: number
  /** Profiles without one, and why. */
  unmatched: {
    /** The profile has neither e-mail nor phone number. */
    noAddress: number
    /** Shopify has no customer with them. */
    noCustomer: number
    /** Shopify has several customers with them. */
    several: number
    /** Another profile leads to the same customer. */
    duplicate: number
  }
  /** Customers for whom something changed. */
  changed: number
  /** Metafields: to be written or deleted, and what became of them. */
  toWrite: number
  written: number
  deleted: number
  failed: number
}

export interface SyncView {
  id: string
  scope: SyncScope
  state: SyncState
  phase: SyncPhase
  isDry: boolean
  isNightly: boolean
  counts: SyncCounts
  times: SyncTimes
  /** Why it waits or ended, or what the merchant should know of it (no predictions); or null. */
  problem: Problem | null
  startedAt: Date
  finishedAt: Date | null
}

/** Failures of each cause that are listed: one bad mapping fails for a million customers each night. */
export const mostListed = 10_000

/** Customers that moved from one band of a mapping to another. */
export interface BandMoves {
  mappingId: string
  /** `klaviyo.churn_tier` */
  metafield: string
  /** Null: none before, or none now. */
  moves: { from: string | null; to: string | null; customers: number }[]
}

export interface SyncChange {
  customerGid: string
  metafield: string
  before: string | null
  after: string | null
}

export interface SyncReport extends SyncView {
  /** Names of the mappings that it carried. */
  mappings: { id: string; name: string; metafield: string }[]
  distribution: Distribution
  bands: BandMoves[]
  /** Metafields that could not be written, by cause, the most frequent first. */
  failures: { code: string; metafield: string; what: string; count: number }[]
  /** The first of what changed, or would change. */
  changes: SyncChange[]
}
