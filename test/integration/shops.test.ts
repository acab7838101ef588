import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { flowPost } from '../../bench/bodies.ts'
import { database, eventually, openSeededStage, shopA, shopB, tagsOf } from '../harness/stage.ts'
import type { Stage } from '../harness/stage.ts'

const email = 'ben.okafor@example.com'
const key = 'pk_demo_one_00000000000000000000000000'

let stage: Stage

beforeAll(async () => {
  stage = await openSeededStage()
})
afterAll(() => stage.close())

const answer = z.object({
  ok: z.boolean(),
  said: z.string().optional(),
  problems: z.array(z.object({ field: z.string(), message: z.string() })).optional(),
  problem: z.object({ code: z.string(), what: z.string(), remedy: z.string() }).optional(),
})
const submit = async (form: Record<string, string>, shop = shopA) =>
  answer.parse(await (await stage.admin(shop).submit('/app/settings', 'app.settings', form)).json())

const settingsScreen = z.object({
  connection: z
    .object({
      account: z.object({ name: z.string() }),
      scopes: z.array(z.object({ scope: z.string(), state: z.string(), purpose: z.string() })),
    })
    .nullable(),
  endpoint: z.object({
    url: z.string(),
    headers: z.record(z.string(), z.string()),
    secrets: z.array(z.object({ id: z.string(), value: z.string() })),
    flowBody: z.string(),
    lastEventAt: z.string().nullable(),
  }),
  requests: z.array(
    z.object({
      id: z.string(),
      kind: z.string(),
      completedAt: z.string().nullable(),
      hasAnswer: z.boolean(),
    }),
  ),
})
const settings = async (shop = shopA) =>
  settingsScreen.parse(await (await stage.admin(shop).load('/app/settings', 'app.settings')).json())

const banner = z.object({ code: z.string() }).nullable()
const banners = async (shop = shopA) =>
  z
    .object({ health: z.object({ isConnected: z.boolean(), shopify: banner, klaviyo: banner }) })
    .parse(await (await stage.admin(shop).load('/app/settings', 'app')).json()).health

const check = z.object({ name: z.string(), state: z.string(), detail: z.string() })
const checkup = async (shop = shopA) =>
  z
    .object({ shopify: z.array(check), klaviyo: z.array(check) })
    .parse(
      await (
        await stage.admin(shop).submit('/app/settings/health', 'app.settings_.health', {})
      ).json(),
    )

/** Posts a converted flow of the customer to the first store; answers the status. */
async function post(person: { profileId: string; email: string }): Promise<number> {
  const { url, headers } = (await settings()).endpoint
  const [secret = ''] = Object.values(headers)
  const event = flowPost(secret, 'Completed Flow', { eventId: randomUUID(), ...person })
  return (await fetch(url, { method: 'POST', ...event })).status
}

const delivery = z.object({ status: z.number().nullable() })
const webhook = async (topic: string, more: object = {}) =>
  delivery.parse(await stage.shopify.post('/webhooks', { shop: shopA, topic, ...more })).status

const tokenRequests = async () =>
  (await stage.shopify.get('/calls', z.object({ tokenRequests: z.number() }))).tokenRequests

const customers = z.array(z.object({ id: z.string(), email: z.string().nullable() }))
const customerOf = async (address: string) => {
  const all = await stage.shopify.get(`/customers?shop=${shopA}`, customers)
  return all.find((each) => each.email === address)?.id ?? ''
}

const activity = async (shop = shopA) =>
  z
    .object({ rows: z.array(z.unknown()) })
    .parse(await (await stage.admin(shop).load('/app/activity', 'app.activity._index')).json()).rows

describe('the Klaviyo key', () => {
  it('must look like one, and says what is wrong at the field', async () => {
    const { ok, problems } = await submit({ intent: 'connect', key: 'ABC123' }, shopB)
    expect(ok).toBe(false)
    expect(problems?.[0]?.field).toBe('key')
    expect(problems?.[0]?.message).toMatch(/public site ID/)
  })

  it('that Klaviyo refuses is told and not stored', async () => {
    const { problem } = await submit({ intent: 'connect', key: 'pk_nobody_000000000000' }, shopB)
    expect(problem?.code).toBe('klaviyo-key-refused')
    expect((await settings(shopB)).connection).toBeNull()
  })

  it('that lacks a scope is taken, and the screen says which and what it is for', async () => {
    const scopes = ['accounts:read', 'profiles:read', 'metrics:read']
    await stage.klaviyo.post('/keys', {
      key: 'pk_narrow_000000000000',
      account: 'demo-two',
      scopes,
    })
    expect((await submit({ intent: 'connect', key: 'pk_narrow_000000000000' }, shopB)).ok).toBe(
      true,
    )
    const missing = (await settings(shopB)).connection?.scopes.filter(
      ({ state }) => state === 'missing',
    )
    expect(missing?.map(({ scope }) => scope)).toEqual([
      'flows:read',
      'campaigns:read',
      'profiles:write',
      'events:read',
      'events:write',
      'lists:read',
      'lists:write',
      'segments:read',
    ])
    expect(missing?.[0]?.purpose).toMatch(/flows/)
  })

  it('taken back by Klaviyo holds work up until it is good again', async () => {
    await stage.klaviyo.post('/keys', { key, valid: false })
    expect((await submit({ intent: 'test' })).problem?.code).toBe('klaviyo-key-refused')
    expect((await banners()).klaviyo?.code).toBe('klaviyo-key-refused')
    expect(await post({ profileId: '', email })).toBe(202)

    await stage.klaviyo.post('/keys', { key, valid: true })
    await submit({ intent: 'test' })
    expect((await banners()).klaviyo).toBeNull()
    await eventually(async () =>
      expect(await tagsOf(stage, shopA, email)).toContain('klaviyo-reengaged'),
    )
  })
})

describe('the endpoint', () => {
  it('takes both secrets until the old one is retired', async () => {
    const before = (await settings()).endpoint
    const [old = ''] = before.secrets.map(({ value }) => value)
    const postWith = async (secret: string) =>
      (
        await fetch(before.url, {
          method: 'POST',
          ...flowPost(secret, 'Other', { eventId: randomUUID(), profileId: '', email }),
        })
      ).status
    expect((await submit({ intent: 'rotate' })).ok).toBe(true)
    const { secrets, headers } = (await settings()).endpoint
    const fresh = secrets.at(-1)?.value ?? ''
    expect(Object.values(headers)).toEqual([fresh])
    await eventually(async () => expect(await postWith(fresh)).toBe(202))
    expect(await postWith(old)).toBe(202)
    expect((await submit({ intent: 'rotate' })).ok).toBe(false)

    await submit({ intent: 'retire', secretId: secrets[0]?.id ?? '' })
    await eventually(async () => expect(await postWith(old)).toBe(401))
    expect(await postWith(fresh)).toBe(202)
  })

  it('keeps its last secret', async () => {
    const [only] = (await settings()).endpoint.secrets
    expect((await submit({ intent: 'retire', secretId: only?.id ?? '' })).ok).toBe(false)
    expect((await settings()).endpoint.secrets).toEqual([only])
  })

  it('of another store is out of reach', async () => {
    await submit({ intent: 'rotate' }, shopB)
    const { secrets } = (await settings(shopB)).endpoint
    expect((await submit({ intent: 'retire', secretId: secrets[0]?.id ?? '' })).ok).toBe(false)
    expect((await settings(shopB)).endpoint.secrets).toEqual(secrets)
  })
})

describe('Shopify’s tokens', () => {
  it('are renewed once, however many need a new one', async () => {
    await checkup()
    const before = await tokenRequests()
    const runs = (await activity()).length
    await stage.shopify.post('/tokens/expire', { shop: shopA })
    // The drain needs a token too; on PostgreSQL it runs in another process.
    await post({ profileId: '', email })
    const checkups = await Promise.all([checkup(), checkup(), checkup()])
    await eventually(async () => expect((await activity()).length).toBeGreaterThan(runs))
    for (const { shopify } of checkups) {
      expect(shopify[0]).toMatchObject({ name: 'Access', state: 'ok' })
    }
    expect((await tokenRequests()) - before).toBe(1)
  })

  it('that ended are told on the health page and replaced at the next visit', async () => {
    await stage.shopify.post('/tokens/revoke', { shop: shopA })
    expect((await checkup()).shopify[0]).toMatchObject({ name: 'Access', state: 'fail' })
    await stage.admin(shopA).load('/app/settings', 'app.settings')
    expect((await banners()).shopify).toBeNull()
    expect((await checkup()).shopify[0]).toMatchObject({ name: 'Access', state: 'ok' })
  })

  it('without a needed permission hold work up until it is granted', async () => {
    await stage.shopify.post('/scopes', { shop: shopA, scopes: ['read_customers'] })
    expect((await banners()).shopify?.code).toBe('shopify-scope-missing')
    await stage.shopify.post('/scopes', {
      shop: shopA,
      scopes: [
        'read_customers',
        'write_customers',
        'read_discounts',
        'write_discounts',
        'read_orders',
        'write_orders',
      ],
    })
    expect((await banners()).shopify).toBeNull()
  })
})

describe.runIf(database === 'postgresql')('rows as they lie in the database', () => {
  it('hold no token, key, secret or e-mail in the clear', async () => {
    const secret = (await settings()).endpoint.secrets[0]?.value ?? ''
    const tables = ['Session', 'Connection', 'EndpointSecret', 'InboundEvent', 'Run', 'Step']
    for (const table of tables) {
      const rows = JSON.stringify(await stage.query(`select * from "${table}"`))
      expect(rows).not.toBe('[]')
      for (const clear of [/shp[ar]t_/, key, secret, email]) expect(rows).not.toMatch(clear)
    }
  })
})

describe('privacy webhooks', () => {
  const about = async () => ({ customerId: await customerOf(email) })

  it('that ask for data give the merchant all that is held, once', async () => {
    const webhookId = randomUUID()
    expect(await webhook('customers/data_request', { ...(await about()), webhookId })).toBe(200)
    expect(await webhook('customers/data_request', { ...(await about()), webhookId })).toBe(200)
    const requests = (await settings()).requests.filter(({ id }) => id === webhookId)
    expect(requests).toMatchObject([{ kind: 'data_request', hasAnswer: true }])

    const path = `/app/settings/privacy/${webhookId}`
    const route = 'app.settings_.privacy.$requestId'
    const file = await (await stage.admin(shopA).load(path, route)).text()
    expect(file).toContain(email)
    expect(file).toContain('klaviyo-reengaged')
    expect((await stage.admin(shopB).load(path, route)).status).toBe(404)
  })

  it('that redact a customer leave nothing of the customer, even without access', async () => {
    await stage.shopify.post('/tokens/revoke', { shop: shopA })
    expect((await activity()).length).toBeGreaterThan(0)
    expect(await webhook('customers/redact', await about())).toBe(200)
    expect(await activity()).toEqual([])
    expect((await settings()).requests.some(({ hasAnswer }) => hasAnswer)).toBe(false)
  })

  it('stay open while Klaviyo can’t tell who the customer is there', async () => {
    const webhookId = randomUUID()
    const isCompleted = async () =>
      (await settings()).requests.find(({ id }) => id === webhookId)?.completedAt != null
    const ask = async () => webhook('customers/redact', { ...(await about()), webhookId })
    // An event is kept that may be the customer's.
    expect(await post({ profileId: 'WHOSE', email: '' })).toBe(202)
    await stage.klaviyo.post('/keys', { key, valid: false })
    expect(await ask()).toBe(200)
    expect(await isCompleted()).toBe(false)
    await stage.klaviyo.post('/keys', { key, valid: true })
    expect(await ask()).toBe(200)
    expect(await isCompleted()).toBe(true)
  })
})

describe('a store that leaves', () => {
  it('takes its keys with it, and finds the rest when it comes back', async () => {
    const { url } = (await settings()).endpoint
    await stage.shopify.post('/uninstall', { shop: shopA })
    await eventually(async () => {
      const answered = await fetch(url, {
        method: 'POST',
        ...flowPost('any', 'Any', { eventId: '1', profileId: '', email }),
      })
      expect(answered.status).toBe(401)
    })
    await stage.shopify.post('/install', { shop: shopA })
    const back = await settings()
    expect(back.connection).toBeNull()
    expect(back.endpoint.url).toBe(url)
  })

  it('is forgotten whole when Shopify says so, and may start anew', async () => {
    const { url } = (await settings()).endpoint
    await stage.shopify.post('/uninstall', { shop: shopA })
    expect(await webhook('shop/redact')).toBe(200)
    if (database === 'postgresql') {
      for (const table of [
        'Session',
        'Endpoint',
        'EndpointSecret',
        'Rule',
        'InboundEvent',
        'Run',
      ]) {
        const column = table === 'Session' ? 'shop' : 'shopId'
        expect(
          await stage.query(`select 1 from "${table}" where "${column}" = '${shopA}'`),
        ).toEqual([])
      }
    }
    await stage.shopify.post('/install', { shop: shopA })
    expect((await settings()).endpoint.url).not.toBe(url)
  })
})
