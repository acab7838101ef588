/** What the sync holds of one customer, readable, for the answer to a data request. */
import type { Tx } from '../db/client.server.ts'
import { open } from '../secrets.server.ts'
import { openHeld } from './pass.server.ts'
import { storedChange } from './sync.ts'

export async function syncedFor(tx: Tx, shop: string, customerId: bigint) {
  const where = { shopId: shop, customerId }
  const [customer, findings, mappings, addresses] = await Promise.all([
    tx.syncedCustomer.findFirst({ where }),
    tx.syncFinding.findMany({ where, orderBy: { id: 'asc' } }),
    tx.mapping.findMany({ where: { shopId: shop } }),
    tx.customerAddress.count({ where }),
  ])
  const nameOf = new Map(mappings.map(({ slot, namespace, key }) => [slot, `${namespace}.${key}`]))
  const written = Object.entries(openHeld(shop, customer?.held ?? null))
  return {
    /** Klaviyo's id of the profile that the values came from. */
    profile: customer?.profileId ?? null,
    /** As they were last written; long ones by their digest. */
    written: written.map(([slot, value]) => ({ metafield: nameOf.get(slot) ?? slot, value })),
    /** Keyed hashes of e-mail and phone number. */
    hashesOfAddresses: addresses,
    findings: findings.map(({ kind, metafield, what, change }) => ({
      kind,
      metafield,
      what,
      change: change === null ? null : changed(open(shop, 'SyncFinding.change', change)),
    })),
  }
}

const changed = (text: string) => storedChange.parse(JSON.parse(text))
