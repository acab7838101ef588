/** Metafields of which it is not known whether they were written: the next sync writes them anew. */
import type { Tx } from '../db/client.server.ts'
import type { SyncMapping } from './document.ts'
import type { WriteEntry } from './pass.server.ts'

export interface CustomerSlot {
  customer: string
  slot: string
}

export const slotsOf = (entries: WriteEntry[], mappings: SyncMapping[]): CustomerSlot[] =>
  entries.flatMap(({ customer, values }) =>
    values.flatMap(([mapping]) => {
      const slot = mappings[mapping]?.slot
      return slot === undefined ? [] : [{ customer, slot }]
    }),
  )

export async function markUnsure(tx: Tx, shop: string, slots: CustomerSlot[]): Promise<void> {
  if (slots.length === 0) return
  await tx.$executeRaw`
    update "SyncedCustomer" s set "unsure" = s."unsure" || t."slots"
    from (
      select u."customer"::bigint as "customerId", array_agg(u."slot") as "slots"
      from unnest(
        ${slots.map(({ customer }) => customer)}::text[],
        ${slots.map(({ slot }) => slot)}::text[]
      ) as u ("customer", "slot")
      group by 1
    ) t
    where s."shopId" = ${shop} and s."customerId" = t."customerId"`
}
