/** Shopify's privacy webhooks: say what we hold on a person, forget a person, forget a shop. */
import { z } from 'zod'
import { prisma } from '../db/client.server.ts'
import type { Tx } from '../db/client.server.ts'
import { log } from '../log.server.ts'
import { open, seal } from '../secrets.server.ts'
import { forgetSynced, forgetUnderWay } from '../sync/person.server.ts'
import { holdings, operationsAbout } from './holdings.server.ts'
import { customerPayload, personOf, profilesOf, tracesOf } from './person.server.ts'
import type { CustomerPayload, Person } from './person.server.ts'

export interface PrivacyRequestView {
  id: string
  kind: 'data_request' | 'customer_redact' | 'shop_redact'
  createdAt: Date
  completedAt: Date | null
  /** There is an answer to download. */
  hasAnswer: boolean
}

/**
 * `shop/redact`. Topic and shop travel in headers, which nobody signs: the shop in the body is what
 * proves that the request is about it.
 */
export const shopPayload = z.object({ shop_domain: z.string() })

interface CustomerRequest {
  shop: string
  /** Shopify's webhook id: a repeated delivery of what is completed does nothing. */
  id: string
  kind: 'data_request' | 'customer_redact'
  /** Completed with what is known now, even if Klaviyo can't be asked who the customer is there. */
  isLast: boolean
}

/** Collects all that we hold on the customer and keeps it, sealed, for the merchant to download. */
export async function answerDataRequest(
  shop: string,
  id: string,
  payload: CustomerPayload,
): Promise<void> {
  if (await isSettled(shop, id)) return
  await comply({ shop, id, kind: 'data_request', isLast: false }, payload)
}

/**
 * Deletes the customer from every table that can hold a person: events with their runs and steps,
 * tag grants, discount codes, what the metafield sync knows, operations that name them, and answers
 * to earlier data requests.
 */
export async function redactCustomer(
  shop: string,
  id: string,
  payload: CustomerPayload,
): Promise<void> {
  if (await isSettled(shop, id)) return
  await comply({ shop, id, kind: 'customer_redact', isLast: false }, payload)
}

/**
 * Does at once what can be done. Some events name a person by Klaviyo's profile id alone: while
 * Klaviyo can't be asked for it the request stays open, with the person sealed in it, and is done
 * again until it can.
 */
async function comply(request: CustomerRequest, payload: CustomerPayload): Promise<void> {
  const { shop, kind, isLast } = request
  const person = personOf(payload)
  const { profileIds, isAsked } = await profilesOf(shop, person)
  const isSettled = isAsked || isLast || !(await hasEvents(shop))
  const waitsFor = isSettled ? null : payload
  if (kind === 'customer_redact') await forget(request, person, profileIds, waitsFor)
  else await tell(request, person, profileIds, waitsFor)
}

/** Events that Klaviyo's answer could lead to. */
const hasEvents = async (shop: string): Promise<boolean> =>
  (await prisma.inboundEvent.findFirst({ where: { shopId: shop }, select: { id: true } })) !== null

async function tell(
  request: CustomerRequest,
  person: Person,
  profileIds: string[],
  waitsFor: CustomerPayload | null,
): Promise<void> {
  const { shop } = request
  await prisma.$transaction(async (tx) => {
    const traces = await tracesOf(tx, shop, person, profileIds)
    const answer = JSON.stringify(await holdings(tx, shop, person, traces))
    await note(tx, request, seal(shop, 'PrivacyRequest.answer', answer), waitsFor)
  })
}

async function forget(
  request: CustomerRequest,
  person: Person,
  profileIds: string[],
  waitsFor: CustomerPayload | null,
): Promise<void> {
  const { shop } = request
  const { gid, customerId } = person
  const { identifiers } = await prisma.$transaction((tx) => tracesOf(tx, shop, person, profileIds))
  // First, since what follows takes the names away by which the person is found in pages.
  await forgetUnderWay(shop, { customerId, identifiers })
  await prisma.$transaction(async (tx) => {
    await forgetSynced(tx, shop, customerId)
    const traces = await tracesOf(tx, shop, person, identifiers)
    await tx.inboundEvent.deleteMany({
      where: { shopId: shop, id: { in: traces.events.map(({ id }) => id) } },
    })
    await tx.tagGrant.deleteMany({ where: { shopId: shop, customerGid: gid } })
    await tx.issuedCode.deleteMany({ where: { shopId: shop, customerGid: gid } })
    const operations = await operationsAbout(tx, shop, person, traces)
    await tx.operation.deleteMany({
      where: { shopId: shop, id: { in: operations.map(({ id }) => id) } },
    })
    await forgetAnswers(tx, shop, person)
    await note(tx, request, null, waitsFor)
  })
}

/** Shopify gives thirty days: https://shopify.dev/docs/apps/build/compliance/privacy-law-compliance */
const waitsMostMs = 25 * 24 * 3_600_000

/**
 * Does the open requests again, now that Klaviyo may answer. One that waited for long is completed
 * with what is known: the law's time would run out.
 */
export async function complyAgain(now = new Date()): Promise<void> {
  const waiting = await prisma.privacyRequest.findMany({
    where: { completedAt: null, person: { not: null } },
    orderBy: { createdAt: 'asc' },
    select: { id: true, shopId: true, kind: true, person: true, createdAt: true },
  })
  for (const { id, shopId: shop, kind, person, createdAt } of waiting) {
    if (person === null || kind === 'shop_redact') continue
    const isLast = now.getTime() - createdAt.getTime() > waitsMostMs
    try {
      await comply({ shop, id, kind, isLast }, payloadIn(shop, person))
    } catch (error) {
      log.error({ err: error, shop, id }, 'a privacy request failed; it is tried again')
    }
  }
}

const payloadIn = (shop: string, sealed: string): CustomerPayload =>
  customerPayload.parse(JSON.parse(open(shop, 'PrivacyRequest.person', sealed)))

/** Deletes everything of the shop. Every table hangs on the shop's row, tokens apart. */
export async function redactShop(shop: string): Promise<void> {
  await prisma.$transaction([
    prisma.session.deleteMany({ where: { shop } }),
    prisma.shop.deleteMany({ where: { id: shop } }),
  ])
}

/** Newest first. */
export async function privacyRequestsOf(shop: string): Promise<PrivacyRequestView[]> {
  const rows = await prisma.privacyRequest.findMany({
    where: { shopId: shop },
    orderBy: { createdAt: 'desc' },
  })
  return rows.map(({ id, kind, createdAt, completedAt, answer }) => ({
    id,
    kind,
    createdAt,
    completedAt,
    hasAnswer: answer !== null,
  }))
}

/** What a header can hold: the id is that of the webhook that asked. */
const requestId = /^[\x21-\x7e]{1,255}$/

/** The answer as indented JSON text, or null when the shop has no such answer. */
export async function privacyAnswerOf(shop: string, id: string): Promise<string | null> {
  if (!requestId.test(id)) return null
  const row = await prisma.privacyRequest.findFirst({ where: { id, shopId: shop } })
  if (!row?.answer) return null
  return JSON.stringify(JSON.parse(open(shop, 'PrivacyRequest.answer', row.answer)), null, 2)
}

/** Known shops only: of a shop that is gone, or never came, there is nothing left to tell or delete. */
async function isSettled(shop: string, id: string): Promise<boolean> {
  const row = await prisma.shop.findUnique({
    where: { id: shop },
    select: { requests: { where: { id }, select: { completedAt: true } } },
  })
  return row === null || row.requests.some(({ completedAt }) => completedAt !== null)
}

async function note(
  tx: Tx,
  { shop, id, kind }: CustomerRequest,
  answer: string | null,
  waitsFor: CustomerPayload | null,
): Promise<void> {
  const outcome = waitsFor
    ? {
        answer,
        person: seal(shop, 'PrivacyRequest.person', JSON.stringify(waitsFor)),
        completedAt: null,
      }
    : { answer, person: null, completedAt: new Date() }
  await tx.privacyRequest.upsert({
    where: { id, shopId: shop },
    create: { id, shopId: shop, kind, ...outcome },
    update: outcome,
  })
}

const answeredPerson = z.object({ customer: z.object({ gid: z.string() }) })

/** Answers to earlier requests hold the person too. They are sealed, so each is looked into. */
async function forgetAnswers(tx: Tx, shop: string, { gid }: Person): Promise<void> {
  const rows = await tx.privacyRequest.findMany({
    where: { shopId: shop, kind: 'data_request', answer: { not: null } },
  })
  const about = rows.filter(({ answer }) => {
    const text = answer && open(shop, 'PrivacyRequest.answer', answer)
    return text && answeredPerson.parse(JSON.parse(text)).customer.gid === gid
  })
  const theirs = { shopId: shop, id: { in: about.map(({ id }) => id) } }
  // One that still waits would collect, and keep, what came since.
  await tx.privacyRequest.updateMany({
    where: { ...theirs, completedAt: null },
    data: { completedAt: new Date() },
  })
  await tx.privacyRequest.updateMany({ where: theirs, data: { answer: null, person: null } })
}
