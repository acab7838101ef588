/** Where Klaviyo posts for one shop, and what the merchant has to type in there. */
import { randomBytes } from 'node:crypto'
import { config } from '../config.server.ts'
import { prisma } from '../db/client.server.ts'
import type { Tx } from '../db/client.server.ts'
import { secretHeader } from '../events/signature.ts'
import { open, seal } from '../secrets.server.ts'

const mostSecrets = 2

export interface EndpointView {
  id: string
  url: string
  /** One or two, oldest first. */
  secrets: { id: string; createdAt: Date; value: string }[]
  /** The headers of Klaviyo's webhook action, with the newest secret. */
  headers: Record<string, string>
  /** The JSON body of Klaviyo's webhook action, with Klaviyo's template variables. */
  flowBody: string
  lastEventAt: Date | null
  /** The last delivery that was known to be the shop's but could not be read, and why. */
  lastRefusal: { at: Date; why: string } | null
}

export type SecretOutcome = { ok: true; endpoint: EndpointView } | { ok: false; message: string }

/**
 * The body of Klaviyo's flow webhook action, ready to paste. The action sends no delivery id, so
 * `event_id`, `profile_id`, `metric`, `branch_outcome` and `step` together tell one event from
 * another, and a retry from both. What Klaviyo has no value for renders as an empty string, which
 * counts as absent. A whole `{{ event }}` would render as a Python dict, so properties are named
 * one by one.
 */
export const flowBody = JSON.stringify(
  {
    metric: 'Completed Flow',
    event_id: "{{ event|lookup:'$event_id' }}",
    profile_id: '{{ person.KlaviyoID }}',
    email: '{{ email }}',
    phone: '{{ person.phone_number }}',
    branch_outcome: 'converted',
    step: '1',
    properties: { value: "{{ event|lookup:'$value' }}" },
  },
  null,
  2,
)

/** The shop's endpoint, secrets opened. */
export async function endpointOf(shop: string): Promise<EndpointView> {
  const row = await prisma.endpoint.findFirstOrThrow({
    where: { shopId: shop },
    orderBy: { createdAt: 'asc' },
    include: { secrets: { orderBy: { id: 'asc' } } },
  })
  const secrets = row.secrets.map(({ id, createdAt, secret }) => ({
    id,
    createdAt,
    value: open(shop, 'EndpointSecret.secret', secret),
  }))
  return {
    id: row.id,
    url: `${config.shopify.appUrl}/webhooks/klaviyo/${row.id}`,
    secrets,
    headers: { [secretHeader]: secrets.at(-1)?.value ?? '' },
    flowBody,
    lastEventAt: row.lastEventAt,
    lastRefusal:
      row.lastRefusedAt && row.lastRefusal !== null
        ? { at: row.lastRefusedAt, why: row.lastRefusal }
        : null,
  }
}

/** Adds a second secret; both are valid until one is retired. */
export async function rotateSecret(shop: string): Promise<SecretOutcome> {
  return changeSecrets(shop, async (tx, { id, secrets }) => {
    if (secrets.length >= mostSecrets) {
      return 'Two secrets are valid already. Retire the old one before you add another.'
    }
    await addSecret(tx, shop, id)
    return null
  })
}

/** Klaviyo is refused with this secret within seconds. The last one can't be retired. */
export async function retireSecret(shop: string, secretId: string): Promise<SecretOutcome> {
  return changeSecrets(shop, async (tx, { secrets }) => {
    if (!secrets.some(({ id }) => id === secretId)) return 'This secret was retired already.'
    if (secrets.length === 1) {
      return 'This is the only secret. Add a new one and put it into Klaviyo before you retire it.'
    }
    await tx.endpointSecret.deleteMany({ where: { id: secretId, shopId: shop } })
    return null
  })
}

/** Gives the shop its endpoint when it has none. The caller holds the shop's row. */
export async function ensureEndpoint(tx: Tx, shop: string): Promise<void> {
  if (await tx.endpoint.findFirst({ where: { shopId: shop }, select: { id: true } })) return
  const { id } = await tx.endpoint.create({
    // `endpointId` in events/endpoints.server.ts knows this shape.
    data: { id: `ep_${randomBytes(15).toString('base64url')}`, shopId: shop },
  })
  await addSecret(tx, shop, id)
}

async function addSecret(tx: Tx, shop: string, endpointId: string): Promise<void> {
  const secret = `kas_${randomBytes(24).toString('base64url')}`
  await tx.endpointSecret.create({
    data: { endpointId, shopId: shop, secret: seal(shop, 'EndpointSecret.secret', secret) },
  })
}

interface Locked {
  id: string
  secrets: { id: string }[]
}

/** One change at a time: two clicks can't leave three secrets, or none. */
async function changeSecrets(
  shop: string,
  change: (tx: Tx, endpoint: Locked) => Promise<string | null>,
): Promise<SecretOutcome> {
  const refusal = await prisma.$transaction(async (tx) => {
    await tx.$queryRaw`select "id" from "Endpoint" where "shopId" = ${shop} for update`
    const endpoint = await tx.endpoint.findFirstOrThrow({
      where: { shopId: shop },
      orderBy: { createdAt: 'asc' },
      select: { id: true, secrets: { select: { id: true } } },
    })
    return change(tx, endpoint)
  })
  if (refusal !== null) return { ok: false, message: refusal }
  return { ok: true, endpoint: await endpointOf(shop) }
}
