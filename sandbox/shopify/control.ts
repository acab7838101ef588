import express, { Router, type Response } from 'express'
import { z } from 'zod'
import { awaited } from './awaited.ts'
import { bulkControl } from './bulk/control.ts'
import { fault } from './faults.ts'
import { statusOf } from './discounts.ts'
import { checkOut } from './checkout.ts'
import type { Platform } from './platform.ts'
import { issueSessionToken } from './session-token.ts'
import type { Customer } from './customer.ts'
import type { Store } from './store.ts'
import { normalizeTags } from './tags.ts'
import { privacy, scopesUpdate, uninstalled, type Webhook } from './webhooks.ts'

const shopOnly = z.object({ shop: z.string() })
const draft = z.strictObject({
  shop: z.string(),
  id: z.string().optional(),
  firstName: z.string().nullish(),
  lastName: z.string().nullish(),
  email: z.string().nullish(),
  phone: z.string().nullish(),
  note: z.string().nullish(),
  tags: z.array(z.string()).transform(normalizeTags).optional(),
})
const customerCrowd = z.object({
  shop: z.string(),
  count: z.int().positive().max(1_000_000),
  prefix: z.string(),
  tags: z.array(z.string()).transform(normalizeTags).default([]),
})
const metafield = z.object({
  shop: z.string(),
  id: z.string(),
  namespace: z.string(),
  key: z.string(),
  type: z.string().default('single_line_text_field'),
  value: z.string().nullable(),
})
const metafieldDefinition = z.object({
  shop: z.string(),
  name: z.string(),
  namespace: z.string(),
  key: z.string(),
  type: z.string(),
})
const order = z.object({
  shop: z.string(),
  customerId: z.string().nullable().default(null),
  total: z.number().default(50),
  discountCodes: z.array(z.string()).default([]),
  tags: z.array(z.string()).transform(normalizeTags).optional(),
  customAttributes: z.array(z.object({ key: z.string(), value: z.string() })).optional(),
  createdAt: z.iso
    .datetime()
    .transform((text) => new Date(text))
    .optional(),
})
const orderChange = order
  .pick({ shop: true, tags: true, customAttributes: true })
  .extend({ id: z.string() })
const creditSwitch = z.object({ shop: z.string(), isOn: z.boolean() })
const storeCredit = z.object({
  shop: z.string(),
  customerId: z.string(),
  /** Below 0 takes away. */
  amount: z.number(),
})
const latency = z.object({ ms: z.number().min(0) })
const throttling = z.object({
  /** Every store when left out. */
  shop: z.string().optional(),
  enabled: z.boolean().optional(),
  maximumAvailable: z.number().positive().optional(),
  restoreRate: z.number().positive().optional(),
})
const scopes = z.object({ shop: z.string(), scopes: z.array(z.string()) })
const webhook = z.object({
  shop: z.string(),
  topic: z.string(),
  payload: z.unknown().optional(),
  webhookId: z.string().optional(),
  /** Whom the privacy topics are about; the store's first customer when left out. */
  customerId: z.string().optional(),
})

/** `/_sandbox/*`: how tests arrange the local Shopify and look into it. See sandbox/README.md. */
export function control(platform: Platform): Router {
  const router = Router()
  const storeOf = (shop: string) => platform.storeNamed(shop)
  router.use(express.json({ limit: '50mb' }))

  router.get('/customers', (request, response) => {
    const { shop, limit } = shopOnly
      .extend({ limit: z.coerce.number().default(100_000) })
      .parse(request.query)
    response.json([...take(storeOf(shop).customers, limit)])
  })
  router.post('/customers', (request, response) => {
    const drafts = z.union([draft.transform((one) => [one]), z.array(draft)]).parse(request.body)
    const saved = drafts.map(({ shop, id, ...fields }) => {
      const store = storeOf(shop)
      if (id === undefined) return store.create(fields)
      const customer = customerOf(store, id)
      store.change(customer, fields, 'merchant')
      return customer
    })
    response.json(Array.isArray(request.body) ? saved : saved[0])
  })
  router.post('/customers/bulk', (request, response) => {
    const { shop, ...crowd } = customerCrowd.parse(request.body)
    const made = storeOf(shop).createCrowd(crowd)
    response.json({ count: made.count, firstId: made.idOf(0) })
  })
  router.delete('/customers', (request, response) => {
    const { shop, id } = shopOnly.extend({ id: z.string() }).parse(request.query)
    const store = storeOf(shop)
    store.delete(customerOf(store, id))
    done(response)
  })
  router.get('/metafields', (request, response) => {
    const { shop, id } = shopOnly.extend({ id: z.string() }).parse(request.query)
    response.json(storeOf(shop).metafields.of(id))
  })
  router.post('/metafields', (request, response) => {
    const { shop, id: ownerId, namespace, key, type, value } = metafield.parse(request.body)
    const store = storeOf(shop)
    customerOf(store, ownerId)
    if (value === null) store.deleteMetafield(ownerId, namespace, key, 'merchant')
    else store.setMetafield({ ownerId, namespace, key, type, value }, 'merchant')
    done(response)
  })
  /** For comparing what two stores hold in the end, and counting what it took. */
  router.get('/metafields/state', (request, response) => {
    const { shop, namespace, key } = shopOnly
      .extend({ namespace: z.string(), key: z.string().optional() })
      .parse(request.query)
    const { metafields } = storeOf(shop)
    response.json({
      count: metafields.count({ namespace, ...(key === undefined ? {} : { key }) }),
      digest: metafields.digest(namespace),
      writes: metafields.writes,
    })
  })
  router.get('/metafield-definitions', (request, response) => {
    response.json(storeOf(shopOnly.parse(request.query).shop).definitions.all)
  })
  router.post('/metafield-definitions', (request, response) => {
    const { shop, ...definition } = metafieldDefinition.parse(request.body)
    response.json(storeOf(shop).defineMetafield({ ...definition, ownerType: 'CUSTOMER' }))
  })
  /** Which types the admin filters by, where a store is stricter. */
  router.post('/metafield-definitions/filterable', (request, response) => {
    const { shop, types } = shopOnly.extend({ types: z.array(z.string()) }).parse(request.body)
    storeOf(shop).definitions.filterable = new Set(types)
    done(response)
  })
  router.get('/discounts', (request, response) => {
    const { discounts } = storeOf(shopOnly.parse(request.query).shop)
    response.json(discounts.all.map((each) => ({ ...each, status: statusOf(each) })))
  })
  /** Lets a code end now. */
  router.post('/discounts/end', (request, response) => {
    const { shop, code } = shopOnly.extend({ code: z.string() }).parse(request.body)
    const { discounts } = storeOf(shop)
    const discount = discounts.byCode(code)
    if (!discount) throw new Error(`No discount ${code} in ${shop}`)
    discounts.change(discount, { startsAt: new Date(0), endsAt: new Date() })
    done(response)
  })
  router.get('/resources', (request, response) => {
    const { shop, type } = shopOnly
      .extend({ type: z.enum(['Collection', 'Product']) })
      .parse(request.query)
    response.json(storeOf(shop).catalog.of(type))
  })
  router.delete('/resources', (request, response) => {
    const { shop, id } = shopOnly.extend({ id: z.string() }).parse(request.query)
    storeOf(shop).catalog.delete(id)
    done(response)
  })
  router.get('/orders', (request, response) => {
    response.json(storeOf(shopOnly.parse(request.query).shop).orders.all)
  })
  router.post('/orders', (request, response) => {
    const { shop, ...bought } = order.parse(request.body)
    response.json(checkOut(storeOf(shop), bought))
  })
  /** Changes an order as the merchant does. */
  router.post('/orders/change', (request, response) => {
    const { shop, id, ...changed } = orderChange.parse(request.body)
    const { orders } = storeOf(shop)
    const known = orders.get(id)
    if (!known) throw new Error(`No order ${id} in ${shop}`)
    response.json(orders.change(known, changed))
  })
  router.get('/store-credit', (request, response) => {
    response.json(storeOf(shopOnly.parse(request.query).shop).credit.accounts)
  })
  /** Gives or takes store credit as the merchant does. */
  router.post('/store-credit', (request, response) => {
    const { shop, customerId, amount } = storeCredit.parse(request.body)
    const store = storeOf(shop)
    customerOf(store, customerId)
    const account = store.credit.open(customerId, store.seed.currencyCode)
    response.json(store.credit.move(account, amount, null))
  })
  /** Settings > Customer accounts > Store credit. */
  router.post('/store-credit/switch', (request, response) => {
    const { shop, isOn } = creditSwitch.parse(request.body)
    storeOf(shop).credit.isEnabled = isOn
    done(response)
  })
  router.get('/flow-triggers', (request, response) => {
    response.json(storeOf(shopOnly.parse(request.query).shop).flowTriggers)
  })
  router.get('/journal', (request, response) => {
    const { shop } = shopOnly.partial().parse(request.query)
    response.json((shop ? [storeOf(shop)] : platform.stores).flatMap(({ journal }) => journal))
  })

  router.get('/calls', (_request, response) => void response.json(platform.calls.count))
  router.delete('/calls', (_request, response) => {
    platform.calls.clear()
    done(response)
  })
  router.post('/faults', (request, response) => {
    platform.faults.add(fault.parse(request.body))
    done(response)
  })
  router.delete('/faults', (_request, response) => {
    platform.faults.clear()
    done(response)
  })
  router.post('/latency', (request, response) => {
    platform.latencyMs = latency.parse(request.body).ms
    done(response)
  })
  router.post('/throttling', (request, response) => {
    const { shop, enabled, ...settings } = throttling.parse(request.body)
    for (const { bucket } of shop ? [storeOf(shop)] : platform.stores) {
      if (enabled !== undefined) bucket.isEnforced = enabled
      bucket.configure(settings)
    }
    done(response)
  })

  router.post('/session-token', (request, response) => {
    const { shop } = storeOf(shopOnly.parse(request.body).shop)
    response.json({ token: issueSessionToken(shop, platform.options) })
  })
  router.post('/tokens/expire', (request, response) => {
    platform.tokens.expire(storeOf(shopOnly.parse(request.body).shop).shop)
    done(response)
  })
  router.post('/tokens/revoke', (request, response) => {
    platform.tokens.revoke(storeOf(shopOnly.parse(request.body).shop).shop)
    done(response)
  })
  router.post(
    '/scopes',
    awaited(async (request, response) => {
      const { shop, scopes: granted } = scopes.parse(request.body)
      response.json(await platform.grant(storeOf(shop), granted))
    }),
  )
  router.post('/install', (request, response) => {
    platform.install(storeOf(shopOnly.parse(request.body).shop))
    done(response)
  })
  router.post(
    '/uninstall',
    awaited(async (request, response) => {
      response.json(await platform.uninstall(storeOf(shopOnly.parse(request.body).shop)))
    }),
  )
  router.post(
    '/webhooks',
    awaited(async (request, response) => {
      const { shop, topic, payload, webhookId, customerId } = webhook.parse(request.body)
      const store = storeOf(shop)
      const usual = payload === undefined ? usualWebhook(store, topic, customerId) : { payload }
      response.json(await platform.webhooks.send(store, { ...usual, topic, webhookId }))
    }),
  )
  router.get('/webhooks', (_request, response) => void response.json(platform.webhooks.deliveries))
  router.use('/bulk', bulkControl(platform))
  router.post('/reset', (_request, response) => {
    platform.reset()
    done(response)
  })

  return router
}

function* take<T>(items: Iterable<T>, most: number): Generator<T> {
  let left = most
  for (const item of items) {
    if (left-- <= 0) return
    yield item
  }
}

function usualWebhook(store: Store, topic: string, customerId?: string): Webhook {
  const about = () => {
    const [first] = store.customers
    const customer = customerId === undefined ? first : customerOf(store, customerId)
    if (!customer) throw new Error(`${store.shop} has no customer`)
    return customer
  }
  switch (topic) {
    case 'app/uninstalled':
      return uninstalled(store)
    case 'app/scopes_update':
      return scopesUpdate(store, [...store.scopes])
    case 'customers/data_request':
      return privacy.dataRequest(store, about())
    case 'customers/redact':
      return privacy.redactCustomer(store, about())
    case 'shop/redact':
      return privacy.redactShop(store)
    default:
      throw new Error(`No usual payload for ${topic}: give one`)
  }
}

function customerOf(store: Store, id: string): Customer {
  const customer = store.customer(id)
  if (!customer) throw new Error(`No customer ${id} in ${store.shop}`)
  return customer
}

const done = (response: Response) => void response.json({ ok: true })
