import { createHmac } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import { text } from 'node:stream/consumers'
import '@shopify/shopify-api/adapters/node'
import { ApiVersion, RequestedTokenType, shopifyApi, type Session } from '@shopify/shopify-api'
import { abstractFetch, setAbstractFetchFunc } from '@shopify/shopify-api/runtime'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { demoStores, startShopify, type RunningShopify } from '../../../sandbox/shopify/server.ts'

/** The local Shopify, spoken to by Shopify's own client library as the app does. */

const shop = 'demo-one.myshopify.com'
const secret = 'a-secret-of-the-sandbox'
const ada = 'gid://shopify/Customer/7100000000001'

const received: { topic: unknown; isSigned: boolean; body: unknown }[] = []
const nativeFetch = abstractFetch
let shopify: RunningShopify
let app: Server

const library = shopifyApi({
  apiKey: 'sandbox',
  apiSecretKey: secret,
  apiVersion: ApiVersion.October26,
  hostName: '127.0.0.1',
  isEmbeddedApp: true,
  logger: { level: 0 },
})

beforeAll(async () => {
  setAbstractFetchFunc((url, init) => {
    const { host, pathname } = new URL(url instanceof Request ? url.url : url)
    const headers = new Headers(init?.headers)
    headers.set('X-Shopify-Shop-Domain', host)
    return fetch(shopify.url + pathname, { ...init, headers })
  })
  app = createServer((request, response) => {
    void text(request).then((raw) => {
      const signature = createHmac('sha256', secret).update(raw).digest('base64')
      received.push({
        topic: request.headers['x-shopify-topic'],
        isSigned: request.headers['x-shopify-hmac-sha256'] === signature,
        body: JSON.parse(raw),
      })
      response.end()
    })
  })
  await new Promise<void>((resolve) => app.listen(0, '127.0.0.1', resolve))
  const address = app.address()
  const appPort = typeof address === 'object' && address ? address.port : 0
  shopify = await startShopify({
    port: 0,
    appUrl: `http://127.0.0.1:${appPort}`,
    apiKey: 'sandbox',
    apiSecret: secret,
    klaviyoUrl: 'http://127.0.0.1:1',
    stores: demoStores(),
  })
})

afterAll(async () => {
  setAbstractFetchFunc(nativeFetch)
  app.close()
  await shopify.close()
})

beforeEach(async () => {
  await control('/install', { shop })
  await control('/reset', {})
  received.length = 0
})

describe('tokens', () => {
  it('gives an hour for a session token and another for the refresh token, once', async () => {
    const session = await install()
    expect(session.scope).toBe('write_customers,write_discounts,write_orders')
    expect(session.expires?.getTime()).toBeCloseTo(Date.now() + 3_600_000, -4)

    const refreshToken = session.refreshToken ?? ''
    const next = await library.auth.refreshToken({ shop, refreshToken })
    expect(next.session.accessToken).not.toBe(session.accessToken)
    await expect(library.auth.refreshToken({ shop, refreshToken })).rejects.toMatchObject({
      response: { code: 400, body: { error: 'invalid_grant' } },
    })
  })

  it('refuses a session token of another shop', async () => {
    await expect(exchange(await sessionToken('demo-two.myshopify.com'))).rejects.toMatchObject({
      response: { code: 400, body: { error: 'invalid_subject_token' } },
    })
  })

  it('answers 401 to a token that is over, revoked or another shop’s', async () => {
    const session = await install()
    await control('/tokens/expire', { shop })
    await expect(ask(session, '{ shop { name } }')).rejects.toMatchObject({
      response: { code: 401 },
    })
    const again = await install()
    again.shop = 'demo-two.myshopify.com'
    await expect(ask(again, '{ shop { name } }')).rejects.toMatchObject({ response: { code: 401 } })
  })
})

describe('customers', () => {
  it('are found by address or phone whatever the case, and never in another shop', async () => {
    const session = await install()
    const { data } = await ask(
      session,
      `{ mail: customerByIdentifier(identifier: { emailAddress: "dmitri.volkov@example.com" }) { displayName }
         phone: customerByIdentifier(identifier: { phoneNumber: "+12025550105" }) { displayName }
         elsewhere: customerByIdentifier(identifier: { emailAddress: "olga.petrova@example.com" }) { id } }`,
    )
    expect(data).toEqual({
      mail: { displayName: 'Dmitri Volkov' },
      phone: { displayName: 'Elena Rossi' },
      elsewhere: null,
    })
  })

  it('keep the first casing of a tag, and a repeat leaves no trace in the journal', async () => {
    const session = await install()
    const tag = `mutation { tagsAdd(id: "${ada}", tags: ["vip", "Zest, alpha"]) { node { ... on Customer { tags } } userErrors { message } } }`
    const added = { node: { tags: ['alpha', 'newsletter', 'VIP', 'Zest'] }, userErrors: [] }
    expect((await ask(session, tag)).data).toEqual({ tagsAdd: added })
    expect((await ask(session, tag)).data).toEqual({ tagsAdd: added })
    expect(await control(`/journal?shop=${shop}`)).toMatchObject([
      { customerId: ada, operation: 'tagsAdd', added: ['alpha', 'Zest'], removed: [] },
    ])
  })

  it('take 250 tags and no more, nor a single one of a larger request', async () => {
    const session = await install()
    const tags = JSON.stringify(Array.from({ length: 249 }, (_, number) => `tag-${number}`))
    const { data } = await ask(
      session,
      `mutation { tagsAdd(id: "${ada}", tags: ${tags}) { node { id } userErrors { field message } } }`,
    )
    expect(data).toEqual({
      tagsAdd: {
        node: null,
        userErrors: [{ field: ['tags'], message: 'Tags cannot be more than 250' }],
      },
    })
    const customers = await control(`/customers?shop=${shop}`)
    expect(customers).toContainEqual(
      expect.objectContaining({ id: ada, tags: ['newsletter', 'VIP'] }),
    )
  })
})

describe('refusals', () => {
  it('names a field that the sandbox doesn’t know instead of answering null', async () => {
    const session = await install()
    await expect(
      ask(session, `{ customer(id: "${ada}") { numberOfOrders } }`),
    ).rejects.toMatchObject({
      body: {
        errors: {
          graphQLErrors: [{ message: 'not supported by the sandbox: Customer.numberOfOrders' }],
        },
      },
    })
  })

  it('denies what the merchant didn’t grant', async () => {
    const session = await install()
    await control('/scopes', { shop, scopes: ['read_customers'] })
    const tag = `mutation { tagsAdd(id: "${ada}", tags: ["x"]) { userErrors { message } } }`
    await expect(ask(session, tag)).rejects.toMatchObject({
      body: { errors: { graphQLErrors: [{ extensions: { code: 'ACCESS_DENIED' } }] } },
    })
    expect(received).toMatchObject([{ topic: 'app/scopes_update', isSigned: true }])
  })

  it('throttles once the bucket is empty, and says how full it is', async () => {
    const session = await install()
    await control('/throttling', { shop, maximumAvailable: 15, restoreRate: 1 })
    const tag = `mutation { tagsAdd(id: "${ada}", tags: ["x"]) { userErrors { message } } }`
    const { extensions } = await ask(session, tag)
    expect(extensions?.cost).toMatchObject({
      requestedQueryCost: 10,
      throttleStatus: { maximumAvailable: 15, currentlyAvailable: 5, restoreRate: 1 },
    })
    await expect(ask(session, tag)).rejects.toMatchObject({
      body: { errors: { graphQLErrors: [{ extensions: { code: 'THROTTLED' } }] } },
    })
  })

  it('can lose the answer of a call that took effect', async () => {
    const session = await install()
    await control('/faults', { kind: 'drop', operation: 'AddTag', applied: true })
    const tag = `mutation AddTag { tagsAdd(id: "${ada}", tags: ["once"]) { userErrors { message } } }`
    await expect(ask(session, tag)).rejects.toThrow()
    await ask(session, tag)
    expect(await control(`/journal?shop=${shop}`)).toMatchObject([{ added: ['once'] }])
    expect(await control('/calls')).toMatchObject({ mutations: 2, fields: { tagsAdd: 2 } })
  })
})

describe('webhooks', () => {
  it('tell the app of an uninstall, whose tokens are then good for nothing', async () => {
    const session = await install()
    await control('/uninstall', { shop })
    expect(received).toMatchObject([
      { topic: 'app/uninstalled', isSigned: true, body: { myshopify_domain: shop } },
    ])
    const { refreshToken = '' } = session
    await expect(library.auth.refreshToken({ shop, refreshToken })).rejects.toThrow()
  })

  it('carry a customer’s privacy request in Shopify’s shape', async () => {
    await control('/webhooks', { shop, topic: 'customers/redact' })
    expect(received).toMatchObject([
      {
        isSigned: true,
        body: {
          shop_domain: shop,
          customer: { id: 7100000000001, email: 'ada.moreno@example.com', phone: '+12025550101' },
          orders_to_redact: [],
        },
      },
    ])
  })
})

async function install(): Promise<Session> {
  return exchange(await sessionToken(shop))
}

async function sessionToken(forShop: string): Promise<string> {
  const answer = await control('/session-token', { shop: forShop })
  return z.object({ token: z.string() }).parse(answer).token
}

async function exchange(sessionToken: string): Promise<Session> {
  const { session } = await library.auth.tokenExchange({
    shop,
    sessionToken,
    requestedTokenType: RequestedTokenType.OfflineAccessToken,
    expiring: true,
  })
  return session
}

/** Throws the client's error for anything but a clean answer. */
function ask(
  session: Session,
  document: string,
): Promise<{ data?: unknown; extensions?: { cost?: unknown } }> {
  return new library.clients.Graphql({ session }).request(document)
}

async function control(path: string, body?: object): Promise<unknown> {
  const response = await fetch(`${shopify.url}/_sandbox${path}`, {
    method: body ? 'POST' : 'GET',
    headers: { 'content-type': 'application/json' },
    body: body && JSON.stringify(body),
  })
  return response.json()
}
