/**
 * Takes back what runs did: puts a run that undoes to work for each of them.
 *
 * The newest go first, so that each finds what it left as it left it: ids ascend and events fall due
 * in that order, which is the order in which the drain takes them.
 */
import { v7 as uuidv7 } from 'uuid'
import { z } from 'zod'
import { notBegun } from '../activity/undoable.ts'
import { prisma } from '../db/client.server.ts'
import type { Tx } from '../db/client.server.ts'
import { runsPerPage } from './operation.ts'
import type { DueOperation, OperationKind } from './operation.ts'
import { runsIn, undoScope } from './undo-scope.server.ts'

/** The last run of the page before. */
const cursorSchema = z.uuid().nullable()

interface Undoable {
  id: string
  eventId: string
  ruleId: string
  ruleVersion: number
  customerGid: string | null
}

export const undo: OperationKind = {
  async page(operation) {
    const { shop } = operation
    const { undoable } = await runsIn(shop, undoScope.parse(operation.scope))
    const before = cursorSchema.parse(operation.cursor)
    const runs = await prisma.run.findMany({
      where: { AND: [undoable, ...(before === null ? [] : [{ id: { lt: before } }])] },
      orderBy: { id: 'desc' },
      take: runsPerPage,
      select: { id: true, eventId: true, ruleId: true, ruleVersion: true, customerGid: true },
    })
    return {
      next: runs.length < runsPerPage ? null : (runs.at(-1)?.id ?? null),
      store: (tx) => store(tx, operation, runs),
    }
  },
}

async function store(tx: Tx, { id, shop }: DueOperation, runs: Undoable[]): Promise<void> {
  await tx.run.deleteMany({
    where: { shopId: shop, undoesId: { in: runs.map((run) => run.id) }, ...notBegun },
  })
  await tx.run.createMany({
    data: runs.map(({ id: undoesId, ...run }) => ({
      ...run,
      id: uuidv7(),
      shopId: shop,
      isUndo: true,
      undoesId,
      operationId: id,
      shadow: false,
      state: 'waiting' as const,
      reason: 'Waits to be undone.',
    })),
  })
  const events = [...new Set(runs.map(({ eventId }) => eventId))]
  const now = Date.now()
  const due = events.map((event, index) => ({
    id: event,
    availableAt: new Date(now - events.length + index),
  }))
  await tx.$executeRaw`
    update "InboundEvent" e set
      "state" = 'pending', "attempts" = 0, "availableAt" = t."availableAt"
    from jsonb_to_recordset(${JSON.stringify(due)}::jsonb) as t ("id" uuid, "availableAt" timestamptz)
    where e."id" = t."id" and e."shopId" = ${shop}`
}
