/** What the cases of a batch compare with, of all customers at once. */
import type { AdminApi, Metafield, MetafieldRef } from '../shopify/admin.ts'
import { customerGid } from '../shopify/admin.ts'
import { metafieldsFor } from './cases.ts'
import type { Case } from './cases.ts'

/** By customer and name. Customers that no action asks of are not in it, and cost nothing. */
export async function readMetafields(
  cases: Case[],
  shopify: AdminApi,
): Promise<Map<string, ReadonlyMap<string, Metafield | null>>> {
  const refs = new Map<string, MetafieldRef>()
  for (const each of cases) {
    if (each.run.customerGid === null) continue
    const customer = customerGid.parse(each.run.customerGid)
    for (const name of metafieldsFor(each)) refs.set(`${customer} ${name}`, { customer, name })
  }
  const wanted = [...refs.values()]
  const read = await shopify.readMetafields(wanted)
  const found = new Map<string, Map<string, Metafield | null>>()
  for (const [index, { customer, name }] of wanted.entries()) {
    const own = found.get(customer) ?? new Map<string, Metafield | null>()
    found.set(customer, own.set(name, read[index] ?? null))
  }
  return found
}
