/** Events that reach us twice, out of Klaviyo's history and by a flow's webhook: handled once. */
import { z } from 'zod'
import { isHandled } from '../activity/handled.server.ts'
import { openFacts } from '../activity/list.server.ts'
import { prisma } from '../db/client.server.ts'
import { personKeys } from '../secrets.server.ts'
import type { EventFacts } from '../rules/facts.ts'
import type { Case } from './cases.ts'
import type { InboundEvent } from './formats.ts'
import { isSameEvent, mostFlowDelayMs } from './same-event.ts'

const keysOf = (shop: string, { profileId, email, phone }: EventFacts) =>
  [profileId, email, phone].flatMap((id) => (id ? personKeys(shop, id) : []))

/**
 * Events of Klaviyo's history that lie in the inbox too, from a flow's webhook. `firstCameAt`: when
 * the first did that can be one of them.
 */
export async function cameByFlow(
  shop: string,
  events: InboundEvent[],
  firstCameAt: Date,
): Promise<Set<InboundEvent>> {
  const near = events.flatMap((event) =>
    firstCameAt.getTime() - event.facts.occurredAt.getTime() <= mostFlowDelayMs
      ? [{ event, keys: keysOf(shop, event.facts) }]
      : [],
  )
  if (near.length === 0) return new Set()
  const rows = await prisma.inboundEvent.findMany({
    where: {
      shopId: shop,
      source: 'flow',
      receivedAt: { gte: firstCameAt, lt: new Date(firstCameAt.getTime() + mostFlowDelayMs) },
      personKeys: { hasSome: near.flatMap(({ keys }) => keys) },
    },
    select: { facts: true, metricName: true, personKeys: true, receivedAt: true },
  })
  const flows = rows.map((row) => ({ ...row, facts: openFacts(shop, row) }))
  const known = near.filter(({ event, keys }) =>
    flows.some(
      (flow) => flow.personKeys.some((key) => keys.includes(key)) && isSameEvent(event, flow),
    ),
  )
  return new Set(known.map(({ event }) => event))
}

const handledRows = z.array(
  z.object({
    runId: z.string(),
    dedupeKey: z.string(),
    facts: z.string(),
    metricName: z.string().nullable(),
  }),
)

/**
 * Ids of the runs that would handle an event of a flow's webhook which their rule has handled out of
 * Klaviyo's history. Shops that run no rule over the past have none.
 */
export async function repeatedRuns(shop: string, cases: Case[]): Promise<Set<string>> {
  const fresh = cases.filter(
    ({ run, steps }) => !run.isUndo && steps.every(({ intent }) => intent === null),
  )
  if (fresh.length === 0) return new Set()
  const past = { shopId: shop, kind: 'past' as const }
  if (!(await prisma.operation.findFirst({ where: past, select: { id: true } }))) return new Set()
  const asked = fresh.map(({ run, facts }) => ({
    runId: run.id,
    eventId: run.eventId,
    ruleId: run.ruleId,
    keys: keysOf(shop, facts.event),
  }))
  const rows = handledRows.parse(
    await prisma.$queryRaw`
      select t."runId", e."dedupeKey", e."facts", e."metricName"
      from jsonb_to_recordset(${JSON.stringify(asked)}::jsonb) as t (
        "runId" uuid, "eventId" uuid, "ruleId" uuid, "keys" text[]
      )
      join "InboundEvent" f on f."id" = t."eventId" and f."shopId" = ${shop} and f."source" = 'flow'
      join "InboundEvent" e on e."personKeys" && t."keys" and e."shopId" = ${shop}
        and e."source" = 'history'
      join "Run" r on r."eventId" = e."id" and r."ruleId" = t."ruleId" and ${isHandled}`,
  )
  const byId = new Map(fresh.map((each) => [each.run.id, each]))
  return new Set(
    rows.flatMap(({ runId, dedupeKey, ...row }) => {
      const each = byId.get(runId)
      const flow = each && { facts: each.facts.event, receivedAt: each.receivedAt }
      return flow && isSameEvent({ dedupeKey, facts: openFacts(shop, row) }, flow) ? [runId] : []
    }),
  )
}
