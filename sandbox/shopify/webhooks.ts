import { createHmac, randomUUID } from 'node:crypto'
import { apiVersion } from './admin/schema.ts'
import type { BulkOperation } from './bulk/operations.ts'
import { legacyId, type Customer } from './customer.ts'
import type { Store } from './store.ts'

/** Shopify waits this long for the whole answer. */
const answerWithinMs = 5_000

export interface Delivery {
  at: string
  shop: string
  topic: string
  webhookId: string
  payload: unknown
  /** The app's HTTP status, `null` when it gave none in time. */
  status: number | null
  durationMs: number
}

export interface Webhook {
  topic: string
  payload: unknown
  /** Given again to send a repeat, which the app must know by this id. */
  webhookId?: string
}

/** Sends signed webhooks to the app and remembers how it answered. */
export class Webhooks {
  readonly deliveries: Delivery[] = []
  readonly #url: string
  readonly #secret: string

  constructor(appUrl: string, apiSecret: string) {
    this.#url = `${appUrl}/webhooks/shopify`
    this.#secret = apiSecret
  }

  async send({ shop }: Store, webhook: Webhook): Promise<Delivery> {
    const { topic, payload, webhookId = randomUUID() } = webhook
    const body = JSON.stringify(payload)
    const at = new Date()
    const headers = {
      'content-type': 'application/json',
      'x-shopify-topic': topic,
      'x-shopify-shop-domain': shop,
      'x-shopify-api-version': apiVersion,
      'x-shopify-webhook-id': webhookId,
      'x-shopify-event-id': randomUUID(),
      'x-shopify-triggered-at': at.toISOString(),
      'x-shopify-hmac-sha256': createHmac('sha256', this.#secret).update(body).digest('base64'),
    }
    const status = await fetch(this.#url, {
      method: 'POST',
      headers,
      body,
      signal: AbortSignal.timeout(answerWithinMs),
    }).then(
      (response) => response.status,
      () => null,
    )
    const delivery: Delivery = {
      at: at.toISOString(),
      shop,
      topic,
      webhookId,
      payload,
      status,
      durationMs: Date.now() - at.getTime(),
    }
    this.deliveries.push(delivery)
    return delivery
  }
}

/** `app/uninstalled` carries the shop. */
export function uninstalled(store: Store): Webhook {
  const { seed, shop, id, plan } = store
  return {
    topic: 'app/uninstalled',
    payload: {
      id,
      name: seed.name,
      email: seed.email,
      domain: shop,
      myshopify_domain: shop,
      iana_timezone: seed.ianaTimezone,
      currency: seed.currencyCode,
      plan_name: plan.toLowerCase(),
    },
  }
}

export function scopesUpdate(store: Store, previous: readonly string[]): Webhook {
  return {
    topic: 'app/scopes_update',
    payload: {
      id: store.id,
      previous,
      current: [...store.scopes],
      updated_at: new Date().toISOString(),
    },
  }
}

export function bulkFinished(operation: BulkOperation): Webhook {
  const { id, createdAt, completedAt, errorCode, status, type } = operation
  return {
    topic: 'bulk_operations/finish',
    payload: {
      admin_graphql_api_id: id,
      completed_at: completedAt?.toISOString() ?? null,
      created_at: createdAt.toISOString(),
      error_code: errorCode?.toLowerCase() ?? null,
      status: status.toLowerCase(),
      type: type.toLowerCase(),
    },
  }
}

/**
 * The mandatory privacy webhooks, with the shapes of
 * https://shopify.dev/docs/apps/build/compliance/privacy-law-compliance.
 */
export const privacy = {
  dataRequest: (store: Store, customer: Customer): Webhook => ({
    topic: 'customers/data_request',
    payload: {
      ...shopOf(store),
      orders_requested: [],
      customer: personOf(customer),
      data_request: { id: Number(legacyId(customer.id)) % 1_000_000 },
    },
  }),
  redactCustomer: (store: Store, customer: Customer): Webhook => ({
    topic: 'customers/redact',
    payload: { ...shopOf(store), customer: personOf(customer), orders_to_redact: [] },
  }),
  redactShop: (store: Store): Webhook => ({ topic: 'shop/redact', payload: shopOf(store) }),
}

const shopOf = ({ id, shop }: Store) => ({ shop_id: id, shop_domain: shop })
const personOf = ({ id, email, phone }: Customer) => ({ id: Number(legacyId(id)), email, phone })
