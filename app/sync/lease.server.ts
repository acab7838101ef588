/**
 * One worker a sync. Its lease is the sync's own and not the drain's, so that a night's sync does
 * not hold up live events. Each transaction first proves the lease, as in a drain; pausing and
 * canceling change the state, which ends it.
 */
import { v7 as uuidv7 } from 'uuid'
import { z } from 'zod'
import { prisma } from '../db/client.server.ts'
import type { Tx } from '../db/client.server.ts'
import { LeaseLost } from '../events/lease.server.ts'
import { log } from '../log.server.ts'
import type { Problem } from '../problem.ts'

/** A crashed worker's sync rests this long. */
const leaseSeconds = 20

const renewEveryMs = 5_000

export interface SyncLease {
  shop: string
  syncId: string
  leaseId: string
  /** `running`, or a state that only has to be wound up. */
  state: 'running' | 'canceled' | 'failed'
}

const taken = z.array(
  z.object({ id: z.string(), state: z.enum(['running', 'canceled', 'failed']) }),
)

/**
 * The lease of the shop's sync, or null when there is none to get on with: somebody works on it, it
 * is not due, or one of the shop's two sides has to be mended first.
 */
export async function takeSyncLease(shop: string): Promise<SyncLease | null> {
  const leaseId = uuidv7()
  const [row] = taken.parse(
    await prisma.$queryRaw`
      update "Sync" y
      set "leaseId" = ${leaseId}::uuid, "leaseUntil" = now() + ${leaseSeconds} * interval '1 second'
      from "Shop" s
      where y."activeShop" = ${shop} and y."state" in ('running', 'canceled', 'failed')
        and y."dueAt" <= now() and (y."leaseUntil" is null or y."leaseUntil" < now())
        and s."id" = y."shopId" and s."uninstalledAt" is null and s."problem" is null
        and (
          y."state" <> 'running'
          or exists (
            select from "Connection" c where c."shopId" = s."id" and c."problem" is null
          )
        )
      returning y."id", y."state"::text as "state"`,
  )
  return row ? { shop, syncId: row.id, leaseId, state: row.state } : null
}

/**
 * Cancels the shop's sync if it was last due before then and nobody works on it, and takes its lease
 * to end it. One that failed stays failed, with its own problem.
 */
export async function takeIdleSync(
  shop: string,
  before: Date,
  problem: Problem,
): Promise<SyncLease | null> {
  const leaseId = uuidv7()
  const [row] = taken.parse(
    await prisma.$queryRaw`
      update "Sync" set "leaseId" = ${leaseId}::uuid,
        "leaseUntil" = now() + ${leaseSeconds} * interval '1 second',
        "state" = case "state" when 'failed' then "state" else 'canceled' end,
        "problem" = case "state" when 'failed' then "problem" else ${JSON.stringify(problem)}::jsonb end
      where "activeShop" = ${shop} and "dueAt" < ${before}
        and ("leaseUntil" is null or "leaseUntil" < now())
      returning "id", "state"::text as "state"`,
  )
  return row ? { shop, syncId: row.id, leaseId, state: row.state } : null
}

/** Prolongs the lease inside a transaction. Throws LeaseLost, also once the state was changed. */
export async function proveSyncLease(
  tx: Tx,
  { shop, syncId, leaseId, state }: SyncLease,
): Promise<void> {
  const held = await tx.$executeRaw`
    update "Sync" set "leaseUntil" = now() + ${leaseSeconds} * interval '1 second'
    where "id" = ${syncId}::uuid and "shopId" = ${shop} and "leaseId" = ${leaseId}::uuid and "state"::text = ${state}`
  if (held === 0) throw new LeaseLost()
}

/** A transaction that writes only while the lease is held. */
export function leased<T>(lease: SyncLease, work: (tx: Tx) => Promise<T>): Promise<T> {
  return prisma.$transaction(async (tx) => {
    await proveSyncLease(tx, lease)
    return work(tx)
  })
}

/** Keeps the lease while `work` goes on. */
export async function whileSyncLeased<T>(lease: SyncLease, work: () => Promise<T>): Promise<T> {
  const renewing = setInterval(() => {
    proveSyncLease(prisma, lease).catch((error: unknown) => {
      // Nothing is lost here: each transaction proves the lease once more.
      if (!(error instanceof LeaseLost)) log.warn({ err: error }, 'a lease could not be prolonged')
    })
  }, renewEveryMs)
  try {
    return await work()
  } finally {
    clearInterval(renewing)
  }
}

/** Gives the lease back; the next slice is due after the pause. */
export async function releaseSyncLease(
  { shop, syncId, leaseId }: SyncLease,
  dueAfterMs: number,
): Promise<void> {
  const pauseMs = Math.round(Math.min(dueAfterMs, 24 * 3_600_000))
  await prisma.$executeRaw`
    update "Sync" set "leaseId" = null, "leaseUntil" = null,
      "dueAt" = now() + ${pauseMs} * interval '1 millisecond'
    where "id" = ${syncId}::uuid and "shopId" = ${shop} and "leaseId" = ${leaseId}::uuid`
}

/** With PGlite there is no other process: whatever is leased belongs to one that died. */
export async function releaseAllSyncLeases(): Promise<void> {
  await prisma.sync.updateMany({
    where: { leaseId: { not: null } },
    data: { leaseId: null, leaseUntil: null },
  })
}

const shops = z.array(z.object({ shop: z.string() }))

/** Shops whose sync is due and nobody works on. */
export async function shopsToSync(): Promise<string[]> {
  const rows = shops.parse(
    await prisma.$queryRaw`
      select y."shopId" as "shop" from "Sync" y join "Shop" s on s."id" = y."shopId"
      where y."activeShop" is not null and y."state" in ('running', 'canceled', 'failed')
        and y."dueAt" <= now() and (y."leaseUntil" is null or y."leaseUntil" < now())
        and s."uninstalledAt" is null and s."problem" is null`,
  )
  return rows.map(({ shop }) => shop)
}

/** Shopify says that a bulk operation is over: its sync looks at once. */
export async function hastenSync(shop: string): Promise<void> {
  await prisma.sync.updateMany({ where: { activeShop: shop }, data: { dueAt: new Date() } })
}
