import { setTimeout as wait } from 'node:timers/promises'
import '@shopify/shopify-api/adapters/node'
import { ApiVersion, RequestedTokenType, shopifyApi, type Session } from '@shopify/shopify-api'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { Clock } from '../../../app/patience.ts'
import { createAdmin } from '../../../app/shopify/admin.server.ts'
import { customerGid, type AdminApi, type GraphqlCall } from '../../../app/shopify/admin.ts'
import { sendShopsTo } from '../../../app/shopify/origin.server.ts'
import { demoStores, startShopify, type RunningShopify } from '../../../sandbox/shopify/server.ts'

/** Our Admin client through Shopify's own library against the local Shopify. */

const shop = 'demo-one.myshopify.com'
const ada = customerGid.parse('gid://shopify/Customer/7100000000001')
const nobody = customerGid.parse('gid://shopify/Customer/1')

let shopify: RunningShopify
let session: Session
let admin: AdminApi

/** Long waits pass at once, and are noted. */
const naps: number[] = []
let skippedMs = 0
const clock: Clock = {
  now: () => performance.now() + skippedMs,
  async sleep(ms) {
    naps.push(ms)
    if (ms > 300) skippedMs += ms
    else await wait(ms)
  },
}

const library = shopifyApi({
  apiKey: 'sandbox',
  apiSecretKey: 'a-secret-of-the-sandbox',
  apiVersion: ApiVersion.October26,
  hostName: '127.0.0.1',
  isEmbeddedApp: true,
  logger: { level: 0 },
})

/** As `admin.graphql` of shopify-app-remix does it. */
const graphql: GraphqlCall = async (document, { variables }) => {
  const client = new library.clients.Graphql({ session })
  return new Response(JSON.stringify(await client.request(document, { variables })))
}

beforeAll(async () => {
  shopify = await startShopify({
    port: 0,
    apiKey: 'sandbox',
    apiSecret: 'a-secret-of-the-sandbox',
    appUrl: 'http://127.0.0.1:1',
    klaviyoUrl: 'http://127.0.0.1:1',
    stores: demoStores(),
  })
  sendShopsTo(shopify.url, 1_000)
})

afterAll(() => shopify.close())

beforeEach(async () => {
  naps.length = 0
  await control('/reset', {})
  const { token } = z.object({ token: z.string() }).parse(await control('/session-token', { shop }))
  const exchanged = await library.auth.tokenExchange({
    shop,
    sessionToken: token,
    requestedTokenType: RequestedTokenType.OfflineAccessToken,
    expiring: true,
  })
  session = exchanged.session
  admin = createAdmin({ shop, graphql, clock })
})

describe('finding customers', () => {
  it('follows an id alone, else e-mails, and phones only where no e-mail led anywhere', async () => {
    const matches = await admin.findCustomers([
      { emails: ['Ada.Moreno@example.com'], phones: ['+12025550105'] },
      { emails: ['nobody@example.com'], phones: ['+12025550105'] },
      { emails: ['nobody@example.com', 'not an address'], phones: ['12', 'call me'] },
      { emails: [], phones: [] },
      { emails: ['ada.moreno@example.com', 'dmitri.volkov@example.com'], phones: [] },
      { emails: ['ada.moreno@example.com', 'ADA.MORENO@example.com'], phones: [] },
      { id: ada, emails: ['dmitri.volkov@example.com'], phones: [] },
      { id: nobody, emails: ['ada.moreno@example.com'], phones: [] },
    ])
    expect(matches).toMatchObject([
      { found: 'one', customer: { id: ada, displayName: 'Ada Moreno', phone: '+12025550101' } },
      { found: 'one', customer: { displayName: 'Elena Rossi' } },
      { found: 'none' },
      { found: 'none' },
      { found: 'several' },
      { found: 'one', customer: { id: ada } },
      { found: 'one', customer: { id: ada } },
      { found: 'none' },
    ])
  })

  it('keeps the order over many, in few requests', async () => {
    const drafts = Array.from({ length: 600 }, (_, n) => ({ shop, email: `p${n}@example.org` }))
    await control('/customers', drafts)
    await control('/calls', undefined, 'DELETE')
    const matches = await admin.findCustomers(
      drafts.toReversed().map(({ email }) => ({ emails: [email], phones: [] })),
    )
    expect(matches.map((each) => each.found === 'one' && each.customer.email)).toEqual(
      drafts.toReversed().map(({ email }) => email),
    )
    expect(await control('/calls')).toMatchObject({ queries: 3 })
  })
})

describe('changing tags', () => {
  it('removes before it adds, and tells what went wrong with whom', async () => {
    const full = Array.from({ length: 250 }, (_, n) => `t${n}`)
    const [{ id }] = z
      .tuple([z.object({ id: z.string() })])
      .parse(await control('/customers', [{ shop, email: 'full@example.org', tags: full }]))
    const results = await admin.changeTags([
      { customer: customerGid.parse(id), add: ['new'], remove: ['t0'] },
      { customer: nobody, add: ['x'], remove: [] },
      { customer: ada, add: ['x'.repeat(256)], remove: [] },
      { customer: ada, add: [], remove: [] },
      { customer: ada, add: ['kept'], remove: [] },
    ])
    expect(results).toMatchObject([
      { ok: true },
      { ok: false, problem: { code: 'customer-gone', retry: 'never' } },
      { ok: false, problem: { code: 'tag-refused', retry: 'never' } },
      { ok: true },
      { ok: true },
    ])
    expect(await tagsOf(id)).toHaveLength(250)
    expect(await tagsOf(id)).toContain('new')
    expect(await tagsOf(ada)).toContain('kept')
  })

  it('keeps the order of one customer’s changes, however many they are', async () => {
    const changes = Array.from({ length: 75 }, (_, n) => ({
      customer: ada,
      add: [`step-${n}`],
      remove: [`step-${n - 1}`],
    }))
    await admin.changeTags(changes)
    expect((await tagsOf(ada)).filter((tag) => tag.startsWith('step-'))).toEqual(['step-74'])
  })

  it('waits for points when the store is throttled, and gets all done', async () => {
    await control('/throttling', { shop, maximumAvailable: 1_000, restoreRate: 20_000 })
    const drafts = Array.from({ length: 300 }, (_, n) => ({ shop, email: `t${n}@example.org` }))
    const made = z.array(z.object({ id: customerGid })).parse(await control('/customers', drafts))
    const changes = made.map(({ id }) => ({ customer: id, add: ['done'], remove: [] }))
    const results = await admin.changeTags(changes)
    expect(results.every(({ ok }) => ok)).toBe(true)
    expect(naps.length).toBeGreaterThan(0)
  })

  it('repeats a change whose answer was lost, without a second effect', async () => {
    await control('/faults', { kind: 'drop', operation: 'addTags', applied: true })
    expect(await admin.changeTags([{ customer: ada, add: ['once'], remove: [] }])).toEqual([
      { ok: true },
    ])
    expect(await control(`/journal?shop=${shop}`)).toMatchObject([{ added: ['once'] }])
  })
})

describe('trouble', () => {
  const tag = () => admin.changeTags([{ customer: ada, add: ['x'], remove: [] }])

  it.each([
    [401, 'shopify-access-revoked', 'mended'],
    [402, 'shopify-frozen', 'mended'],
    [403, 'shopify-scope-missing', 'mended'],
    [404, 'shopify-store-gone', 'mended'],
    [418, 'shopify-refused', 'never'],
    [423, 'shopify-locked', 'mended'],
    [430, 'shopify-blocked', 'later'],
    [503, 'shopify-down', 'later'],
  ])('says what status %i means for the merchant', async (status, code, retry) => {
    await control('/faults', { kind: 'status', status, times: 10 })
    expect(await tag()).toMatchObject([{ ok: false, problem: { code, retry } }])
    expect(naps.length > 0).toBe(code === 'shopify-down')
    await expect(admin.status()).rejects.toMatchObject({ problem: { code } })
  })

  it('waits the seconds that Retry-After asks for, then goes on', async () => {
    await control('/faults', { kind: 'status', status: 429, retryAfterSeconds: 7 })
    expect(await tag()).toEqual([{ ok: true }])
    expect(naps).toEqual([7_000])
  })

  it('hands a long pause to whoever plans the work', async () => {
    await control('/faults', { kind: 'status', status: 429, retryAfterSeconds: 90 })
    expect(await tag()).toMatchObject([
      { ok: false, problem: { code: 'shopify-busy', retryAfterMs: 90_000 } },
    ])
    expect(naps).toEqual([])
  })

  it('gives up on a silent store in time', async () => {
    await control('/faults', { kind: 'hang' })
    expect(await tag()).toMatchObject([{ ok: false, problem: { code: 'shopify-timeout' } }])
  })

  it('tries again when the connection breaks', async () => {
    await control('/faults', { kind: 'drop', times: 2 })
    expect(await tag()).toEqual([{ ok: true }])
    expect(naps).toHaveLength(2)
  })

  it('names a permission that was taken away', async () => {
    await control('/scopes', { shop, scopes: ['read_customers'] })
    expect(await tag()).toMatchObject([
      { ok: false, problem: { code: 'shopify-scope-missing', side: 'shopify' } },
    ])
  })
})

it('reads the store’s state', async () => {
  const { grantedScopes, ...status } = await admin.status()
  expect(status).toMatchObject({
    name: 'Demo One',
    currency: 'USD',
    timeZone: 'America/New_York',
    plan: 'Standard',
    apiVersion: '2026-10',
    budget: { maximum: 2_000, restoredPerSecond: 100 },
  })
  expect(grantedScopes).toContain('write_customers')
})

async function tagsOf(id: string): Promise<string[]> {
  const customers = z
    .array(z.object({ id: z.string(), tags: z.array(z.string()) }))
    .parse(await control(`/customers?shop=${shop}`))
  return customers.find((each) => each.id === id)?.tags ?? []
}

async function control(path: string, body?: object, method = body ? 'POST' : 'GET') {
  const response = await fetch(`${shopify.url}/_sandbox${path}`, {
    method,
    headers: { 'content-type': 'application/json' },
    body: body && JSON.stringify(body),
  })
  const answer: unknown = await response.json()
  return answer
}
