/** Shopify's privacy webhooks: say what we hold on a person, forget a person, forget a shop. */
import { z } from 'zod'
import { whomOf } from '../activity/filter.ts'
import { prisma } from '../db/client.server.ts'
import type { Tx } from '../db/client.server.ts'
import { storedFacts } from '../events/formats.ts'
import { ProblemError } from '../problem.ts'
import { open, personKeys, seal } from '../secrets.server.ts'
import { customerIn } from '../operations/undo-scope.server.ts'
import { syncedFor } from '../sync/person.server.ts'
import { klaviyoOf } from './connection.server.ts'

export interface PrivacyRequestView {
  id: string
  kind: 'data_request' | 'customer_redact' | 'shop_redact'
  createdAt: Date
  completedAt: Date | null
  /** There is an answer to download. */
  hasAnswer: boolean
}

/** What Shopify tells of the person in `customers/data_request` and `customers/redact`. */
export const customerPayload = z.object({
  shop_domain: z.string(),
  customer: z.object({
    id: z.number().int(),
    email: z.string().nullish(),
    phone: z.string().nullish(),
  }),
})
type CustomerPayload = z.infer<typeof customerPayload>

/**
 * `shop/redact`. Topic and shop travel in headers, which nobody signs: the shop in the body is what
 * proves that the request is about it.
 */
export const shopPayload = z.object({ shop_domain: z.string() })

interface Person {
  /** `gid://shopify/Customer/1` */
  gid: string
  email: string | null
  phone: string | null
}

const personOf = ({ customer }: CustomerPayload): Person => ({
  gid: `gid://shopify/Customer/${customer.id}`,
  email: customer.email || null,
  phone: customer.phone || null,
})

/**
 * Collects all that we hold on the customer and keeps it, sealed, for the merchant to download.
 * `id` is Shopify's webhook id: a repeated delivery does nothing. Rejects when Klaviyo could not be
 * asked who the customer is there, so that Shopify delivers again.
 */
export async function answerDataRequest(
  shop: string,
  id: string,
  payload: CustomerPayload,
): Promise<void> {
  if (await isSettled(shop, id)) return
  const person = personOf(payload)
  const { profileIds, later } = await profilesOf(shop, person)
  await prisma.$transaction(async (tx) => {
    const answer = await holdings(tx, shop, person, await eventsOf(tx, shop, person, profileIds))
    const sealed = seal(shop, 'PrivacyRequest.answer', JSON.stringify(answer))
    await note(tx, shop, id, 'data_request', { answer: sealed, isSettled: !later })
  })
  if (later) throw later
}

/**
 * Deletes the customer from every table that can hold a person: events with their runs and steps,
 * tag grants, discount codes, what the metafield sync knows, operations that name them, and answers
 * to earlier data requests. What is known here goes at once; rejects when Klaviyo could not be asked
 * for the customer's profile, so that Shopify delivers again.
 */
export async function redactCustomer(
  shop: string,
  id: string,
  payload: CustomerPayload,
): Promise<void> {
  if (await isSettled(shop, id)) return
  const person = personOf(payload)
  const { profileIds, later } = await profilesOf(shop, person)
  await prisma.$transaction(async (tx) => {
    const events = await eventsOf(tx, shop, person, profileIds)
    await tx.inboundEvent.deleteMany({
      where: { shopId: shop, id: { in: events.map((event) => event.id) } },
    })
    await tx.tagGrant.deleteMany({ where: { shopId: shop, customerGid: person.gid } })
    await tx.issuedCode.deleteMany({ where: { shopId: shop, customerGid: person.gid } })
    const operations = await operationsAbout(tx, shop, person, events)
    await tx.operation.deleteMany({
      where: { shopId: shop, id: { in: operations.map((operation) => operation.id) } },
    })
    await forgetSynced(tx, shop, person)
    await forgetAnswers(tx, shop, person)
    await note(tx, shop, id, 'customer_redact', { answer: null, isSettled: !later })
  })
  if (later) throw later
}

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

/** The answer as indented JSON text, or null when the shop has no such answer. */
export async function privacyAnswerOf(shop: string, id: string): Promise<string | null> {
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
  shop: string,
  id: string,
  kind: PrivacyRequestView['kind'],
  { answer, isSettled }: { answer: string | null; isSettled: boolean },
): Promise<void> {
  const outcome = { answer, completedAt: isSettled ? new Date() : null }
  await tx.privacyRequest.upsert({
    where: { id, shopId: shop },
    create: { id, shopId: shop, kind, ...outcome },
    update: outcome,
  })
}

/** Shopify waits five seconds in all. */
const klaviyoAnswersWithinMs = 3_000

/**
 * The person's ids at Klaviyo, since some events name a person by that alone. `later` = Klaviyo
 * could not be asked just now. A shop without a working connection can't ask: it goes without.
 */
async function profilesOf(
  shop: string,
  { email, phone }: Person,
): Promise<{ profileIds: string[]; later: ProblemError | null }> {
  try {
    const klaviyo = await klaviyoOf(shop)
    const looking = Promise.all([
      email ? klaviyo.profilesByEmail([email.toLowerCase()]) : new Map<string, { id: string }>(),
      phone ? klaviyo.profilesByPhone([phone]) : new Map<string, { id: string }>(),
    ])
    const found = await Promise.race([looking, late()])
    return {
      profileIds: found.flatMap((profiles) => [...profiles.values()].map(({ id }) => id)),
      later: null,
    }
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error
    return { profileIds: [], later: error.problem.retry === 'later' ? error : null }
  }
}

function late(): Promise<never> {
  return new Promise((_resolve, reject) => {
    setTimeout(() => {
      reject(
        new ProblemError({
          code: 'klaviyo-timeout',
          what: 'Klaviyo did not answer in time.',
          remedy: 'It is tried again by itself.',
          retry: 'later',
        }),
      )
    }, klaviyoAnswersWithinMs).unref()
  })
}

interface Held {
  id: string
  source: string
  state: string
  occurredAt: Date
  receivedAt: Date
  facts: z.infer<typeof storedFacts>
}

/**
 * The person's events: found by e-mail, phone and profile id, by runs that led to the customer, and
 * by the profile ids, e-mails and phones that those events name in turn.
 */
async function eventsOf(
  tx: Tx,
  shop: string,
  { gid, email, phone }: Person,
  profileIds: string[],
): Promise<Held[]> {
  const found = new Map<string, Held>()
  const asked = new Set<string>()
  let identifiers = [email, phone, ...profileIds].flatMap((each) => (each ? [each] : []))
  let isFirst = true
  do {
    for (const identifier of identifiers) asked.add(identifier)
    const keys = identifiers.flatMap((identifier) => personKeys(shop, identifier))
    const rows = await tx.inboundEvent.findMany({
      where: {
        shopId: shop,
        OR: [
          { personKeys: { hasSome: keys } },
          ...(isFirst ? [{ runs: { some: { customerGid: gid } } }] : []),
        ],
      },
      orderBy: { id: 'asc' },
    })
    const fresh = rows
      .filter(({ id }) => !found.has(id))
      .map(({ id, source, state, occurredAt, receivedAt, facts }) => ({
        id,
        source,
        state,
        occurredAt,
        receivedAt,
        facts: storedFacts.parse(JSON.parse(open(shop, 'InboundEvent.facts', facts))),
      }))
    for (const event of fresh) found.set(event.id, event)
    identifiers = [...new Set(fresh.flatMap(({ facts }) => facts.profileId ?? []))].filter(
      (identifier) => !asked.has(identifier),
    )
    isFirst = false
  } while (identifiers.length > 0)
  return [...found.values()]
}

/** All that we hold on the person, readable. */
async function holdings(tx: Tx, shop: string, person: Person, events: Held[]) {
  const [runs, grants, codes, operations, synced] = await Promise.all([
    tx.run.findMany({
      where: {
        shopId: shop,
        OR: [{ eventId: { in: events.map(({ id }) => id) } }, { customerGid: person.gid }],
      },
      orderBy: { id: 'asc' },
      include: { rule: { select: { name: true } }, steps: { orderBy: { position: 'asc' } } },
    }),
    tx.tagGrant.findMany({ where: { shopId: shop, customerGid: person.gid } }),
    tx.issuedCode.findMany({ where: { shopId: shop, customerGid: person.gid } }),
    operationsAbout(tx, shop, person, events),
    syncedFor(tx, shop, customerNumber(person)),
  ])
  return {
    shop,
    customer: person,
    collectedAt: new Date(),
    events,
    runs: runs.map((run) => ({
      eventId: run.eventId,
      rule: run.rule.name,
      customer: run.customerGid,
      state: run.state,
      reason: run.reason,
      createdAt: run.createdAt,
      decision: run.why === null ? null : json(open(shop, 'Run.why', run.why)),
      steps: run.steps.map((step) => ({
        action: step.kind,
        state: step.state,
        note: step.note && open(shop, 'Step.note', step.note),
        reason: step.reason,
        finishedAt: step.finishedAt,
        effect: step.intent === null ? null : json(open(shop, 'Step.intent', step.intent)),
      })),
    })),
    tagsAdded: grants.map(({ tag, grantedAt, expiresAt }) => ({
      tag: open(shop, 'TagGrant.tag', tag),
      grantedAt,
      expiresAt,
    })),
    discountCodes: codes.map(({ code, worth, startsAt, endsAt, usedAt, orderGid }) => ({
      code,
      worth,
      startsAt,
      endsAt,
      usedAt,
      order: orderGid,
    })),
    operations: operations.map(({ title, createdAt }) => ({ title, createdAt })),
    metafieldSync: synced,
  }
}

/** Operations whose scope names the person. Scopes are sealed, so each is looked into. */
async function operationsAbout(tx: Tx, shop: string, person: Person, events: Held[]) {
  const { gid, email, phone } = person
  const facts = events.flatMap((event) => [
    event.facts.profileId,
    event.facts.email,
    event.facts.phone,
  ])
  const names = new Set(
    [gid, email, phone, ...facts].flatMap((name) => (name ? [name.toLowerCase()] : [])),
  )
  const rows = await tx.operation.findMany({
    where: { shopId: shop },
    select: { id: true, title: true, createdAt: true, scope: true },
  })
  return rows.filter(({ scope }) => {
    const customer = customerIn(json(open(shop, 'Operation.scope', scope)))
    if (!customer) return false
    const whom = whomOf(customer)
    const name = 'customerGid' in whom ? whom.customerGid : whom.identifier
    return names.has(name.toLowerCase())
  })
}

const json = (text: string): unknown => JSON.parse(text)

const customerNumber = ({ gid }: Person): bigint => BigInt(gid.slice(gid.lastIndexOf('/') + 1))

/** Pages that a running sync has under way hold values for a moment; none of them is written. */
async function forgetSynced(tx: Tx, shop: string, person: Person): Promise<void> {
  const where = { shopId: shop, customerId: customerNumber(person) }
  await tx.syncedCustomer.deleteMany({ where })
  await tx.customerAddress.deleteMany({ where })
  await tx.syncFinding.deleteMany({ where })
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
  await tx.privacyRequest.updateMany({
    where: { shopId: shop, id: { in: about.map(({ id }) => id) } },
    data: { answer: null },
  })
}
