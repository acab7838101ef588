import { readFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import express, { Router, type Request, type Response } from 'express'
import { z } from 'zod'
import { awaited } from '../awaited.ts'
import type { ScopesDetail } from '../browser/messages.ts'
import { checkOut } from '../checkout.ts'
import type { Platform } from '../platform.ts'
import { issueSessionToken } from '../session-token.ts'
import { displayName } from '../customer.ts'
import { grantable, optional, type Store } from '../store.ts'
import { planNames } from '../throttle.ts'
import { privacy, type Delivery } from '../webhooks.ts'
import { appPage } from './app.ts'
import { customerPage, customersPage } from './customers.ts'
import { discountsPage } from './discounts.ts'
import { flowPage } from './flow.ts'
import type { Html } from './html.ts'
import { layout, type Page } from './layout.ts'
import { ordersPage } from './orders.ts'
import { homePage, settingsPage } from './settings.ts'

const search = z.object({ q: z.string().default('') })
const notice = z.object({ notice: z.string().optional() })
const privacyForm = z.discriminatedUnion('topic', [
  z.object({ topic: z.literal('customers/data_request'), customerId: z.string() }),
  z.object({ topic: z.literal('customers/redact'), customerId: z.string() }),
  z.object({ topic: z.literal('shop/redact') }),
])
const scopesForm = z.object({
  scopes: z.union([z.string().transform((one) => [one]), z.array(z.string())]).default([]),
})
const scopesAsked = z.object({ scopes: z.array(z.string()) })
const codeForm = z.object({ code: z.string() })
const resourceQuery = z.object({ type: z.enum(['collection', 'product']) })
const planForm = z.object({ plan: z.enum(planNames), enforced: z.string().optional() })

/** The merchant's side: the admin's pages with the app embedded, and the scripts they need. */
export function pages(platform: Platform): Router {
  const router = Router()
  router.use(express.urlencoded({ extended: false }))

  router.get('/app-bridge.js', script('app-bridge'))
  router.get('/assets/admin.js', script('admin'))
  router.get('/assets/admin.css', (_request, response) => {
    response.type('css').send(readFileSync(new URL('../browser/admin.css', import.meta.url)))
  })

  router.get('/', (_request, response) => {
    response.redirect(`/store/${platform.stores[0]?.seed.handle}`)
  })

  router.get('/store/:handle', showApp)
  router.get('/store/:handle/apps/klaviyo-actions*', showApp)
  router.get('/store/:handle/session-token', (request, response) => {
    response.json({ token: issueSessionToken(storeOf(request).shop, platform.options) })
  })

  router.get('/store/:handle/home', (request, response) => {
    const store = storeOf(request)
    const body = homePage(platform, store)
    show(request, response, { store, section: 'home', title: 'Home', body })
  })
  router.get('/store/:handle/customers', (request, response) => {
    const store = storeOf(request)
    const body = customersPage(store, search.parse(request.query).q)
    show(request, response, { store, section: 'customers', title: 'Customers', body })
  })
  router.get('/store/:handle/customers/:id', (request, response) => {
    const store = storeOf(request)
    const customer = store.customer(`gid://shopify/Customer/${request.params.id}`)
    if (!customer) throw new Error('No such customer')
    const title = displayName(customer)
    const body = customerPage(store, customer)
    show(request, response, { store, section: 'customers', title, body })
  })
  router.get('/store/:handle/discounts', (request, response) => {
    const store = storeOf(request)
    const body = discountsPage(store)
    show(request, response, { store, section: 'discounts', title: 'Discounts', body })
  })
  router.post('/store/:handle/discounts/redeem', (request, response) => {
    const store = storeOf(request)
    const { code } = codeForm.parse(request.body)
    const address = `/store/${store.seed.handle}/orders`
    response.redirect(303, `${address}?notice=${encodeURIComponent(redeem(store, code))}`)
  })
  router.get('/store/:handle/orders', (request, response) => {
    const store = storeOf(request)
    const body = ordersPage(store)
    show(request, response, { store, section: 'orders', title: 'Orders', body })
  })
  router.get('/store/:handle/orders/:id', (request, response) => {
    const store = storeOf(request)
    const body = ordersPage(store)
    show(request, response, { store, section: 'orders', title: 'Orders', body })
  })
  router.get('/store/:handle/flow', (request, response) => {
    const store = storeOf(request)
    show(request, response, { store, section: 'flow', title: 'Flow', body: flowPage(store) })
  })
  router.get('/store/:handle/resources', (request, response) => {
    const { type } = resourceQuery.parse(request.query)
    response.json(storeOf(request).catalog.of(type === 'collection' ? 'Collection' : 'Product'))
  })
  router.get('/store/:handle/settings', (request, response) => {
    const store = storeOf(request)
    const body = settingsPage(platform, store)
    show(request, response, { store, section: 'settings', title: 'Settings', body })
  })

  router.post('/store/:handle/install', (request, response) => {
    const store = storeOf(request)
    platform.install(store)
    response.redirect(303, `/store/${store.seed.handle}`)
  })
  router.post(
    '/store/:handle/uninstall',
    awaited(async (request, response) => {
      const store = storeOf(request)
      toSettings(response, store, told(await platform.uninstall(store)))
    }),
  )
  router.post(
    '/store/:handle/scopes',
    awaited(async (request, response) => {
      const store = storeOf(request)
      const { scopes } = scopesForm.parse(request.body)
      toSettings(response, store, told(await platform.grant(store, scopes)))
    }),
  )
  router.get('/store/:handle/scopes', (request, response) => {
    response.json(scopesOf(storeOf(request)))
  })
  router.post(
    '/store/:handle/scopes/:change(add|drop)',
    express.json(),
    awaited(async (request, response) => {
      const store = storeOf(request)
      const { scopes } = scopesAsked.parse(request.body)
      await (request.params.change === 'add'
        ? platform.add(store, scopes)
        : platform.drop(store, scopes))
      response.json(scopesOf(store))
    }),
  )
  router.post(
    '/store/:handle/privacy',
    awaited(async (request, response) => {
      const store = storeOf(request)
      toSettings(response, store, told(await sendPrivacy(store, privacyForm.parse(request.body))))
    }),
  )
  router.post('/store/:handle/plan', (request, response) => {
    const store = storeOf(request)
    const { plan, enforced } = planForm.parse(request.body)
    store.changePlan(plan)
    store.bucket.isEnforced = enforced !== undefined
    toSettings(response, store, 'Plan saved')
  })

  return router

  /** What follows the app's own address in the admin is a path in the app, with its search. */
  function showApp(request: Request, response: Response): void {
    const store = storeOf(request)
    const [, inApp = ''] = request.originalUrl.split('/apps/klaviyo-actions')
    const body = appPage(platform, store, `/app${inApp}`)
    show(request, response, { store, section: 'app', title: 'Klaviyo Actions', body })
  }

  function show(
    request: Request,
    response: Response,
    page: Omit<Page, 'platform' | 'notice'>,
  ): void {
    const rendered: Html = layout({ ...page, platform, ...notice.parse(request.query) })
    response.type('html').send(rendered.text)
  }

  function storeOf(request: Request): Store {
    const store = platform.store(`${request.params.handle}.myshopify.com`)
    if (!store) throw new Error(`No store ${request.params.handle} in the sandbox`)
    return store
  }

  function sendPrivacy(store: Store, form: z.infer<typeof privacyForm>): Promise<Delivery> {
    if (form.topic === 'shop/redact') {
      return platform.webhooks.send(store, privacy.redactShop(store))
    }
    const customer = store.customer(form.customerId)
    if (!customer) throw new Error('No such customer')
    const webhook =
      form.topic === 'customers/redact'
        ? privacy.redactCustomer(store, customer)
        : privacy.dataRequest(store, customer)
    return platform.webhooks.send(store, webhook)
  }
}

/** What App Bridge says of the app's scopes. */
const scopesOf = ({ scopes }: Store): ScopesDetail => ({
  granted: [...scopes].sort(),
  required: grantable,
  optional,
})

function toSettings(response: Response, store: Store, words: string): void {
  const query = new URLSearchParams({ notice: words })
  response.redirect(303, `/store/${store.seed.handle}/settings?${query}`)
}

const told = ({ topic, status }: Delivery) =>
  status === null ? `Sent ${topic}: no answer` : `Sent ${topic}: the app answered ${status}`

/** Serves a browser script from its TypeScript source. */
function script(name: 'app-bridge' | 'admin') {
  const source = readFileSync(new URL(`../browser/${name}.ts`, import.meta.url), 'utf8')
  const text = stripTypeScriptTypes(source)
  return (_request: Request, response: Response) => void response.type('js').send(text)
}

/** Buys something with the code as the customer that it is for; what came of it. */
function redeem(store: Store, code: string): string {
  const [customerId = null] = store.discounts.byCode(code)?.customers ?? []
  try {
    const { name } = checkOut(store, { customerId, total: 50, discountCodes: [code] })
    return `Order ${name} used ${code}`
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
