/** Whether both sides let us work: what is stored of their refusals, tests, and mending. */
import type { Problem } from '../problem.ts'

/** What the banners of every screen say. */
export interface Health {
  isConnected: boolean
  shopify: Problem | null
  klaviyo: Problem | null
}

export interface Check {
  name: string
  state: 'ok' | 'warn' | 'fail'
  detail: string
  /** What to do about it; null when there is nothing to do. */
  remedy: string | null
}

export interface Checkup {
  shopify: Check[]
  klaviyo: Check[]
}

export async function healthOf(_shop: string): Promise<Health> {
  throw new Error('Not here yet.')
}
/** Asks both sides now. Never rejects for what they answer. */
export async function checkBoth(_shop: string): Promise<Checkup> {
  throw new Error('Not here yet.')
}
/** Stores a problem that has to be mended on its side, which holds the shop's drain up. */
export async function noteProblem(_shop: string, _problem: Problem): Promise<void> {
  throw new Error('Not here yet.')
}
export async function mend(): Promise<void> {
  throw new Error('Not here yet.')
}
