/** Lines of a bulk file: one customer's metafields each. Pure. */
import type { SyncMapping } from './document.ts'

interface Entry {
  customer: string
  values: [mapping: number, value: string | null][]
}

/** The variables of one call, with the line break. Null deletes: then all values of the entry do. */
export function lineOf({ customer, values }: Entry, mappings: readonly SyncMapping[]): string {
  const metafields = values.flatMap(([index, value]) => {
    const document = mappings[index]?.document
    if (!document) return []
    const { namespace, key, type } = document
    const ref = { ownerId: `gid://shopify/Customer/${customer}`, namespace, key }
    return [value === null ? ref : { ...ref, type, value }]
  })
  return `${JSON.stringify({ metafields })}\n`
}

export const sizeOf = (entries: readonly Entry[], mappings: readonly SyncMapping[]): number =>
  entries.reduce((sum, entry) => sum + Buffer.byteLength(lineOf(entry, mappings)), 0)
