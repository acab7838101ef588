/** Shopify's tokens: kept sealed, renewed by one at a time. */
import type { Session } from '@shopify/shopify-api'
import type { AdminApi } from '../shopify/admin.ts'

interface Storage {
  storeSession(session: Session): Promise<boolean>
  loadSession(id: string): Promise<Session | undefined>
  deleteSession(id: string): Promise<boolean>
  deleteSessions(ids: string[]): Promise<boolean>
  findSessionsByShop(shop: string): Promise<Session[]>
}

export const sessionStorage: Storage = {
  storeSession: () => Promise.reject(new Error('Not here yet.')),
  loadSession: () => Promise.reject(new Error('Not here yet.')),
  deleteSession: () => Promise.reject(new Error('Not here yet.')),
  deleteSessions: () => Promise.reject(new Error('Not here yet.')),
  findSessionsByShop: () => Promise.reject(new Error('Not here yet.')),
}

/** The store's admin, with a token that is good. Rejects with a ProblemError. */
export async function adminOf(_shop: string): Promise<AdminApi> {
  throw new Error('Not here yet.')
}
