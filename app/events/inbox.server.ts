/** The inbox: the table of inbound events. Append here, claim in the drain. */
import { setTimeout as sleep } from 'node:timers/promises'
import { v7 as uuidv7 } from 'uuid'
import { z } from 'zod'
import { prisma } from '../db/client.server.ts'
import type { Tx } from '../db/client.server.ts'
import { wake } from '../jobs/wake.server.ts'
import type { EventFacts } from '../rules/facts.ts'
import { personKeys, seal } from '../secrets.server.ts'
import type { KnownEndpoint } from './endpoints.server.ts'
import type { InboundEvent } from './formats.ts'

interface Row {
  id: string
  shopId: string
  endpointId: string | null
  source: InboundEvent['source']
  dedupeKey: string
  previousKey: string | null
  metricId: string | null
  metricName: string | null
  flowId: string | null
  campaignId: string | null
  personKeys: string[]
  facts: string
  occurredAt: Date
}

interface Waiting {
  rows: Row[]
  resolve: () => void
  reject: (reason: unknown) => void
}

/** Rows of one statement. */
const mostRows = 2_000

/** So long the first delivery of a commit waits for company: one commit costs what fifty cost. */
const gatherMs = 2

const waiting: Waiting[] = []
let isCommitting = false

/**
 * Stores the events of one delivery, all or none; resolves after the commit. Duplicates fall out
 * by key. Deliveries that arrive together, or while a commit is under way, share one commit.
 *
 * The shop's drain is woken after the commit, not inside it: a job that is queued already swallows
 * a second one, and the worker could take it before this transaction shows its rows. Should the
 * process die in between, the sweep wakes the drain.
 */
export async function append(endpoint: KnownEndpoint, events: InboundEvent[]): Promise<void> {
  const rows = events.map((event) => rowOf(endpoint, event))
  await new Promise<void>((resolve, reject) => {
    waiting.push({ rows, resolve, reject })
    void commitWaiting()
  })
  noteArrival(endpoint)
  wake(endpoint.shop)
}

async function commitWaiting(): Promise<void> {
  if (isCommitting) return
  isCommitting = true
  while (waiting.length > 0) {
    await sleep(gatherMs)
    await commit(takeTogether())
  }
  isCommitting = false
}

function takeTogether(): Waiting[] {
  let rows = 0
  const fits = waiting.findIndex((each, index) => {
    rows += each.rows.length
    return index > 0 && rows > mostRows
  })
  return waiting.splice(0, fits === -1 ? waiting.length : fits)
}

async function commit(together: Waiting[]): Promise<void> {
  try {
    await insert(together.flatMap(({ rows }) => rows))
    for (const { resolve } of together) resolve()
  } catch (error) {
    const [only, ...others] = together
    if (others.length === 0) return only?.reject(error)
    // One delivery that can't be stored must not take the others with it.
    for (const each of together) await commit([each])
  }
}

/** One statement is one transaction. */
async function insert(rows: Row[]): Promise<void> {
  await prisma.$executeRaw`
    insert into "InboundEvent" (
      "id", "shopId", "endpointId", "source", "dedupeKey", "metricId", "metricName", "flowId",
      "campaignId", "personKeys", "facts", "occurredAt"
    )
    select
      t."id", t."shopId", t."endpointId", t."source"::"EventSource", t."dedupeKey", t."metricId",
      t."metricName", t."flowId", t."campaignId", t."personKeys", t."facts", t."occurredAt"
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as t (
      "id" uuid, "shopId" text, "endpointId" text, "source" text, "dedupeKey" text,
      "previousKey" text, "metricId" text, "metricName" text, "flowId" text, "campaignId" text,
      "personKeys" text[], "facts" text, "occurredAt" timestamptz
    )
    where not exists (
      select from "InboundEvent" before
      where before."shopId" = t."shopId" and before."dedupeKey" = t."previousKey"
        and before."receivedAt" > now() - interval '24 hours'
    )
    on conflict ("shopId", "dedupeKey") do nothing`
}

const ids = z.array(z.object({ id: z.string() }))

/**
 * Stores events out of Klaviyo's history, each as if it had come when it occurred and no rule had
 * met it; those that came before stay as they are. Their ids, oldest first.
 */
export async function appendPast(tx: Tx, shop: string, events: InboundEvent[]): Promise<string[]> {
  const rows = events.map((event) => rowOf({ shop, id: null }, event))
  await tx.$executeRaw`
    insert into "InboundEvent" (
      "id", "shopId", "source", "dedupeKey", "metricId", "metricName", "flowId", "campaignId",
      "personKeys", "facts", "occurredAt", "receivedAt", "state", "matchedAt"
    )
    select
      t."id", t."shopId", t."source"::"EventSource", t."dedupeKey", t."metricId", t."metricName",
      t."flowId", t."campaignId", t."personKeys", t."facts", t."occurredAt", t."occurredAt",
      'done', now()
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as t (
      "id" uuid, "shopId" text, "source" text, "dedupeKey" text, "metricId" text,
      "metricName" text, "flowId" text, "campaignId" text, "personKeys" text[], "facts" text,
      "occurredAt" timestamptz
    )
    on conflict ("shopId", "dedupeKey") do nothing`
  const stored = await tx.$queryRaw`
    select "id" from "InboundEvent"
    where "shopId" = ${shop} and "dedupeKey" = any(${rows.map(({ dedupeKey }) => dedupeKey)}::text[])
    order by "occurredAt", "id"`
  return ids.parse(stored).map(({ id }) => id)
}

function rowOf(
  endpoint: { shop: string; id: string | null },
  { source, dedupeKey, previousKey, facts }: InboundEvent,
): Row {
  const { shop } = endpoint
  return {
    id: uuidv7(),
    shopId: shop,
    endpointId: endpoint.id,
    source,
    dedupeKey,
    previousKey,
    metricId: facts.metricId,
    metricName: facts.metricName,
    flowId: facts.flowId,
    campaignId: facts.campaignId,
    personKeys: personKeysOf(shop, facts),
    facts: seal(shop, 'InboundEvent.facts', JSON.stringify(facts)),
    occurredAt: facts.occurredAt,
  }
}

/** Hashes under which a person's events are found again, written with the first key. */
export function personKeysOf(
  shop: string,
  facts: Pick<EventFacts, 'profileId' | 'email' | 'phone'>,
): string[] {
  return [facts.profileId, facts.email, facts.phone].flatMap((identifier) =>
    identifier ? personKeys(shop, identifier).slice(0, 1) : [],
  )
}

const arrivalNotedEveryMs = 5_000
const arrivalNotedAt = new Map<string, number>()

/** "Last event came …": good to a few seconds, so that a burst doesn't fight over one row. */
function noteArrival(endpoint: KnownEndpoint): void {
  const now = Date.now()
  if (now - (arrivalNotedAt.get(endpoint.id) ?? 0) < arrivalNotedEveryMs) return
  arrivalNotedAt.set(endpoint.id, now)
  prisma.endpoint
    .updateMany({
      where: { id: endpoint.id, shopId: endpoint.shop },
      data: { lastEventAt: new Date(now) },
    })
    .catch(() => arrivalNotedAt.delete(endpoint.id))
}
