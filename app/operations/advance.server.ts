/** Takes an operation's next page; the drain calls it when nothing of the inbox is due. */
import { z } from 'zod'
import { prisma } from '../db/client.server.ts'
import { Prisma } from '../db/generated/client.ts'
import { pauseBefore } from '../events/retry.ts'
import { proveLease } from '../events/lease.server.ts'
import type { Lease } from '../events/lease.server.ts'
import type { KlaviyoApi } from '../klaviyo/klaviyo.ts'
import { ProblemError } from '../problem.ts'
import type { Problem } from '../problem.ts'
import { open } from '../secrets.server.ts'
import { isDue } from './due.server.ts'
import { kinds } from './kinds.ts'

const dueRows = z.array(
  z.object({
    id: z.string(),
    kind: z.enum(['undo', 'past']),
    scope: z.string(),
    cursor: z.json(),
    isExhausted: z.boolean(),
    attempts: z.number(),
  }),
)
type Due = z.infer<typeof dueRows>[number]

/**
 * The oldest operation that is due gets a page further, or is done once all of its runs are over.
 * Returns whether there was one. The page, and where the next one begins, are committed together:
 * after a crash it is either read again or behind us.
 */
export async function advance(lease: Lease, klaviyo: KlaviyoApi): Promise<boolean> {
  const { shop } = lease
  const [due] = dueRows.parse(
    await prisma.$queryRaw`
      select o."id", o."kind"::text as "kind", o."scope", o."cursor", o."isExhausted", o."attempts"
      from "Operation" o
      where o."shopId" = ${shop} and ${isDue}
      order by o."id" limit 1`,
  )
  if (!due) return false
  if (due.isExhausted) await finish(lease, due)
  else await takePage(lease, due, klaviyo)
  return true
}

async function finish(lease: Lease, { id }: Due): Promise<void> {
  await prisma.$transaction(async (tx) => {
    await proveLease(tx, lease)
    await tx.operation.updateMany({
      where: { id, shopId: lease.shop, state: 'running' },
      data: { state: 'done', finishedAt: new Date() },
    })
  })
}

async function takePage(lease: Lease, due: Due, klaviyo: KlaviyoApi): Promise<void> {
  const { shop } = lease
  const { id, cursor } = due
  const scope = z.json().parse(JSON.parse(open(shop, 'Operation.scope', due.scope)))
  try {
    const page = await kinds[due.kind].page({ id, shop, scope, cursor }, { klaviyo })
    await prisma.$transaction(async (tx) => {
      await proveLease(tx, lease)
      const { count } = await tx.operation.updateMany({
        // Paused or stopped meanwhile: the page is not taken.
        where: { id, shopId: shop, state: 'running' },
        data: {
          ...(page.next === null ? { isExhausted: true } : { cursor: page.next }),
          problem: Prisma.DbNull,
          attempts: 0,
        },
      })
      if (count > 0) await page.store(tx)
    })
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error
    await noteTrouble(shop, due, error.problem)
    if (error.problem.retry === 'mended') throw error
  }
}

/** Time heals it, or the operation pauses until the merchant resumes it. */
async function noteTrouble(shop: string, { id, attempts }: Due, problem: Problem): Promise<void> {
  const failures = attempts + 1
  const waits = problem.retry === 'never' ? 0 : pauseBefore(failures, problem, Math.random())
  await prisma.operation.updateMany({
    where: { id, shopId: shop, state: 'running' },
    data: {
      problem,
      attempts: failures,
      nextPageAt: new Date(Date.now() + waits),
      ...(problem.retry === 'never' ? { state: 'paused' } : {}),
    },
  })
}
