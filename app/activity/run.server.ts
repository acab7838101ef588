/** One run, with all that led to it. */
import { z } from 'zod'
import { prisma } from '../db/client.server.ts'
import { problemSchema } from '../problem.ts'
import type { Problem } from '../problem.ts'
import type { EventFacts, Json } from '../rules/facts.ts'
import { open } from '../secrets.server.ts'
import { uuid } from './filter.ts'
import { openFacts, titleOf } from './list.server.ts'
import type { RunState } from './record.server.ts'
import { notUndone, wroteSomething } from './undoable.ts'

export interface RunView {
  id: string
  state: RunState
  shadow: boolean
  /** Of a run that takes back: the run that it is about. */
  undoes: { id: string; createdAt: Date } | null
  /** The run that takes this one back, once it was asked for. */
  undo: { id: string; state: RunState; createdAt: Date } | null
  canBeUndone: boolean
  reason: string | null
  problem: Problem | null
  /** The explanation of the decision as the rules gave it, or null when none was reached. */
  why: Json
  customerGid: string | null
  attempts: number
  createdAt: Date
  finishedAt: Date | null
  rule: { id: string; name: string; version: number; isDeleted: boolean }
  event: {
    title: string
    source: 'flow' | 'system' | 'guide' | 'history'
    receivedAt: Date
    attempts: number
    /** When it is looked at next, while it waits. */
    dueAt: Date | null
    facts: EventFacts
  }
  steps: StepView[]
}

export interface StepView {
  id: string
  kind: string
  state: RunState
  note: string | null
  reason: string | null
  problem: Problem | null
  attempts: number
  finishedAt: Date | null
  /** What the customer had and has, once decided. */
  effect: { before: Json; after: Json } | null
}

const storedIntent = z.object({ before: z.json(), after: z.json() })

/** The run of this shop, or null. */
export async function readRun(shop: string, id: string): Promise<RunView | null> {
  if (!uuid.test(id)) return null
  const run = await prisma.run.findUnique({
    where: { id, shopId: shop },
    include: {
      rule: { select: { name: true, deletedAt: true } },
      event: true,
      steps: { orderBy: { position: 'asc' } },
      undoes: { select: { id: true, createdAt: true } },
      undo: { select: { id: true, state: true, createdAt: true } },
    },
  })
  if (!run) return null
  const canBeUndone = { id, shopId: shop, AND: [wroteSomething, notUndone] }
  const facts = openFacts(shop, run.event)
  return {
    id: run.id,
    state: run.state,
    shadow: run.shadow,
    undoes: run.undoes,
    undo: run.undo,
    canBeUndone: (await prisma.run.count({ where: canBeUndone })) > 0,
    reason: run.reason,
    problem: problemSchema.nullable().parse(run.problem),
    why: run.why === null ? null : z.json().parse(JSON.parse(open(shop, 'Run.why', run.why))),
    customerGid: run.customerGid,
    attempts: run.attempts,
    createdAt: run.createdAt,
    finishedAt: run.finishedAt,
    rule: {
      id: run.ruleId,
      name: run.rule.name,
      version: run.ruleVersion,
      isDeleted: run.rule.deletedAt !== null,
    },
    event: {
      title: titleOf(facts),
      source: run.event.source,
      receivedAt: run.event.receivedAt,
      attempts: run.event.attempts,
      dueAt: run.event.state === 'pending' ? run.event.availableAt : null,
      facts,
    },
    steps: run.steps.map((step) => ({
      id: step.id,
      kind: step.kind,
      state: step.state,
      note: step.note && open(shop, 'Step.note', step.note),
      reason: step.reason,
      problem: problemSchema.nullable().parse(step.problem),
      attempts: step.attempts,
      finishedAt: step.finishedAt,
      effect:
        step.intent === null
          ? null
          : storedIntent.parse(JSON.parse(open(shop, 'Step.intent', step.intent))),
    })),
  }
}
