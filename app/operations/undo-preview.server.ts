/** What an undo would take back, told before it starts, and its start. */
import { v7 as uuidv7 } from 'uuid'
import { z } from 'zod'
import { actionOf, actions } from '../actions/index.ts'
import type { AnyAction, LostSteps } from '../actions/action.ts'
import { describeTime, filterOf, searchOf } from '../activity/filter.ts'
import type { RunFilter } from '../activity/filter.ts'
import { didSomething } from '../activity/undoable.ts'
import { prisma } from '../db/client.server.ts'
import type { Prisma } from '../db/generated/client.ts'
import { startOperation } from './operations.server.ts'
import { runsIn } from './undo-scope.server.ts'
import type { UndoScope } from './undo-scope.server.ts'

/** What the merchant asks to be undone: one run, or what the activity shows under an address. */
export const undoWish = z.union([
  z.object({ runId: z.uuid() }),
  z.object({ search: z.string().max(20_000), runId: z.undefined().optional() }),
])
export type UndoWish = { runId: string } | { search: string }

export interface UndoPreview {
  /** "Runs of Win-back, since 2026-11-01". */
  title: string
  /** Runs that would be undone. */
  runs: number
  /** Runs that were undone before. */
  undoneBefore: number
  /** What these runs did, by action. Whether it is still so, undoing itself looks. */
  effects: UndoEffect[]
}

export interface UndoEffect {
  /** The action's: "Add tags". */
  title: string
  /** Steps that can be taken back. */
  count: number
  /** Those that can't. */
  lost: LostSteps[]
}

/** From our own tables alone. */
export async function previewUndo(shop: string, wish: UndoWish): Promise<UndoPreview> {
  const { all, undoable } = await runsIn(shop, scopeOf(wish))
  const steps: Prisma.StepWhereInput = { shopId: shop, ...didSomething, run: undoable }
  const [title, total, runs, kinds] = await Promise.all([
    titleOf(shop, wish),
    prisma.run.count({ where: all }),
    prisma.run.count({ where: undoable }),
    prisma.step.groupBy({ by: ['kind'], where: steps, _count: { _all: true } }),
  ])
  const effects = kinds.map(async ({ kind, _count: { _all: count } }) => {
    const action = actionOf(kind)
    const lost = await lostOf(shop, action, { ...steps, kind }, count)
    const left = lost.reduce((rest, each) => rest - each.count, count)
    return { title: action?.title ?? kind, count: left, lost }
  })
  const order = actions.map(({ title }) => title)
  return {
    title,
    runs,
    undoneBefore: total - runs,
    effects: (await Promise.all(effects)).sort(
      (a, b) => order.indexOf(a.title) - order.indexOf(b.title),
    ),
  }
}

/** Steps that an action is asked about at once. */
const stepsPerPage = 5_000

async function lostOf(
  shop: string,
  action: AnyAction | null,
  where: Prisma.StepWhereInput,
  count: number,
): Promise<LostSteps[]> {
  if (!action) return [{ reason: 'This version of the app has no such action.', count }]
  if (action.irrevocable !== null) return [{ reason: action.irrevocable, count }]
  if (!action.lost) return []
  const counts = new Map<string, number>()
  for (let after: string | null = null; ;) {
    const page: { id: string }[] = await prisma.step.findMany({
      where: { AND: [where, ...(after === null ? [] : [{ id: { gt: after } }])] },
      orderBy: { id: 'asc' },
      take: stepsPerPage,
      select: { id: true },
    })
    const ids = page.map(({ id }) => id)
    for (const { reason, count: lost } of await action.lost(ids, shop)) {
      counts.set(reason, (counts.get(reason) ?? 0) + lost)
    }
    after = ids.at(-1) ?? null
    if (ids.length < stepsPerPage) break
  }
  return [...counts].flatMap(([reason, lost]) => (lost > 0 ? [{ reason, count: lost }] : []))
}

/** Starts undoing all that the preview counts; how many runs that are. */
export async function startUndo(shop: string, wish: UndoWish): Promise<number> {
  const scope = scopeOf(wish)
  const { undoable } = await runsIn(shop, scope)
  const expected = await prisma.run.count({ where: undoable })
  if (expected === 0) return 0
  const title = await titleOf(shop, wish)
  await startOperation(shop, { kind: 'undo', scope, title, expected, certainty: 'exact' })
  return expected
}

const scopeOf = (wish: UndoWish): UndoScope =>
  'runId' in wish
    ? wish
    : { search: searchOf(filterOf(new URLSearchParams(wish.search))), until: uuidv7() }

async function titleOf(shop: string, wish: UndoWish): Promise<string> {
  if ('runId' in wish) {
    const run = await prisma.run.findUnique({
      where: { id: wish.runId, shopId: shop },
      select: { rule: { select: { name: true } } },
    })
    return `One run of ${run?.rule.name ?? 'a rule'}`
  }
  const filter = filterOf(new URLSearchParams(wish.search))
  const rule =
    filter.ruleId === null
      ? null
      : await prisma.rule.findUnique({
          where: { id: filter.ruleId, shopId: shop },
          select: { name: true },
        })
  return describeScope(filter, rule?.name ?? null)
}

/** "Runs of Win-back for one customer, 2026-11-01 to 2026-11-07". Never who that customer is. */
export function describeScope(filter: RunFilter, ruleName: string | null): string {
  const { operationId, customer, problem, outcome } = filter
  const which = [
    ruleName === null ? 'All runs' : `Runs of ${ruleName}`,
    ...(operationId === null ? [] : ['from one operation']),
    ...(customer === null ? [] : ['for one customer']),
    ...(problem === null ? [] : ['with one problem']),
  ].join(' ')
  return [which, describeTime(filter), outcome].filter((part) => part !== null).join(', ')
}
