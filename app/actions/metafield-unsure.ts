/**
 * A rule wrote metafields that the nightly sync may fill too: what the sync holds as last written
 * counts no more, and what it was about to write is older.
 */
import type { Tx } from '../db/client.server.ts'
import type { CustomerGid } from '../shopify/admin.ts'

export interface WrittenMetafield {
  shop: string
  customer: CustomerGid
  /** `klaviyo.predicted_ltv` */
  name: string
}

/** In the transaction that records the writes. Customers that no sync has met are passed over. */
export async function noteWritten(tx: Tx, written: WrittenMetafield[]): Promise<void> {
  for (const [shop, ofShop] of Map.groupBy(written, (each) => each.shop)) {
    const ids = ofShop.map(({ customer }) => customer.slice(customer.lastIndexOf('/') + 1))
    const names = ofShop.map(({ name }) => name)
    // Locked in the order in which the sync locks them, so that no two wait for each other.
    await tx.$queryRaw`
      select "customerId" from "SyncedCustomer"
      where "shopId" = ${shop} and "customerId" = any(${ids}::text[]::bigint[])
      order by "customerId" for update`
    await tx.$executeRaw`
      update "SyncedCustomer" s set "unsure" = s."unsure" || t."slots"
      from (
        select w."id"::bigint as "customerId", array_agg(m."slot") as "slots"
        from unnest(${ids}::text[], ${names}::text[]) as w ("id", "name")
        join "Mapping" m on m."shopId" = ${shop} and m."namespace" || '.' || m."key" = w."name"
        group by 1
      ) t
      where s."shopId" = ${shop} and s."customerId" = t."customerId"`
  }
}
