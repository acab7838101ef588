/** What newer events set of the Klaviyo profiles that older ones, tried again, are about to write to. */
import { z } from 'zod'
import type { ProfileWrite } from '../actions/action.ts'
import { actionOf } from '../actions/index.ts'
import { prisma } from '../db/client.server.ts'
import { open } from '../secrets.server.ts'
import type { Case } from './cases.ts'

const storedIntent = z.object({ change: z.json() })

/** By customer. Of events that are tried for the first time none is newer than those of their batch. */
export async function readNewerWrites(
  cases: Case[],
  shop: string,
): Promise<Map<string, ProfileWrite[]>> {
  const retried = cases.flatMap(({ run, steps }) => {
    const { customerGid, state, attempts } = run
    if (customerGid === null || state !== 'waiting' || attempts === 1) return []
    return steps.flatMap(({ record, action, undoes }) =>
      action?.setsProfile && !undoes ? [{ customerGid, id: record.id, kind: record.kind }] : [],
    )
  })
  const [oldest] = retried.map(({ id }) => id).sort()
  const known = new Map<string, ProfileWrite[]>()
  if (oldest === undefined) return known
  const steps = await prisma.step.findMany({
    where: {
      shopId: shop,
      id: { gt: oldest },
      kind: { in: retried.map(({ kind }) => kind) },
      state: 'done',
      undoesId: null,
      run: { shadow: false, customerGid: { in: retried.map(({ customerGid }) => customerGid) } },
    },
    select: { id: true, kind: true, intent: true, run: { select: { customerGid: true } } },
  })
  for (const { id, kind, intent, run } of steps) {
    const action = actionOf(kind)
    if (!action || intent === null || run.customerGid === null) continue
    const { change } = storedIntent.parse(JSON.parse(open(shop, 'Step.intent', intent)))
    const write = { stepId: id, keys: action.profileKeys(change) }
    known.set(run.customerGid, [...(known.get(run.customerGid) ?? []), write])
  }
  return known
}
