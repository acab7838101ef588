/**
 * Runs, newest first. Paged by run id, never by offset or count, so that page one and page one
 * thousand of a million runs take the same time.
 */
import { prisma } from '../db/client.server.ts'
import type { Prisma } from '../db/generated/client.ts'
import { storedFacts } from '../events/formats.ts'
import { problemSchema } from '../problem.ts'
import type { EventFacts } from '../rules/facts.ts'
import { open } from '../secrets.server.ts'
import { uuid, whomIn } from './filter.ts'
import type { RunFilter } from './filter.ts'
import { rangeOf } from './range.server.ts'
import type { RunState } from './record.server.ts'

const pageSize = 50

/** Events of one person that a filter looks at, newest first. */
const mostEventsOfPerson = 2_000

export interface RunRow {
  id: string
  createdAt: Date
  ruleId: string
  ruleName: string
  state: RunState
  shadow: boolean
  isUndo: boolean
  /** What came from Klaviyo: the metric, the flow or the campaign. */
  event: string
  /** Whom it was about, as the event says. */
  person: string | null
  customerGid: string | null
  /** What was done, or why nothing was. */
  note: string
}

export interface RunPage {
  rows: RunRow[]
  /** Cursors of the pages beside this one. */
  newer: string | null
  older: string | null
}

/** Where the page begins: runs older or newer than a run. */
export type Cursor = { before: string } | { after: string } | null

export function cursorOf(parameters: URLSearchParams): Cursor {
  const before = parameters.get('before')
  const after = parameters.get('after')
  if (before && uuid.test(before)) return { before }
  if (after && uuid.test(after)) return { after }
  return null
}

export async function listRuns(shop: string, filter: RunFilter, cursor: Cursor): Promise<RunPage> {
  const isBackwards = cursor !== null && 'after' in cursor
  const beyond = cursor && ('before' in cursor ? { lt: cursor.before } : { gt: cursor.after })
  const runs = await prisma.run.findMany({
    where: {
      AND: [await runsWhere(shop, filter), beyond ? { id: beyond } : {}],
    },
    orderBy: { id: isBackwards ? 'asc' : 'desc' },
    take: pageSize + 1,
    include: {
      rule: { select: { name: true } },
      event: { select: { facts: true, metricName: true } },
      steps: { orderBy: { position: 'asc' }, select: { note: true } },
    },
  })
  const isMore = runs.length > pageSize
  const page = runs.slice(0, pageSize)
  if (isBackwards) page.reverse()
  const [first, last] = [page[0]?.id ?? null, page.at(-1)?.id ?? null]
  return {
    rows: page.map(({ rule, event, steps, problem, reason, ...run }) => {
      const facts = openFacts(shop, event)
      const notes = steps
        .flatMap(({ note }) => (note ? [open(shop, 'Step.note', note)] : []))
        .join('; ')
      const trouble = problemSchema.nullable().parse(problem)?.what
      return {
        id: run.id,
        createdAt: run.createdAt,
        ruleId: run.ruleId,
        ruleName: rule.name,
        state: run.state,
        shadow: run.shadow,
        isUndo: run.isUndo,
        event: titleOf(facts),
        person: facts.email ?? facts.phone ?? facts.profileId,
        customerGid: run.customerGid,
        note: (run.state === 'done' ? notes : (trouble ?? reason ?? notes)) || '',
      }
    }),
    newer: (isBackwards ? isMore : cursor !== null) ? first : null,
    older: isBackwards || isMore ? last : null,
  }
}

/** The filter as a condition on runs of this shop. */
export async function runsWhere(shop: string, filter: RunFilter): Promise<Prisma.RunWhereInput> {
  const where: Prisma.RunWhereInput = { shopId: shop }
  if (filter.ruleId) where.ruleId = filter.ruleId
  if (filter.operationId) where.operationId = filter.operationId
  if (filter.outcome === 'shadow') where.shadow = true
  else if (filter.outcome) where.state = filter.outcome
  if (filter.outcome === 'done') where.shadow = false
  if (filter.problem) where.problem = { path: ['code'], equals: filter.problem }
  if (filter.what) where.AND = { problem: { path: ['what'], equals: filter.what } }
  if (filter.from || filter.to) {
    const { first, end } = await rangeOf(shop, filter)
    where.id = { gte: first, lt: end }
  }
  if (filter.customer) {
    const whom = whomIn(filter.customer)
    if ('customerGid' in whom) where.customerGid = whom.customerGid
    else where.eventId = { in: await eventsOfPerson(shop, whom.keys) }
  }
  return where
}

async function eventsOfPerson(shop: string, keys: string[]): Promise<string[]> {
  const events = await prisma.inboundEvent.findMany({
    where: { shopId: shop, personKeys: { hasSome: keys } },
    orderBy: { receivedAt: 'desc' },
    take: mostEventsOfPerson,
    select: { id: true },
  })
  return events.map(({ id }) => id)
}

/** With the metric's name as Klaviyo has it: some webhooks only hint at it. */
export function openFacts(
  shop: string,
  { facts, metricName }: { facts: string; metricName: string | null },
): EventFacts {
  const opened = storedFacts.parse(JSON.parse(open(shop, 'InboundEvent.facts', facts)))
  return { ...opened, metricName: metricName ?? opened.metricName }
}

/** What came, in a few words. */
export function titleOf(facts: EventFacts): string {
  const about = facts.flowName ?? facts.campaignName
  const what = facts.metricName ?? facts.metricId ?? (facts.flowId ? 'Flow webhook' : 'Event')
  return about ? `${what} · ${about}` : what
}
