/** The operations of a shop: start, watch, pause, resume, stop. */
import { v7 as uuidv7 } from 'uuid'
import { z } from 'zod'
import { uuid } from '../activity/filter.ts'
import { prisma } from '../db/client.server.ts'
import type { Prisma } from '../db/generated/client.ts'
import { wake } from '../jobs/wake.server.ts'
import { problemSchema } from '../problem.ts'
import type { Problem } from '../problem.ts'
import type { Json } from '../rules/facts.ts'
import { seal } from '../secrets.server.ts'
import type { Certainty, OperationState } from './operation.ts'

const mostShown = 10

/** So long one that is over stays in the list. */
const shownAfterEndMs = 24 * 3_600_000

export interface NewOperation {
  kind: 'undo' | 'past'
  scope: Json
  /** In words, without personal data: "Runs of Win-back". */
  title: string
  /** Runs that the preview counted. */
  expected: number
  certainty: Certainty
}

export interface OperationView {
  id: string
  kind: 'undo' | 'past'
  title: string
  state: OperationState
  /** Runs that the preview counted. */
  expected: number
  certainty: Certainty
  /** Runs put to work, by what became of them. */
  counts: { done: number; skipped: number; failed: number; waiting: number }
  /** Why it waits or was paused, or null. */
  problem: Problem | null
  createdAt: Date
  finishedAt: Date | null
}

/** Starts it; its id. Its first page is taken as soon as no live event is due. */
export async function startOperation(shop: string, operation: NewOperation): Promise<string> {
  const { kind, scope, title, expected, certainty } = operation
  const id = uuidv7()
  await prisma.operation.create({
    data: {
      id,
      shopId: shop,
      kind,
      scope: seal(shop, 'Operation.scope', JSON.stringify(scope)),
      title,
      expected,
      certainty,
    },
  })
  wake(shop)
  return id
}

const countRows = z.array(
  z.object({
    operationId: z.string(),
    state: z.enum(['done', 'skipped', 'failed', 'waiting']),
    count: z.number(),
  }),
)

/** Those under way or paused, and those that ended within a day; newest first. */
export async function listOperations(shop: string): Promise<OperationView[]> {
  const since = new Date(Date.now() - shownAfterEndMs)
  const rows = await prisma.operation.findMany({
    where: {
      shopId: shop,
      OR: [{ state: { in: ['running', 'paused'] } }, { finishedAt: { gt: since } }],
    },
    orderBy: { id: 'desc' },
    take: mostShown,
  })
  const counted = countRows.parse(
    await prisma.$queryRaw`
      select "operationId", "state"::text as "state", count(*)::int as "count" from "Run"
      where "operationId" = any(${rows.map(({ id }) => id)}::uuid[]) and "shopId" = ${shop}
      group by 1, 2`,
  )
  return rows.map(({ id, kind, title, state, expected, certainty, problem, ...at }) => {
    const counts = { done: 0, skipped: 0, failed: 0, waiting: 0 }
    for (const row of counted) if (row.operationId === id) counts[row.state] = row.count
    return {
      id,
      kind,
      title,
      state,
      expected,
      certainty,
      counts,
      problem: problemSchema.nullable().parse(problem),
      createdAt: at.createdAt,
      finishedAt: at.finishedAt,
    }
  })
}

/** Takes no further page until it is resumed. Whether there was anything to pause. */
export async function pauseOperation(shop: string, id: string): Promise<boolean> {
  return change(shop, id, ['running'], { state: 'paused', nextPageAt: new Date() })
}

export async function resumeOperation(shop: string, id: string): Promise<boolean> {
  const resumed = await change(shop, id, ['paused'], {
    state: 'running',
    attempts: 0,
    nextPageAt: new Date(),
  })
  if (resumed) wake(shop)
  return resumed
}

/**
 * Ends it for good. Runs of it that have not begun to write are skipped; what was done stays, and
 * what has begun is brought to its end.
 */
export async function stopOperation(shop: string, id: string, problem?: Problem): Promise<boolean> {
  const stopped = await change(shop, id, ['running', 'paused'], {
    state: 'stopped',
    finishedAt: new Date(),
    ...(problem ? { problem } : {}),
  })
  if (!stopped) return false
  await prisma.run.updateMany({
    where: {
      shopId: shop,
      operationId: id,
      state: 'waiting',
      steps: { none: { intent: { not: null } } },
    },
    data: {
      state: 'skipped',
      reason: 'Stopped before it began.',
      finishedAt: new Date(),
    },
  })
  return true
}

/**
 * Stops those that lay still since then, paused or held up by what nobody mends: whom they are about
 * must not stay for longer than the store keeps data.
 */
export async function stopIdleOperations(shop: string, before: Date): Promise<void> {
  const idle = await prisma.operation.findMany({
    where: {
      shopId: shop,
      state: { in: ['running', 'paused'] },
      nextPageAt: { lt: before },
      runs: { none: { OR: [{ createdAt: { gte: before } }, { finishedAt: { gte: before } }] } },
    },
    select: { id: true },
  })
  for (const { id } of idle) await stopOperation(shop, id, leftIdle)
}

const leftIdle: Problem = {
  code: 'operation-left-idle',
  what: 'It lay still for longer than the store keeps data, so it was stopped.',
  remedy: 'Start it again. How long data is kept is set in Settings.',
  retry: 'never',
}

async function change(
  shop: string,
  id: string,
  from: OperationState[],
  data: Prisma.OperationUpdateManyMutationInput,
): Promise<boolean> {
  if (!uuid.test(id)) return false
  const { count } = await prisma.operation.updateMany({
    where: { id, shopId: shop, state: { in: from } },
    data,
  })
  return count > 0
}
