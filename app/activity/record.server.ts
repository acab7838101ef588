/** Writes runs and steps: sets of rows, one statement each. */
import type { Json } from '../rules/facts.ts'
import type { Problem } from '../problem.ts'
import type { Tx } from '../db/client.server.ts'

export type RunState = 'waiting' | 'done' | 'skipped' | 'failed'

export interface StepRecord {
  id: string
  position: number
  kind: string
  /** Of a run that takes back: the step whose effect it is about. */
  undoesId: string | null
  state: RunState
  /** Sealed words of what was decided. */
  note: string | null
  reason: string | null
  problem: Problem | null
  /** Sealed {change, before, after}, once decided. */
  intent: string | null
  attempts: number
}

/** What an intent's envelope holds. */
export interface StepIntent {
  change: Json
  before: Json
  after: Json
}

export interface RunRecord {
  id: string
  shopId: string
  eventId: string
  ruleId: string
  /** Takes back what the run of the same event and rule did. */
  isUndo: boolean
  /** The operation that asked for it, or null. */
  operationId: string | null
  ruleVersion: number
  shadow: boolean
  state: RunState
  reason: string | null
  problem: Problem | null
  /** Sealed explanation of the decision; null = none was made this time, the one before stands. */
  why: string | null
  customerGid: string | null
  attempts: number
  steps: StepRecord[]
}

/** Stores the runs and their steps as they are now, whether they are new or known. */
export async function recordRuns(tx: Tx, runs: RunRecord[]): Promise<void> {
  if (runs.length === 0) return
  const rows = runs.map(({ steps: _steps, ...run }) => run)
  await tx.$executeRaw`
    insert into "Run" (
      "id", "shopId", "eventId", "ruleId", "isUndo", "operationId", "ruleVersion", "shadow",
      "state", "reason", "problem", "why", "customerGid", "attempts", "finishedAt"
    )
    select
      t."id", t."shopId", t."eventId", t."ruleId", t."isUndo", t."operationId", t."ruleVersion",
      t."shadow",
      t."state"::"RunState", t."reason", nullif(t."problem", 'null'::jsonb), t."why",
      t."customerGid", t."attempts", case when t."state" <> 'waiting' then now() end
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as t (
      "id" uuid, "shopId" text, "eventId" uuid, "ruleId" uuid, "isUndo" boolean,
      "operationId" uuid, "ruleVersion" int, "shadow" boolean, "state" text, "reason" text, "problem" jsonb, "why" text, "customerGid" text, "attempts" int
    )
    on conflict ("id") do update set
      "state" = excluded."state", "reason" = excluded."reason", "problem" = excluded."problem",
      "why" = coalesce(excluded."why", "Run"."why"), "customerGid" = excluded."customerGid",
      "attempts" = excluded."attempts", "finishedAt" = excluded."finishedAt"`

  const steps = runs.flatMap((run) =>
    run.steps.map((step) => ({ ...step, runId: run.id, shopId: run.shopId })),
  )
  if (steps.length === 0) return
  await tx.$executeRaw`
    insert into "Step" (
      "id", "runId", "shopId", "position", "kind", "undoesId", "state", "note", "reason", "problem",
      "intent", "attempts", "finishedAt"
    )
    select
      t."id", t."runId", t."shopId", t."position", t."kind", t."undoesId", t."state"::"RunState",
      t."note", t."reason", nullif(t."problem", 'null'::jsonb), t."intent", t."attempts",
      case when t."state" <> 'waiting' then now() end
    from jsonb_to_recordset(${JSON.stringify(steps)}::jsonb) as t (
      "id" uuid, "runId" uuid, "shopId" text, "position" int, "kind" text, "undoesId" uuid,
      "state" text, "note" text, "reason" text, "problem" jsonb, "intent" text, "attempts" int
    )
    on conflict ("id") do update set
      "state" = excluded."state", "note" = excluded."note", "reason" = excluded."reason",
      "problem" = excluded."problem", "intent" = excluded."intent",
      "attempts" = excluded."attempts", "finishedAt" = excluded."finishedAt"`
}
