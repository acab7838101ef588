import { expect } from 'vitest'
import { AdminApi } from '../../../sandbox/shopify/admin/execute.ts'
import { AdminSchema } from '../../../sandbox/shopify/admin/schema.ts'
import { demoStores } from '../../../sandbox/shopify/server.ts'
import { Store } from '../../../sandbox/shopify/store.ts'

const api = new AdminApi(new AdminSchema())

/** The first demo store as it is at the start, without limits. */
export function newStore(): Store {
  const [seed] = demoStores()
  if (!seed) throw new Error('no demo store')
  const store = new Store(seed, 1)
  store.bucket.isEnforced = false
  return store
}

/** Asks the Admin API, which must have nothing to complain of. */
export async function ask(
  store: Store,
  query: string,
  variables: Record<string, unknown> = {},
): Promise<unknown> {
  const { data, errors } = await api.answer(store, { query, variables })
  expect(errors).toBeUndefined()
  return data
}
