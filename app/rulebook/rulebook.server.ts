/** The rules of a shop: list, read, save, switch, delete. */
import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'
import { figuresSince } from '../activity/figures.server.ts'
import { timeZoneOf } from '../activity/store.server.ts'
import { checkRule } from '../actions/check-rule.ts'
import { actionOf } from '../actions/index.ts'
import { prisma } from '../db/client.server.ts'
import type { FieldProblem } from '../problem.ts'
import { describeRule, ruleSchema } from '../rules/rule.ts'
import type { Rule } from '../rules/rule.ts'
import { cleanJson } from '../text.ts'
import { checkWithStore } from './store-check.server.ts'

export const ruleModes = ['off', 'shadow', 'on'] as const

export type RuleMode = (typeof ruleModes)[number]

const mode = z.enum(ruleModes)

export const chooseMode = 'Choose off, shadow or on.'

const mostRules = 200

export interface RuleRow {
  id: string
  name: string
  mode: RuleMode
  /** Trigger, conditions and actions in words. */
  when: string
  then: string
  lastRunAt: Date | null
  /** Runs of the last days, the same that the home screen counts. */
  counts: { done: number; shadow: number; skipped: number; failed: number }
}

const ruleRows = z.array(
  z.object({ id: z.uuid(), mode, document: ruleSchema, lastRunAt: z.date().nullable() }),
)

const countRows = z.array(
  z.object({
    ruleId: z.uuid(),
    state: z.enum(['done', 'skipped', 'failed', 'waiting']),
    shadow: z.boolean(),
    count: z.number(),
  }),
)

/** All rules of the shop, the newest first. */
export async function listRules(shop: string, now: Date): Promise<RuleRow[]> {
  const since = figuresSince(await timeZoneOf(shop), now).at
  const [rules, runs] = await Promise.all([
    // The last run through the index: a look-up a rule, however many runs there are.
    prisma.$queryRaw`
      select r."id", r."mode"::text as "mode", v."document", last."createdAt" as "lastRunAt"
      from "Rule" r
      join "RuleVersion" v on v."ruleId" = r."id" and v."version" = r."version"
      left join lateral (
        select "createdAt" from "Run"
        where "shopId" = r."shopId" and "ruleId" = r."id" and not "isUndo"
        order by "id" desc limit 1
      ) last on true
      where r."shopId" = ${shop} and r."deletedAt" is null
      order by r."createdAt" desc`,
    prisma.$queryRaw`
      select "ruleId", "state"::text as "state", "shadow", count(*)::int as "count"
      from "Run" where "shopId" = ${shop} and "createdAt" >= ${since} and not "isUndo"
      group by 1, 2, 3`,
  ])
  const countsOf = Map.groupBy(countRows.parse(runs), ({ ruleId }) => ruleId)
  return ruleRows.parse(rules).map(({ id, mode, document, lastRunAt }) => {
    const counts = { done: 0, shadow: 0, skipped: 0, failed: 0 }
    for (const { state, shadow, count } of countsOf.get(id) ?? []) {
      if (state === 'done') counts[shadow ? 'shadow' : 'done'] += count
      else if (state !== 'waiting') counts[state] += count
    }
    return {
      id,
      name: document.name,
      mode,
      when: describeRule(document),
      then: describeActions(document),
      lastRunAt,
      counts,
    }
  })
}

/** "Add vip; remove cold". */
function describeActions({ actions }: Rule): string {
  return actions.map(({ kind, settings }) => actionOf(kind)?.describe(settings) ?? kind).join('; ')
}

/** Names of the shop's rules, deleted ones too: runs of theirs are still shown. */
export function ruleNames(shop: string): Promise<{ id: string; name: string }[]> {
  return prisma.rule.findMany({
    where: { shopId: shop },
    orderBy: [{ deletedAt: { sort: 'desc', nulls: 'first' } }, { name: 'asc' }],
    take: mostRules * 2,
    select: { id: true, name: true },
  })
}

export interface StoredRule {
  id: string
  version: number
  mode: RuleMode
  document: Rule
}

/** The rule's version in force, or null when this shop has no such rule. */
export async function readRule(shop: string, id: string): Promise<StoredRule | null> {
  if (!z.uuid().safeParse(id).success) return null
  const rule = await prisma.rule.findUnique({
    where: { id, shopId: shop, deletedAt: null },
    select: { version: true, mode: true },
  })
  if (!rule) return null
  const version = await prisma.ruleVersion.findUniqueOrThrow({
    where: { ruleId_version: { ruleId: id, version: rule.version }, shopId: shop },
    select: { document: true },
  })
  return { id, ...rule, document: ruleSchema.parse(version.document) }
}

export interface RuleDraft {
  /** The document as JSON text. */
  document: string
  mode: string
  /** The version the merchant started from; null for a new rule. */
  version: number | null
}

/** A document as the JSON column takes it. */
const stored = z.record(z.string(), z.json())

export type Saved = { ok: true; id: string } | { ok: false; problems: FieldProblem[] }

/** Saves a new rule, or a known one as its next version when the document changed. */
export async function saveRule(shop: string, id: string | null, draft: RuleDraft): Promise<Saved> {
  const checked = checkDocument(draft.document)
  const chosen = mode.safeParse(draft.mode)
  if (!checked.ok) return checked
  if (!chosen.success) return refuse('mode', chooseMode)
  const { rule: document } = checked
  const problems = await checkWithStore(shop, document)
  if (problems.length > 0) return { ok: false, problems }
  const head = { name: document.name, mode: chosen.data }
  if (id === null) return createRule(shop, head, document)

  const known = await readRule(shop, id)
  if (!known) return refuse('rule', 'This rule was deleted meanwhile.')
  if (draft.version !== null && draft.version !== known.version) return changedMeanwhile
  if (isDeepStrictEqual(known.document, document)) {
    await prisma.rule.update({ where: { id, shopId: shop }, data: head })
    return { ok: true, id }
  }
  return prisma.$transaction(async (tx) => {
    const version = known.version + 1
    const { count } = await tx.rule.updateMany({
      where: { id, shopId: shop, deletedAt: null, version: known.version },
      data: { ...head, version },
    })
    if (count === 0) return changedMeanwhile
    await tx.ruleVersion.create({
      data: { ruleId: id, version, shopId: shop, document: stored.parse(document) },
    })
    return { ok: true, id } as const
  })
}

const refuse = (field: string, message: string): Saved => ({
  ok: false,
  problems: [{ field, message }],
})

const changedMeanwhile = refuse(
  'rule',
  'This rule was changed in another window. Reload the page to see the change, then make yours again.',
)

async function createRule(
  shop: string,
  head: { name: string; mode: RuleMode },
  document: Rule,
): Promise<Saved> {
  const count = await prisma.rule.count({ where: { shopId: shop, deletedAt: null } })
  if (count >= mostRules) {
    return refuse('rule', `A store has at most ${mostRules} rules. Delete one that is off.`)
  }
  const { id } = await prisma.rule.create({
    data: {
      shopId: shop,
      ...head,
      versions: { create: { version: 1, shopId: shop, document: stored.parse(document) } },
    },
    select: { id: true },
  })
  return { ok: true, id }
}

/** A document as JSON text, checked as it is before it is saved. */
export function checkDocument(text: string): ReturnType<typeof checkRule> {
  try {
    return checkRule(cleanJson(z.json().parse(JSON.parse(text))))
  } catch (error) {
    return { ok: false, problems: [{ field: 'rule', message: unreadable(error) }] }
  }
}

function unreadable(error: unknown): string {
  if (error instanceof RangeError) return 'The rule is nested too deep.'
  if (error instanceof SyntaxError || error instanceof z.ZodError)
    return 'The rule is not valid JSON.'
  throw error
}

/** Switches rules of this shop. Returns how many; null when it is no mode. */
export async function setMode(shop: string, ids: string[], wanted: string): Promise<number | null> {
  const chosen = mode.safeParse(wanted)
  if (!chosen.success) return null
  const { count } = await prisma.rule.updateMany({
    where: { id: { in: uuids(ids) }, shopId: shop, deletedAt: null },
    data: { mode: chosen.data },
  })
  return count
}

/** Puts rules away for good. Their runs stay as long as events are kept. Returns how many. */
export async function deleteRules(shop: string, ids: string[]): Promise<number> {
  const { count } = await prisma.rule.updateMany({
    where: { id: { in: uuids(ids) }, shopId: shop, deletedAt: null },
    data: { deletedAt: new Date(), mode: 'off' },
  })
  return count
}

const uuids = (ids: string[]) => ids.filter((id) => z.uuid().safeParse(id).success)
