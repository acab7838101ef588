/**
 * The three bodies in which a Klaviyo event reaches us, each with one parser, all ending in
 * `InboundEvent[]`. Pure: what varies (time of receipt, headers) comes in as an argument.
 */
import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { FieldProblem } from '../problem.ts'
import type { EventFacts, Json } from '../rules/facts.ts'
import { cleanRecord, cleanText, cut } from '../text.ts'

export type Source = 'flow' | 'system' | 'guide' | 'history'

/** One Klaviyo event, whatever format it came in. */
export interface InboundEvent {
  source: Source
  /** Same key within a shop = same event. */
  dedupeKey: string
  /** Set where the key only holds for a while: the key that the day before would have given. */
  previousKey: string | null
  facts: EventFacts
}

export type Parsed = { ok: true; events: InboundEvent[] } | { ok: false; problems: FieldProblem[] }

/** Klaviyo sends at most 1,000 events a POST. */
const maxEvents = 1_000

/** A property nested deeper than this is no property that a rule could use. */
const maxDepth = 20

/** Klaviyo retries a webhook for 24 h, and disables one that fails for 48 h. */
const staleAfterMs = 72 * 3_600_000

const dayMs = 24 * 3_600_000

const json: z.ZodType<Json> = z.json()

const mostCharacters = 500

// Templates render what is missing as an empty string.
const text = z
  .union([z.string(), z.number(), z.boolean()])
  .nullish()
  .transform((value) =>
    value === null || value === undefined
      ? null
      : cut(cleanText(String(value)).trim(), mostCharacters) || null,
  )

/** Whatever way a time is written, it isn't longer. */
const longestTime = 64

/** Numbers above count milliseconds, as they do in JavaScript: as seconds this is the year 5138. */
const mostSeconds = 1e11

const isInRange = (date: Date) => date.getTime() >= 0 && date.getTime() < Date.UTC(10_000, 0)

const time = z
  .union([z.string(), z.number()])
  .nullish()
  .transform((value, ctx) => {
    if (value === null || value === undefined || value === '') return null
    const date = dateOf(value)
    if (date && isInRange(date)) return date
    const wrong = date ? 'is a time before 1970 or after 9999' : 'is not a time'
    ctx.addIssue(`${wrong}; use ISO 8601, such as 2026-03-14T09:30:00Z, or seconds since 1970`)
    return z.NEVER
  })

function dateOf(value: string | number): Date | null {
  if (typeof value === 'string' && value.length > longestTime) return null
  // Klaviyo counts `timestamp` in seconds.
  const isNumber = typeof value === 'number' || /^\d{9,15}(\.\d+)?$/.test(value)
  const number = Number(value)
  const date = new Date(isNumber ? (number < mostSeconds ? number * 1_000 : number) : value)
  return Number.isNaN(date.getTime()) ? null : date
}

const properties = z
  .record(z.string(), json)
  .nullish()
  .transform((value) => cleanRecord(value ?? {}))

const flowBody = z
  .object({
    metric: text,
    metric_id: text,
    flow_id: text,
    flow_name: text,
    campaign_id: text,
    campaign_name: text,
    event_id: text,
    step: text,
    profile_id: text,
    email: text,
    phone: text,
    branch_outcome: text,
    occurred_at: time,
    properties,
  })
  .catchall(json)

/**
 * The body of a flow's webhook action: JSON that the merchant wrote as a template. Known keys name
 * the event, `properties` and every other key become event properties.
 *
 * The action carries no delivery id, so the key is made of what tells one event from another: flow,
 * metric, profile, outcome, step and Klaviyo's event id. Without an event id (flows that no metric
 * triggers have none) the whole body stands in for it, and since the same profile may well pass the
 * same flow with the same body again some day, such a key holds for a day: longer than Klaviyo
 * retries a delivery.
 */
export function parseFlow(
  body: unknown,
  delivery: { flowId: string | null; receivedAt: Date },
): Parsed {
  const parsed = flowBody.safeParse(body)
  if (!parsed.success) return refuse(parsed.error)
  const { occurred_at, properties: named, ...rest } = parsed.data
  const known = new Set(Object.keys(flowBody.shape))
  const extra = cleanRecord(
    Object.fromEntries(Object.entries(rest).filter(([key]) => !known.has(key))),
  )
  const all: Record<string, Json> = { ...extra, ...named }
  if (rest.branch_outcome !== null) all['branch_outcome'] = rest.branch_outcome
  if (rest.event_id !== null) all['$event_id'] = rest.event_id
  const tooDeep = depthProblem(all, 'properties')
  if (tooDeep) return { ok: false, problems: [tooDeep] }

  const flowId = delivery.flowId ?? rest.flow_id
  const facts: EventFacts = {
    ...mentioned(all),
    ...present({
      metricId: rest.metric_id,
      metricName: rest.metric,
      flowId,
      flowName: rest.flow_name,
      campaignId: rest.campaign_id,
      campaignName: rest.campaign_name,
    }),
    profileId: rest.profile_id,
    email: rest.email,
    phone: rest.phone,
    occurredAt: occurred_at ?? delivery.receivedAt,
    properties: all,
  }
  const who = rest.profile_id ?? rest.email?.toLowerCase() ?? rest.phone
  const parts = [flowId, rest.metric_id ?? rest.metric, who, rest.branch_outcome, rest.step]
  if (rest.event_id) {
    return one({
      source: 'flow',
      dedupeKey: keyOf('flow', [...parts, rest.event_id]),
      previousKey: null,
      facts,
    })
  }
  const day = Math.floor(delivery.receivedAt.getTime() / dayMs)
  const keyOn = (onDay: number) => keyOf('flow', [...parts, body, onDay])
  return one({ source: 'flow', dedupeKey: keyOn(day), previousKey: keyOn(day - 1), facts })
}

const identifier = z.object({ data: z.object({ id: text }).nullish() }).nullish()

const systemEvent = z.object({
  topic: text,
  external_id: text,
  payload: z.object({
    data: z.object({
      type: z.literal('event', 'must be "event"'),
      id: text,
      attributes: z
        .object({ timestamp: time, datetime: time, event_properties: properties, uuid: text })
        .prefault({}),
      relationships: z.object({ metric: identifier, profile: identifier }).nullish(),
    }),
  }),
})

const systemBody = z.object({
  meta: z.object({ timestamp: time }),
  data: z
    .array(systemEvent)
    .min(1, 'holds no event')
    .max(maxEvents, `holds more than ${maxEvents} events; send them in several requests`),
})

/**
 * Klaviyo's system webhook: a batch of events that carry profile and metric as ids only. Taken
 * whole or not at all. Freshness is judged by `meta.timestamp`; the signature header's clock was
 * seen hours off.
 */
export function parseSystem(body: unknown, delivery: { receivedAt: Date }): Parsed {
  const parsed = systemBody.safeParse(body)
  if (!parsed.success) return refuse(parsed.error)
  const { meta, data } = parsed.data
  const sentAt = meta.timestamp
  if (sentAt && delivery.receivedAt.getTime() - sentAt.getTime() > staleAfterMs) {
    const message = 'is more than three days old: the delivery looks like a replay and is not taken'
    return { ok: false, problems: [{ field: 'meta.timestamp', message }] }
  }
  return each(data, 'data', ({ topic, external_id, payload: { data: event } }) => {
    const { event_properties: all, timestamp, datetime, uuid } = event.attributes
    const id = external_id ?? event.id ?? uuid
    return {
      id,
      facts: {
        ...mentioned(all),
        ...present({
          metricId: event.relationships?.metric?.data?.id ?? null,
          metricName: metricOfTopic(topic),
        }),
        profileId: event.relationships?.profile?.data?.id ?? null,
        occurredAt: datetime ?? timestamp ?? sentAt ?? delivery.receivedAt,
        properties: all,
      },
      source: 'system',
    }
  })
}

const guideEvent = z.object({
  type: z.literal('event', 'must be "event"'),
  id: text,
  attributes: z.object({
    metric_id: text,
    metric_name: text,
    profile_id: text,
    email: text,
    phone: text,
    datetime: time,
    event_properties: properties,
  }),
})

const guideBody = z.object({
  data: z.union([
    guideEvent.transform((event) => [event]),
    z
      .array(guideEvent)
      .min(1, 'holds no event')
      .max(maxEvents, `holds more than ${maxEvents} events`),
  ]),
})

// Together the week for which every store keeps its events at least, so that one which is forgotten
// can't come again.
const oldestGuideMs = 6 * dayMs
const mostAheadMs = dayMs

/**
 * The format of the integration guide: what Make and custom code post. Its signature holds no time,
 * so the event's own stands in for it: a body that was captured is of no use later.
 */
export function parseGuide(body: unknown, delivery: { receivedAt: Date }): Parsed {
  const parsed = guideBody.safeParse(body)
  if (!parsed.success) return refuse(parsed.error)
  const untimely = parsed.data.data.flatMap(({ attributes: { datetime } }, index) => {
    const ageMs = datetime ? delivery.receivedAt.getTime() - datetime.getTime() : 0
    if (ageMs <= oldestGuideMs && ageMs >= -mostAheadMs) return []
    const message =
      ageMs > 0
        ? 'is more than six days ago: the event looks like a replay and is not taken'
        : 'is more than a day ahead'
    return [{ field: `data.${index}.attributes.datetime`, message }]
  })
  if (untimely.length > 0) return { ok: false, problems: untimely.slice(0, 10) }
  return each(parsed.data.data, 'data', ({ id, attributes }) => ({
    id,
    facts: {
      ...mentioned(attributes.event_properties),
      ...present({ metricId: attributes.metric_id, metricName: attributes.metric_name }),
      ...present({
        profileId: attributes.profile_id,
        email: attributes.email,
        phone: attributes.phone,
      }),
      occurredAt: attributes.datetime ?? delivery.receivedAt,
      properties: attributes.event_properties,
    },
    source: 'guide',
  }))
}

/** An event as Klaviyo keeps it, with the name of its metric. */
export interface PastEvent {
  id: string
  metricId: string
  metricName: string
  profileId: string | null
  email: string | null
  phone: string | null
  at: Date
  properties: Record<string, Json>
}

/**
 * An event out of Klaviyo's history, under the key that it has, or would have had, when it came by
 * system webhook or in the guide format. Null where it would have been refused: nested too deep, or
 * of a time that can't be.
 */
export function eventOfPast(event: PastEvent): InboundEvent | null {
  const all = cleanRecord(event.properties)
  if (depthProblem(all, 'properties') || !isInRange(event.at)) return null
  const { id, metricId, metricName, profileId, email, phone, at } = event
  return {
    source: 'history',
    dedupeKey: klaviyoKey(id),
    previousKey: null,
    facts: {
      ...mentioned(all),
      metricId,
      metricName,
      profileId,
      email: text.parse(email),
      phone: text.parse(phone),
      occurredAt: at,
      properties: all,
    },
  }
}

function each<T>(
  items: T[],
  field: string,
  read: (item: T) => { id: string | null; facts: EventFacts; source: Source },
): Parsed {
  const events: InboundEvent[] = []
  const problems: FieldProblem[] = []
  for (const [index, item] of items.entries()) {
    const { id, facts, source } = read(item)
    const tooDeep = depthProblem(facts.properties, `${field}.${index}`)
    if (tooDeep) problems.push(tooDeep)
    // Klaviyo's event id is the key. Without one, the event's own words are.
    const dedupeKey = id ? klaviyoKey(id) : keyOf('event', [facts])
    events.push({ source, dedupeKey, previousKey: null, facts })
  }
  return problems.length > 0 ? { ok: false, problems } : { ok: true, events }
}

const one = (event: InboundEvent): Parsed => ({ ok: true, events: [event] })

/** `event:api.completed_flow` and `event:klaviyo.opened_email` name the metric as a slug. */
function metricOfTopic(topic: string | null): string | null {
  const slug = topic?.match(/^event:[^.]+\.(.+)$/)?.[1]
  return slug ? slug.replaceAll('_', ' ') : null
}

/** What Klaviyo writes about flow, campaign and person into an event's properties. */
function mentioned(all: Record<string, Json>): EventFacts {
  const read = (...names: string[]) => {
    for (const name of names) {
      const value = text.safeParse(Object.hasOwn(all, name) ? all[name] : null)
      if (value.success && value.data) return value.data
    }
    return null
  }
  const flowId = read('flow_id', '$flow')
  return {
    metricId: null,
    metricName: null,
    flowId,
    flowName: read('flow_name', 'Flow Name'),
    // In an e-mail event `$message` is the campaign's id, unless a flow sent the message.
    campaignId: read('campaign_id', '$campaign') ?? (flowId ? null : read('$message')),
    campaignName: read('campaign_name', 'Campaign Name'),
    outcome: read('branch_outcome'),
    profileId: null,
    email: null,
    phone: null,
    occurredAt: new Date(0),
    properties: {},
  }
}

/** Only what is there, so that it does not overwrite what the properties mention. */
function present<T extends Record<string, string | null>>(values: T): Partial<T> {
  const kept: Partial<T> = {}
  for (const key in values) if (values[key] !== null) kept[key] = values[key]
  return kept
}

function depthProblem(value: Json, field: string): FieldProblem | null {
  const isTooDeep = (part: Json, depth: number): boolean => {
    if (part === null || typeof part !== 'object') return false
    return depth > maxDepth || Object.values(part).some((inner) => isTooDeep(inner, depth + 1))
  }
  return isTooDeep(value, 1) ? { field, message: `is nested deeper than ${maxDepth} levels` } : null
}

/** The key of an event that comes with Klaviyo's id of it. */
export const klaviyoKey = (id: string): string => keyOf('event', [id])

function keyOf(kind: string, parts: unknown[]): string {
  return createHash('sha256')
    .update(`${kind}|${canonical(parts)}`)
    .digest('base64url')
}

/** JSON with sorted keys: the same content gives the same text. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    part !== null && typeof part === 'object' && !Array.isArray(part) && !(part instanceof Date)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  )
}

function refuse(error: z.ZodError): Parsed {
  return {
    ok: false,
    problems: error.issues.slice(0, 10).map(({ path, message }) => ({
      field: path.join('.') || 'body',
      message,
    })),
  }
}

const nullableText = z.string().nullable()

/** EventFacts as they come back from the inbox. */
export const storedFacts: z.ZodType<EventFacts> = z.object({
  metricId: nullableText,
  metricName: nullableText,
  flowId: nullableText,
  flowName: nullableText,
  campaignId: nullableText,
  campaignName: nullableText,
  outcome: nullableText,
  profileId: nullableText,
  email: nullableText,
  phone: nullableText,
  occurredAt: z.coerce.date(),
  properties: z.record(z.string(), json),
})
