/** Whom a privacy request is about, and under what else we hold them. */
import { z } from 'zod'
import type { Tx } from '../db/client.server.ts'
import { storedFacts } from '../events/formats.ts'
import { open, personKeys } from '../secrets.server.ts'
import { profileOf } from '../sync/person.server.ts'
import { klaviyoOf } from './connection.server.ts'
import { ProblemError } from '../problem.ts'

/** What Shopify tells of the person in `customers/data_request` and `customers/redact`. */
export const customerPayload = z.object({
  shop_domain: z.string(),
  customer: z.object({
    id: z.number().int(),
    email: z.string().nullish(),
    phone: z.string().nullish(),
  }),
})
export type CustomerPayload = z.infer<typeof customerPayload>

export interface Person {
  /** `gid://shopify/Customer/1` */
  gid: string
  customerId: bigint
  email: string | null
  phone: string | null
}

export const personOf = ({ customer }: CustomerPayload): Person => ({
  gid: `gid://shopify/Customer/${customer.id}`,
  customerId: BigInt(customer.id),
  email: customer.email || null,
  phone: customer.phone || null,
})

/** Shopify waits five seconds in all. */
const klaviyoAnswersWithinMs = 3_000

/**
 * The person's profile ids as far as they are known: the metafield sync's, and what Klaviyo says.
 * Some events name a person by that alone. `isAsked` = Klaviyo answered; it can't while it is
 * disconnected, refuses the key, or is down.
 */
export async function profilesOf(
  shop: string,
  { customerId, email, phone }: Person,
): Promise<{ profileIds: string[]; isAsked: boolean }> {
  const synced = await profileOf(shop, customerId)
  const known = synced === null ? [] : [synced]
  if (email === null && phone === null) return { profileIds: known, isAsked: true }
  try {
    const klaviyo = await klaviyoOf(shop)
    const none = new Map<string, { id: string }>()
    const looking = Promise.all([
      email ? klaviyo.profilesByEmail([email.toLowerCase()]) : none,
      phone ? klaviyo.profilesByPhone([phone]) : none,
    ])
    const found = await Promise.race([looking, late()])
    if (found === 'late') return { profileIds: known, isAsked: false }
    const ids = found.flatMap((profiles) => [...profiles.values()].map(({ id }) => id))
    return { profileIds: [...known, ...ids], isAsked: true }
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error
    return { profileIds: known, isAsked: false }
  }
}

function late(): Promise<'late'> {
  return new Promise((resolve) => {
    setTimeout(() => resolve('late'), klaviyoAnswersWithinMs).unref()
  })
}

export interface Held {
  id: string
  source: string
  state: string
  occurredAt: Date
  receivedAt: Date
  facts: z.infer<typeof storedFacts>
}

export interface Traces {
  events: Held[]
  /** E-mails, phone numbers and profile ids: those that were known, and those that the events name. */
  identifiers: string[]
}

/** A person goes by few names: more rounds than this would follow a mistake. */
const mostRounds = 10

/**
 * The person's events: found by e-mail, phone and profile id, by runs that led to the customer, and
 * by the e-mails, phones and profile ids that those events name in turn.
 */
export async function tracesOf(
  tx: Tx,
  shop: string,
  { gid, email, phone }: Person,
  profileIds: string[],
): Promise<Traces> {
  const events = new Map<string, Held>()
  const identifiers = new Set<string>()
  let fresh = named([email, phone, ...profileIds])
  for (let round = 0; round < mostRounds; round++) {
    for (const identifier of fresh) identifiers.add(identifier)
    const keys = fresh.flatMap((identifier) => personKeys(shop, identifier))
    const rows = await tx.inboundEvent.findMany({
      where: {
        shopId: shop,
        OR: [
          { personKeys: { hasSome: keys } },
          ...(round === 0 ? [{ runs: { some: { customerGid: gid } } }] : []),
        ],
      },
      orderBy: { id: 'asc' },
    })
    const found = rows
      .filter(({ id }) => !events.has(id))
      .map(({ id, source, state, occurredAt, receivedAt, facts }) => ({
        id,
        source,
        state,
        occurredAt,
        receivedAt,
        facts: storedFacts.parse(JSON.parse(open(shop, 'InboundEvent.facts', facts))),
      }))
    for (const event of found) events.set(event.id, event)
    fresh = named(
      found.flatMap(({ facts: { profileId, email, phone } }) => [profileId, email, phone]),
    ).filter((identifier) => !identifiers.has(identifier))
    if (fresh.length === 0) break
  }
  return { events: [...events.values()], identifiers: [...identifiers] }
}

const named = (identifiers: (string | null)[]): string[] => [
  ...new Set(identifiers.flatMap((each) => (each ? [each] : []))),
]
