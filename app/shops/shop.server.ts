/** The shop's row, on which all its other rows hang. */
import type { Tx } from '../db/client.server.ts'
import { ensureEndpoint } from './endpoint.server.ts'

/**
 * Makes sure that the shop has its row and its endpoint. A store that comes back finds all as it
 * left it, but for the Klaviyo key; what held up its work is forgotten, since its token is new.
 */
export async function admit(tx: Tx, shop: string): Promise<void> {
  // One statement that locks the row: two first page loads can't create two endpoints.
  await tx.$executeRaw`
    insert into "Shop" ("id") values (${shop})
    on conflict ("id") do update set
      "installedAt" = case
        when "Shop"."uninstalledAt" is null then "Shop"."installedAt" else now()
      end,
      "uninstalledAt" = null, "problem" = null`
  await ensureEndpoint(tx, shop)
}
