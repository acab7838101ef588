/** Starting, pausing, resuming and canceling a sync. */
import { v7 as uuidv7 } from 'uuid'
import { uuid } from '../activity/filter.ts'
import { prisma } from '../db/client.server.ts'
import { Prisma } from '../db/generated/client.ts'
import { wakeSync } from '../jobs/wake.server.ts'
import type { Problem } from '../problem.ts'
import { mappingsFor } from './mappings-of.server.ts'
import type { SyncScope } from './sync.ts'

export interface NewSync {
  scope: SyncScope
  /** Shows what would change and writes nothing. */
  isDry?: boolean
  /** Nobody pressed a button. */
  isNightly?: boolean
}

export type StartOutcome = { ok: true; id: string } | { ok: false; problem: Problem }

/** Starts a sync, unless one is under way. It goes on by itself, wherever it was interrupted. */
export async function startSync(
  shop: string,
  { scope, isDry = false, isNightly = false }: NewSync,
): Promise<StartOutcome> {
  const mappings = await mappingsFor(shop, scope.kind === 'mapping' ? scope.id : null)
  if (mappings.length === 0) return { ok: false, problem: nothingMapped }
  const id = uuidv7()
  const connection = await prisma.connection.findUnique({
    where: { shopId: shop },
    select: { accountId: true },
  })
  try {
    await prisma.sync.create({
      data: {
        id,
        shopId: shop,
        activeShop: shop,
        accountId: connection?.accountId ?? null,
        scope,
        mappings,
        isDry,
        isNightly,
        // A single customer is looked up: no index is needed.
        isIndexed: scope.kind === 'customer',
      },
    })
  } catch (error) {
    if (!isTaken(error)) throw error
    return { ok: false, problem: underWay }
  }
  wakeSync(shop)
  return { ok: true, id }
}

const isTaken = (error: unknown) =>
  error instanceof Prisma.PrismaClientKnownRequestError && error.code === 'P2002'

/** Stops after what is under way; Shopify finishes the files it has. Whether there was one to pause. */
export async function pauseSync(shop: string, id: string): Promise<boolean> {
  return change(shop, id, ['running'], { state: 'paused' })
}

/** Goes on where it was paused. */
export async function resumeSync(shop: string, id: string): Promise<boolean> {
  return change(shop, id, ['paused'], { state: 'running', attempts: 0 })
}

/** Ends it. What was written stays; what Shopify has not begun is called back. */
export async function cancelSync(shop: string, id: string): Promise<boolean> {
  return change(shop, id, ['running', 'paused'], { state: 'canceled' })
}

async function change(
  shop: string,
  id: string,
  from: ('running' | 'paused')[],
  data: Pick<Prisma.SyncUpdateInput, 'state' | 'attempts'>,
): Promise<boolean> {
  if (!uuid.test(id)) return false
  const { count } = await prisma.sync.updateMany({
    where: { id, shopId: shop, state: { in: from } },
    data: { ...data, problem: Prisma.DbNull, dueAt: new Date() },
  })
  if (count > 0) wakeSync(shop)
  return count > 0
}

const nothingMapped: Problem = {
  code: 'sync-nothing-mapped',
  what: 'No mapping is switched on.',
  remedy: 'Add a mapping, or switch one on, then start the sync again.',
  retry: 'never',
}

/** Code of the problem that a sync of the shop is under way. */
export const syncUnderWay = 'sync-under-way'

const underWay: Problem = {
  code: syncUnderWay,
  what: 'A sync of this store is under way.',
  remedy: 'Wait until it is done, or cancel it.',
  retry: 'never',
}
