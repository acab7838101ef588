/** Forgets what customers' metafields got from mappings that are gone. */
import { z } from 'zod'
import { prisma } from '../db/client.server.ts'
import { Prisma } from '../db/generated/client.ts'
import { openHeld, sealHeld } from './pass.server.ts'

const rowsPerBatch = 1_000

/**
 * Takes out of `SyncedCustomer.held` what no mapping of the shop fills any more; without a mapping,
 * customers and the index of their addresses go whole. Looks only where a mapping went since the
 * last time, and waits for a sync that is under way: it goes on with the mappings it began with.
 */
export async function forgetUnmapped(shop: string): Promise<void> {
  const { unmappedAt, mappings } = await prisma.shop.findUniqueOrThrow({
    where: { id: shop },
    select: { unmappedAt: true, mappings: { select: { slot: true } } },
  })
  if (unmappedAt === null || (await isSyncing(shop))) return
  const slots = new Set(mappings.map(({ slot }) => slot))
  const isDone = slots.size === 0 ? await forgetAll(shop) : await keepOnly(shop, slots)
  // A mapping that went meanwhile is a matter of the next time.
  if (isDone) {
    await prisma.shop.updateMany({ where: { id: shop, unmappedAt }, data: { unmappedAt: null } })
  }
}

const isSyncing = async (shop: string): Promise<boolean> =>
  (await prisma.sync.count({ where: { activeShop: shop } })) > 0

/** Whether all is gone: it stops for a sync that starts. */
async function forgetAll(shop: string): Promise<boolean> {
  // Before anything goes: a sync from now on reads the index whole.
  await prisma.shop.update({ where: { id: shop }, data: { indexedAt: null } })
  for (const table of [Prisma.sql`"SyncedCustomer"`, Prisma.sql`"CustomerAddress"`]) {
    for (;;) {
      const count = await prisma.$executeRaw`
        delete from ${table} where ctid in (
          select ctid from ${table} where "shopId" = ${shop} limit ${rowsPerBatch}
        ) and not exists (select from "Sync" where "activeShop" = ${shop})`
      if (count < rowsPerBatch) break
    }
  }
  return !(await isSyncing(shop))
}

const heldRows = z.array(z.object({ id: z.string(), customerId: z.string(), held: z.string() }))

/** Whether every row was seen to: what is written at the same time is left for the next time. */
async function keepOnly(shop: string, slots: ReadonlySet<string>): Promise<boolean> {
  let isDone = true
  let after = '0'
  for (;;) {
    const rows = heldRows.parse(
      await prisma.$queryRaw`
        select "id"::text as "id", "customerId"::text as "customerId", "held" from "SyncedCustomer"
        where "shopId" = ${shop} and "customerId" > ${after}::text::bigint and "held" is not null
        order by "customerId" limit ${rowsPerBatch}`,
    )
    const changes = rows.flatMap(({ id, held }) => {
      const values = Object.entries(openHeld(shop, held))
      const kept = values.filter(([slot]) => slots.has(slot))
      if (kept.length === values.length) return []
      return [{ id, before: held, after: sealHeld(shop, Object.fromEntries(kept)) }]
    })
    isDone = (await store(changes)) === changes.length && isDone
    after = rows.at(-1)?.customerId ?? after
    if (rows.length < rowsPerBatch) return isDone
  }
}

async function store(changes: { id: string; before: string; after: string }[]): Promise<number> {
  if (changes.length === 0) return 0
  return prisma.$executeRaw`
    update "SyncedCustomer" s set "held" = t."after"
    from jsonb_to_recordset(${JSON.stringify(changes)}::jsonb)
      as t ("id" uuid, "before" text, "after" text)
    where s."id" = t."id" and s."held" = t."before"`
}
