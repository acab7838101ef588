/** The way in: authenticate a delivery and parse it, whatever channel it came through. */
import { parse as parseJson } from 'secure-json-parse'
import { RateLimiterMemory } from 'rate-limiter-flexible'
import { readBody } from '../body.server.ts'
import { config } from '../config.server.ts'
import { log } from '../log.server.ts'
import { prisma } from '../db/client.server.ts'
import type { FieldProblem } from '../problem.ts'
import { cleanText, cut } from '../text.ts'
import { findEndpoint } from './endpoints.server.ts'
import type { KnownEndpoint } from './endpoints.server.ts'
import { parseFlow, parseGuide, parseSystem } from './formats.ts'
import type { InboundEvent, Parsed } from './formats.ts'
import { decoySecrets, isProven, proofOf } from './signature.ts'

/** 1,000 events with a few kilobytes of properties each. */
const maxBodyBytes = 8 * 1024 * 1024

const rateWindowSeconds = 60

/** Why a delivery was not taken. The route turns it into a status. */
export type Refusal =
  | { kind: 'unauthorized' }
  | { kind: 'too-large'; limitBytes: number }
  | { kind: 'malformed'; problems: FieldProblem[] }
  | { kind: 'too-fast'; retryAfterSeconds: number }

export type Delivery =
  { ok: true; endpoint: KnownEndpoint; events: InboundEvent[] } | { ok: false; refusal: Refusal }

/**
 * Reads one POST of Klaviyo's. Never throws for what the sender did; rejects only when the database
 * can't be asked, which is our trouble.
 */
export async function receive(request: Request, endpointId: string): Promise<Delivery> {
  const [body, endpoint] = await Promise.all([
    readBody(request, maxBodyBytes),
    findEndpoint(endpointId),
  ])
  if (!body) return refuse({ kind: 'too-large', limitBytes: maxBodyBytes })
  const proof = proofOf(request.headers, body)
  // One answer and one duration for an unknown endpoint and a wrong secret.
  const isAuthentic = isProven(proof, endpoint?.secrets ?? decoySecrets)
  if (!proof || !endpoint || !isAuthentic) return refuse({ kind: 'unauthorized' })

  const parsed = parseBody(body, request.headers, proof.source, new Date())
  if (!parsed.ok) {
    await remember(endpoint, parsed.problems)
    return refuse({ kind: 'malformed', problems: parsed.problems })
  }
  const retryAfterSeconds = await overRate(endpoint, parsed.events.length)
  if (retryAfterSeconds > 0) return refuse({ kind: 'too-fast', retryAfterSeconds })
  return { ok: true, endpoint, events: parsed.events }
}

const refuse = (refusal: Refusal): Delivery => ({ ok: false, refusal })

function parseBody(
  body: Buffer,
  headers: Headers,
  source: InboundEvent['source'],
  receivedAt: Date,
): Parsed {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(body)
    const json: unknown = parseJson(text, { protoAction: 'remove', constructorAction: 'remove' })
    if (source === 'system') return parseSystem(json, { receivedAt })
    if (source === 'guide') return parseGuide(json, { receivedAt })
    return parseFlow(json, { flowId: headers.get('X-Klaviyo-Flow-ID'), receivedAt })
  } catch (error) {
    return { ok: false, problems: [{ field: 'body', message: unreadable(error, body) }] }
  }
}

function unreadable(error: unknown, body: Buffer): string {
  if (error instanceof RangeError) return 'is nested too deep'
  if (error instanceof TypeError) return 'is not UTF-8 text'
  if (body.length === 0) return 'is empty; the webhook must send JSON'
  if (/^\s*\{?[^"]*'[\w $]+':/.test(body.subarray(0, 500).toString())) {
    return 'is not JSON but a Python dictionary: a template with {{ event }} renders so. Name each field, as in the body on the settings screen'
  }
  return 'is not JSON. Copy the body from the settings screen again; a quote inside a value breaks it'
}

const limiter = new RateLimiterMemory({
  points: config.eventsPerMinute,
  duration: rateWindowSeconds,
})

/** Seconds to wait when the endpoint is over its rate, else 0. Each process counts for itself. */
async function overRate({ id }: KnownEndpoint, count: number): Promise<number> {
  const state = await limiter.get(id)
  if (state && state.consumedPoints + count > config.eventsPerMinute) {
    return Math.max(1, Math.ceil(state.msBeforeNext / 1_000))
  }
  await limiter.penalty(id, count)
  return 0
}

const refusalNotedEveryMs = 1_000
const refusalNotedAt = new Map<string, number>()

/** The settings screen shows why the last delivery was refused: Klaviyo itself shows nobody. */
async function remember(endpoint: KnownEndpoint, problems: FieldProblem[]): Promise<void> {
  const now = Date.now()
  if (now - (refusalNotedAt.get(endpoint.id) ?? 0) < refusalNotedEveryMs) return
  refusalNotedAt.set(endpoint.id, now)
  // A field is named as the sender named it.
  const words = problems.map(({ field, message }) => `${field} ${message}`).join('; ')
  const lastRefusal = cut(cleanText(words), 1_000)
  await prisma.endpoint.updateMany({
    where: { id: endpoint.id, shopId: endpoint.shop },
    data: { lastRefusedAt: new Date(now), lastRefusal },
  })
  log.info(
    { shop: endpoint.shop, fields: problems.map(({ field }) => field) },
    'a delivery was refused',
  )
}
