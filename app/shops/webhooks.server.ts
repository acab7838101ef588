/** Shopify's webhooks: proven, told apart, and handed to who deals with them. */
import { z } from 'zod'
import { readBody } from '../body.server.ts'
import { wakeSync } from '../jobs/wake.server.ts'
import { log } from '../log.server.ts'
import { hastenSync } from '../sync/lease.server.ts'
import { goodbye, noteScopes, uninstalledPayload } from './installation.server.ts'
import { platform } from './platform.server.ts'
import { customerPayload } from './person.server.ts'
import { answerDataRequest, redactCustomer, redactShop, shopPayload } from './privacy.server.ts'

export interface ShopifyWebhook {
  /** `APP_UNINSTALLED` */
  topic: string
  shop: string
  /** The same for every delivery of one notice. */
  id: string
  triggeredAt: Date
  payload: unknown
}

export type Received =
  { ok: true; webhook: ShopifyWebhook } | { ok: false; status: 400 | 401 | 413; why: string }

/** Shopify's own take a few kilobytes; a data request lists ids of orders. */
const maxBodyBytes = 1024 * 1024

/**
 * Reads and proves a webhook without touching the shop's session: shopify-app-remix's
 * `authenticate.webhook` answers 500 once the token can't be renewed, when a store that left still
 * has to be forgotten.
 */
export async function receiveWebhook(request: Request): Promise<Received> {
  const body = await readBody(request, maxBodyBytes)
  if (!body) return { ok: false, status: 413, why: 'The body is larger than any of Shopify’s.' }
  const rawBody = body.toString()
  const check = await platform.webhooks.validate({ rawBody, rawRequest: request })
  if (!check.valid) {
    // Shopify's review sends a wrong signature and expects 401.
    return check.reason === 'invalid_hmac'
      ? { ok: false, status: 401, why: 'The signature does not fit the body.' }
      : { ok: false, status: 400, why: `The webhook is not complete: ${check.reason}.` }
  }
  const payload = parsed(rawBody)
  // The signature covers the body alone, so the shop of the header must be the shop of the body.
  const named = shopNamed.safeParse(payload).data
  const shopInBody = named?.shop_domain ?? named?.myshopify_domain ?? check.domain
  if (payload === undefined || shopInBody !== check.domain) {
    return { ok: false, status: 400, why: 'The body is not one of Shopify’s for this shop.' }
  }
  const triggeredAt = new Date(check.triggeredAt ?? Number.NaN)
  return {
    ok: true,
    webhook: {
      topic: check.topic,
      shop: check.domain,
      id: check.webhookId,
      triggeredAt: Number.isNaN(triggeredAt.getTime()) ? new Date() : triggeredAt,
      payload,
    },
  }
}

/** Does what the webhook asks for. Rejects when it could not, so that Shopify delivers again. */
export async function obey(webhook: ShopifyWebhook): Promise<void> {
  const { topic, shop, id, triggeredAt, payload } = webhook
  log.info({ topic, shop, id }, 'Shopify says')
  switch (topic) {
    case 'APP_UNINSTALLED':
      uninstalledPayload.parse(payload)
      return goodbye(shop, triggeredAt)
    case 'APP_SCOPES_UPDATE':
      // This body and the next name no shop, so the header's is a claim: neither is believed in more
      // than that it is worth asking Shopify again.
      return noteScopes(shop)
    case 'BULK_OPERATIONS_FINISH':
      await hastenSync(shop)
      return wakeSync(shop)
    case 'CUSTOMERS_DATA_REQUEST':
      return answerDataRequest(shop, id, customerPayload.parse(payload))
    case 'CUSTOMERS_REDACT':
      return redactCustomer(shop, id, customerPayload.parse(payload))
    case 'SHOP_REDACT':
      shopPayload.parse(payload)
      return redactShop(shop)
    default:
      log.warn({ topic, shop }, 'nothing here deals with this topic')
  }
}

const shopNamed = z.object({
  shop_domain: z.string().optional(),
  myshopify_domain: z.string().optional(),
})

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
