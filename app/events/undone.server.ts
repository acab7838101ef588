/** What runs that take back are about: the done steps of the runs before them, and whose turn it is. */
import { z } from 'zod'
import type { Done } from '../actions/action.ts'
import { prisma } from '../db/client.server.ts'
import type { Json } from '../rules/facts.ts'
import { open } from '../secrets.server.ts'

export interface DoneStep {
  kind: string
  /** Among the actions of the rule's version. */
  position: number
  done: Done<Json>
}

const storedIntent = z.object({ change: z.json(), before: z.json(), after: z.json() })

/** By the id of the run that was done: its done steps, the last one first. */
export async function doneSteps(shop: string, runIds: string[]): Promise<Map<string, DoneStep[]>> {
  if (runIds.length === 0) return new Map()
  const steps = await prisma.step.findMany({
    where: { shopId: shop, runId: { in: runIds }, state: 'done', intent: { not: null } },
    orderBy: { position: 'desc' },
    select: { id: true, runId: true, kind: true, position: true, intent: true },
  })
  const opened = steps.flatMap(({ id, runId, kind, position, intent }) => {
    if (intent === null) return []
    const stored = storedIntent.parse(JSON.parse(open(shop, 'Step.intent', intent)))
    return [{ runId, kind, position, done: { stepId: id, ...stored } }]
  })
  return Map.groupBy(opened, ({ runId }) => runId)
}

const undoneRows = z.array(z.object({ id: z.string() }))

/** Those of the steps whose effect was taken back. */
export async function undoneSteps(shop: string, steps: string[]): Promise<Set<string>> {
  if (steps.length === 0) return new Set()
  const rows = undoneRows.parse(
    await prisma.$queryRaw`
      select s."id" from "Step" s
      join "Run" u on u."undoesId" = s."runId"
      join "Step" b on b."runId" = u."id" and b."undoesId" = s."id" and b."state" = 'done'
      where s."id" = any(${steps}::uuid[]) and s."shopId" = ${shop}`,
  )
  return new Set(rows.map(({ id }) => id))
}

interface UndoRun {
  id: string
  isUndo: boolean
  customerGid: string | null
}

/**
 * Those of the runs that take back whose turn it is not: one of the same customer that was asked for
 * before waits, and not among these. The order says what is still as we left it.
 */
export async function outOfTurn(shop: string, runs: UndoRun[]): Promise<Set<string>> {
  const undos = runs.filter(({ isUndo }) => isUndo)
  const customers = undos.flatMap(({ customerGid }) => customerGid ?? [])
  if (customers.length === 0) return new Set()
  const others = await prisma.run.findMany({
    where: {
      shopId: shop,
      isUndo: true,
      state: 'waiting',
      customerGid: { in: customers },
      id: { notIn: undos.map(({ id }) => id) },
    },
    select: { id: true, customerGid: true },
  })
  const isBehind = ({ id, customerGid }: UndoRun) =>
    others.some((other) => other.customerGid === customerGid && other.id < id)
  return new Set(undos.filter(isBehind).map(({ id }) => id))
}
