/** From claimed events to cases: which rules each event meets, or which runs of it are still open. */
import { v7 as uuidv7 } from 'uuid'
import { z } from 'zod'
import { actionOf } from '../actions/index.ts'
import { prisma } from '../db/client.server.ts'
import { problemSchema } from '../problem.ts'
import { matches } from '../rules/decide.ts'
import type { EventFacts } from '../rules/facts.ts'
import { ruleSchema } from '../rules/rule.ts'
import type { Rule } from '../rules/rule.ts'
import { open } from '../secrets.server.ts'
import type { Case, CaseStep, KnownRule } from './cases.ts'
import type { Lease } from './lease.server.ts'
import { doneSteps, outOfTurn } from './undone.server.ts'
import type { DoneStep } from './undone.server.ts'

/** An event as claimed from the inbox. */
export interface Claimed {
  id: string
  facts: EventFacts
  receivedAt: Date
  /** Its runs exist already: continue these, start no new ones. */
  isMatched: boolean
  attempts: number
}

const storedIntent = z.object({ change: z.json(), before: z.json(), after: z.json() })

/**
 * Cases of the events, in the order of the events, and behind them those that take back. An event
 * that no rule meets has none.
 */
export async function gather(events: Claimed[], lease: Lease): Promise<Case[]> {
  const [rules, open] = await Promise.all([
    rulesInForce(lease.shop),
    openCases(
      events.filter(({ isMatched }) => isMatched),
      lease,
    ),
  ])
  const cases = events.flatMap((event) =>
    event.isMatched
      ? (open.get(event.id) ?? [])
      : rules
          .filter(({ document }) => matches(document, event.facts))
          .map((rule) => newCase(event, rule, lease)),
  )
  const undos = cases.filter(({ run }) => run.isUndo)
  // In the order in which they were asked for, whatever retries have made of it since.
  undos.sort((a, b) => (a.run.id < b.run.id ? -1 : 1))
  return [...cases.filter(({ run }) => !run.isUndo), ...undos]
}

function newCase(event: Claimed, rule: KnownRule, { shop, timeZone }: Lease): Case {
  return {
    run: {
      id: uuidv7(),
      shopId: shop,
      eventId: event.id,
      ruleId: rule.id,
      isUndo: false,
      operationId: null,
      ruleVersion: rule.version,
      shadow: rule.mode === 'shadow',
      state: 'waiting',
      reason: null,
      problem: null,
      customerGid: null,
      attempts: 1,
    },
    why: null,
    rule,
    facts: { event: event.facts, profile: null, shop: { timeZone } },
    receivedAt: event.receivedAt,
    dueSince: new Date(),
    steps: planSteps(rule.document).map(newStep),
    lookAgainAt: null,
  }
}

type WantedStep = Pick<CaseStep, 'settings' | 'undoes'> & { kind: string }

const planSteps = ({ actions }: Rule): WantedStep[] =>
  actions.map(({ kind, settings }) => ({ kind, settings, undoes: null }))

/** The last one first, so that each finds what it left. */
const undoSteps = ({ actions }: Rule, steps: DoneStep[]): WantedStep[] =>
  steps.map(({ kind, position, done }) => ({
    kind,
    settings: actions[position]?.settings ?? null,
    undoes: done,
  }))

function newStep({ kind, settings, undoes }: WantedStep, position: number): CaseStep {
  return {
    action: actionOf(kind),
    settings,
    undoes,
    intent: null,
    record: {
      id: uuidv7(),
      position,
      kind,
      undoesId: undoes?.stepId ?? null,
      state: 'waiting',
      note: null,
      reason: null,
      problem: null,
      attempts: 0,
    },
  }
}

async function rulesInForce(shop: string): Promise<KnownRule[]> {
  const rows = await prisma.rule.findMany({
    where: { shopId: shop, deletedAt: null, mode: { not: 'off' } },
    orderBy: { createdAt: 'asc' },
    select: { id: true, version: true, mode: true },
  })
  const documents = await documentsOf(
    shop,
    rows.map(({ id, version }) => ({ ruleId: id, version })),
  )
  return rows.flatMap(({ id, version, mode }) => {
    const document = documents.get(`${id}@${version}`)
    return document ? [{ id, version, mode, document }] : []
  })
}

/** So long until it is looked whether a run's turn has come. */
const turnPauseMs = 2_000

const waitsItsTurn = 'Waits until a later run of this customer is undone.'

async function openCases(events: Claimed[], lease: Lease): Promise<Map<string, Case[]>> {
  const cases = new Map<string, Case[]>()
  if (events.length === 0) return cases
  const byId = new Map(events.map((event) => [event.id, event]))
  const runs = await prisma.run.findMany({
    where: { shopId: lease.shop, eventId: { in: [...byId.keys()] }, state: 'waiting' },
    orderBy: { id: 'asc' },
    include: {
      steps: { orderBy: { position: 'asc' } },
      rule: { select: { mode: true, deletedAt: true } },
    },
  })
  const [documents, done, early] = await Promise.all([
    documentsOf(
      lease.shop,
      runs.map(({ ruleId, ruleVersion }) => ({ ruleId, version: ruleVersion })),
    ),
    doneSteps(
      lease.shop,
      runs.flatMap(({ undoesId }) => undoesId ?? []),
    ),
    outOfTurn(lease.shop, runs),
  ])
  for (const {
    steps,
    rule,
    why: _why,
    createdAt: _createdAt,
    dueSince,
    finishedAt: _finishedAt,
    undoesId,
    ...run
  } of runs) {
    const event = byId.get(run.eventId)
    const document = documents.get(`${run.ruleId}@${run.ruleVersion}`)
    if (!event || !document) continue
    const mode = rule.deletedAt ? 'off' : rule.mode
    const known: KnownRule = { id: run.ruleId, version: run.ruleVersion, mode, document }
    const wanted =
      undoesId === null ? planSteps(document) : undoSteps(document, done.get(undoesId) ?? [])
    const isEarly = early.has(run.id)
    const continued: Case = {
      ...newCase(event, known, lease),
      run: isEarly
        ? { ...run, problem: null, reason: waitsItsTurn }
        : { ...run, problem: null, attempts: run.attempts + 1 },
      dueSince,
      lookAgainAt: isEarly ? new Date(Date.now() + turnPauseMs) : null,
      steps: wanted.map((step, position) => {
        const fresh = newStep(step, position)
        const stored = steps.find((step) => step.position === position)
        if (!stored) return fresh
        const { id, state, note, reason, problem, attempts, intent } = stored
        return {
          ...fresh,
          record: {
            ...fresh.record,
            id,
            state,
            note: note && open(lease.shop, 'Step.note', note),
            reason,
            problem: problemSchema.nullable().parse(problem),
            attempts,
          },
          intent:
            intent === null
              ? null
              : storedIntent.parse(JSON.parse(open(lease.shop, 'Step.intent', intent))),
        }
      }),
    }
    cases.set(event.id, [...(cases.get(event.id) ?? []), continued])
  }
  return cases
}

// A version never changes, so what was read once stays true.
const parsedDocuments = new Map<string, Rule>()
const mostParsedDocuments = 5_000

async function documentsOf(
  shop: string,
  versions: { ruleId: string; version: number }[],
): Promise<Map<string, Rule>> {
  const missing = versions.filter(
    ({ ruleId, version }) => !parsedDocuments.has(`${ruleId}@${version}`),
  )
  if (missing.length > 0) {
    if (parsedDocuments.size + missing.length > mostParsedDocuments) parsedDocuments.clear()
    const rows = await prisma.ruleVersion.findMany({ where: { shopId: shop, OR: missing } })
    for (const { ruleId, version, document } of rows) {
      parsedDocuments.set(`${ruleId}@${version}`, ruleSchema.parse(document))
    }
  }
  return parsedDocuments
}
