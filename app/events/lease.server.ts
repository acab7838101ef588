/**
 * One drain a shop. The lease names the drain that may write; each of its transactions first proves
 * that it still does, so that a drain that was thought dead can't write beside its successor.
 */
import { v7 as uuidv7 } from 'uuid'
import { z } from 'zod'
import { prisma } from '../db/client.server.ts'
import type { Tx } from '../db/client.server.ts'
import { Prisma } from '../db/generated/client.ts'
import { log } from '../log.server.ts'
import { isDue } from '../operations/due.server.ts'

/** A crashed drain's shop rests this long. */
const leaseSeconds = 20

/** A batch may wait for minutes until Shopify has points again; its lease must not run out. */
const renewEveryMs = 5_000

export interface Lease {
  shop: string
  /** Whether Klaviyo is there to work with; without it tags still go when their time is over. */
  hasKlaviyo: boolean
  drainId: string
  timeZone: string
  tagBudget: number | null
}

/** The lease was taken over, or the shop is gone: whatever was under way must not be recorded. */
export class LeaseLost extends Error {}

const taken = z.array(
  z.object({
    hasKlaviyo: z.boolean(),
    timeZone: z.string(),
    tagBudget: z.number().nullable(),
  }),
)

/** Of "Shop" s. */
const hasKlaviyo = Prisma.sql`
  exists (select from "Connection" c where c."shopId" = s."id" and c."problem" is null)`

/** The lease, or null when somebody drains this shop, or its Shopify side has to be mended. */
export async function takeLease(shop: string): Promise<Lease | null> {
  const drainId = uuidv7()
  const [row] = taken.parse(
    await prisma.$queryRaw`
      update "Shop" s set "drainId" = ${drainId}::uuid, "drainUntil" = now() + ${leaseSeconds} * interval '1 second'
      where "id" = ${shop} and "uninstalledAt" is null and "problem" is null
        and ("drainUntil" is null or "drainUntil" < now())
      returning ${hasKlaviyo} as "hasKlaviyo", "timeZone", "tagBudget"`,
  )
  return row ? { shop, drainId, ...row } : null
}

/** Prolongs the lease inside a transaction. Throws LeaseLost. */
export async function proveLease(tx: Tx, { shop, drainId }: Lease): Promise<void> {
  const held = await tx.$executeRaw`
    update "Shop" set "drainUntil" = now() + ${leaseSeconds} * interval '1 second'
    where "id" = ${shop} and "drainId" = ${drainId}::uuid`
  if (held === 0) throw new LeaseLost()
}

/** Keeps the lease while `work` goes on. */
export async function whileLeased<T>(lease: Lease, work: () => Promise<T>): Promise<T> {
  const renewing = setInterval(() => void renew(lease), renewEveryMs)
  try {
    return await work()
  } finally {
    clearInterval(renewing)
  }
}

async function renew(lease: Lease): Promise<void> {
  try {
    await proveLease(prisma, lease)
  } catch (error) {
    // Nothing is lost here: each transaction proves the lease once more.
    log.warn({ err: error, shop: lease.shop }, 'the lease could not be prolonged')
  }
}

export async function releaseLease({ shop, drainId }: Lease): Promise<void> {
  await prisma.$executeRaw`
    update "Shop" set "drainId" = null, "drainUntil" = null
    where "id" = ${shop} and "drainId" = ${drainId}::uuid`
}

/** Whether somebody drains the shop at this moment. */
export async function isLeased(shop: string): Promise<boolean> {
  const held =
    await prisma.$queryRaw`select "id" from "Shop" where "id" = ${shop} and "drainUntil" > now()`
  return shops.parse(held).length > 0
}

/** With PGlite there is no other process: whatever is leased belongs to one that died. */
export async function releaseAllLeases(): Promise<void> {
  await prisma.$executeRaw`update "Shop" set "drainId" = null, "drainUntil" = null where "drainId" is not null`
}

const shops = z.array(z.object({ id: z.string() }))

/**
 * Shops whose inbox holds events that are due, or that have tags to take off or an operation to get
 * on with, that nobody works on and nothing holds up; `only` narrows the question to one shop.
 */
export async function shopsWithWork(only: string | null = null): Promise<string[]> {
  const rows = await prisma.$queryRaw`
    select s."id" from "Shop" s
    where s."uninstalledAt" is null and s."problem" is null
      and (${only}::text is null or s."id" = ${only}::text)
      and (s."drainUntil" is null or s."drainUntil" < now())
      and (
        exists (
          select from "TagGrant" g where g."shopId" = s."id" and g."expiresAt" <= now()
        )
        or (${hasKlaviyo} and (
          exists (
            select from "InboundEvent" e
            where e."shopId" = s."id" and e."state" = 'pending' and e."availableAt" <= now()
          )
          or exists (
            select from "Operation" o where o."shopId" = s."id" and ${isDue}
          )
        ))
      )`
  return shops.parse(rows).map(({ id }) => id)
}
