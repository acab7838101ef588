/**
 * Much work that the merchant started at once: taking back what runs did, or running a rule over
 * past events.
 *
 * An operation only puts runs to work, a page at a time; the drain carries them out like any other.
 * Its pages are taken by the drain when nothing of the inbox is due, so live events always go first
 * and at most a page of it is under way.
 */
import type { Tx } from '../db/client.server.ts'
import type { KlaviyoApi } from '../klaviyo/klaviyo.ts'
import type { Json } from '../rules/facts.ts'

export type OperationState = 'running' | 'paused' | 'stopped' | 'done'

/** How well a number is known: as it is, reckoned from a part, or as the least it is. */
export const certainties = ['exact', 'about', 'more'] as const
export type Certainty = (typeof certainties)[number]

/** Runs that one page puts to work at most: a live event may have to wait for so many. */
export const runsPerPage = 100

/** An operation as its kind sees it when the next page is due. */
export interface DueOperation {
  id: string
  shop: string
  /** As the kind wrote it. */
  scope: Json
  /** Where the page begins; null = at the start. */
  cursor: Json
}

export interface Page {
  /** Where the next page begins; null = this was the last one. */
  next: Json
  /** Stores the page's runs as waiting and makes their events due. Called inside a transaction. */
  store(tx: Tx): Promise<void>
}

/** One kind of operation. */
export interface OperationKind {
  /**
   * Reads the next page. Rejects with a ProblemError: what heals by itself is tried again, anything
   * else pauses the operation.
   */
  page(operation: DueOperation, services: { klaviyo: KlaviyoApi }): Promise<Page>
}
