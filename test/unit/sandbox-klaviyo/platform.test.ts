import { createHmac } from 'node:crypto'
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import { text } from 'node:stream/consumers'
import { AccountsApi, ApiKeySession, EventsApi, ProfilesApi } from 'klaviyo-api'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { demoAccounts, startKlaviyo, type RunningKlaviyo } from '../../../sandbox/klaviyo/server.ts'

/** The local Klaviyo, spoken to by Klaviyo's own client library as the app does. */

const key = 'pk_demo_one_00000000000000000000000000'
const secret = 'a-secret-of-the-endpoint'
const headers = { authorization: `Klaviyo-API-Key ${key}`, revision: '2026-07-15' }

const errors = z.object({ errors: z.array(z.looseObject({ code: z.string() })) })
const collection = z.object({
  data: z.array(z.object({ id: z.string() })),
  links: z.object({ next: z.string().nullable() }),
})
const deliveries = z.array(
  z.object({ state: z.string(), attempts: z.array(z.object({ status: z.number().nullable() })) }),
)

let klaviyo: RunningKlaviyo
let app: Server
let appUrl: string
/** What the app is sent, and what it will answer; 202 when nothing is left. */
const received: { headers: IncomingHttpHeaders; body: string }[] = []
const answers: number[] = []

beforeAll(async () => {
  app = createServer((request, response) => {
    void text(request).then((body) => {
      received.push({ headers: request.headers, body })
      response.writeHead(answers.shift() ?? 202).end()
    })
  })
  await new Promise<void>((resolve) => app.listen(0, '127.0.0.1', resolve))
  const address = z.object({ port: z.number() }).parse(app.address())
  appUrl = `http://127.0.0.1:${address.port}/webhooks/klaviyo/one`
  klaviyo = await startKlaviyo({ port: 0, accounts: demoAccounts(), appUrl })
})

afterAll(async () => {
  await klaviyo.close()
  app.close()
})

afterEach(() => {
  vi.useRealTimers()
})

beforeEach(async () => {
  received.length = 0
  answers.length = 0
  await control('/reset')
  await control('/webhook-targets', { account: 'demo-one', url: appUrl, secret })
})

/** So that no second of a limit ends between two calls. */
const stopTheClock = () => vi.useFakeTimers({ toFake: ['Date'] })

async function control(path: string, body: object = {}): Promise<unknown> {
  const answer = await fetch(`${klaviyo.url}/_sandbox${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  expect(answer.status, await answer.clone().text()).toBe(200)
  return answer.json()
}

async function look(path: string): Promise<unknown> {
  return (await fetch(`${klaviyo.url}/_sandbox${path}`)).json()
}

const get = (path: string, more: Record<string, string> = {}) =>
  fetch(klaviyo.url + path, { headers: { ...headers, ...more } })

const write = (method: string, path: string, body: object) =>
  fetch(klaviyo.url + path, {
    method,
    headers: { ...headers, 'content-type': 'application/vnd.api+json' },
    body: JSON.stringify(body),
  })

async function refusal(answer: Response): Promise<string> {
  const [first] = errors.parse(await answer.json()).errors
  return `${answer.status} ${first?.code}`
}

function client<Api extends { basePath: string }>(Api: new (session: ApiKeySession) => Api): Api {
  const api = new Api(new ApiKeySession(key))
  api.basePath = klaviyo.url
  return api
}

describe('the API', () => {
  it('tells who the key belongs to', async () => {
    const { body } = await client(AccountsApi).getAccounts()
    expect(body.data[0]?.attributes.contactInformation.organizationName).toBe('Demo One')
  })

  it('refuses in Klaviyo’s order: key, revision, scope, limit', async () => {
    stopTheClock()
    expect(await refusal(await get('/api/flows', { authorization: '' }))).toBe(
      '401 not_authenticated',
    )
    const wrong = { authorization: 'Klaviyo-API-Key pk_wrong', revision: '' }
    expect(await refusal(await get('/api/flows', wrong))).toBe('401 authentication_failed')
    expect(await refusal(await get('/api/flows', { revision: '' }))).toBe('400 invalid')
    expect(await refusal(await get('/api/flows', { revision: '2023-02-22' }))).toBe('410 gone')
    await control('/keys', { key, scopes: ['accounts:read'] })
    expect(await refusal(await get('/api/flows'))).toBe('403 permission_denied')
    expect((await get('/api/accounts')).status).toBe(200)
    const throttled = await get('/api/accounts')
    expect(throttled.headers.get('retry-after')).toBe('1')
    expect(await refusal(throttled)).toBe('429 throttled')
  })

  it('shares an account’s limits between its keys and leaves other accounts alone', async () => {
    stopTheClock()
    await control('/keys', { key: 'pk_second', account: 'demo-one', scopes: ['accounts:read'] })
    const call = (asKey: string) =>
      get('/api/accounts', { authorization: `Klaviyo-API-Key ${asKey}` })
    await call(key)
    expect((await call('pk_second')).status).toBe(429)
    expect((await call('pk_demo_two_00000000000000000000000000')).status).toBe(200)
  })

  it('pages through all profiles, none twice and none left out, while others come', async () => {
    await control('/profiles/bulk', { account: 'demo-one', count: 250, prefix: 'many' })
    const before = z
      .array(z.object({ id: z.string() }))
      .parse(await look('/profiles?account=demo-one'))
    const seen: string[] = []
    let next: string | null = `${klaviyo.url}/api/profiles?page[size]=100`
    while (next) {
      const page = collection.parse(await (await fetch(next, { headers })).json())
      seen.push(...page.data.map(({ id }) => id))
      next = page.links.next
      if (next)
        await control('/profiles', { account: 'demo-one', email: `${seen.length}@x.example` })
    }
    expect(new Set(seen).size).toBe(seen.length)
    expect(seen).toEqual(expect.arrayContaining(before.map(({ id }) => id)))
  })

  it('finds profiles by address without regard to case and gives scores only when asked', async () => {
    const profiles = client(ProfilesApi)
    const filter =
      'any(email,["ADA.moreno@example.com","dmitri.volkov@example.com","no@one.example"])'
    const { body } = await profiles.getProfiles({ filter, sort: 'email' })
    expect(body.data.map(({ attributes }) => attributes.firstName)).toEqual(['Dmitri', 'Ada'])
    expect(body.data[0]?.attributes.predictiveAnalytics).toBeUndefined()
    const scored = await profiles.getProfiles({
      filter,
      fieldsProfile: ['email'],
      additionalFieldsProfile: ['predictive_analytics'],
    })
    expect(scored.body.data[0]?.attributes.predictiveAnalytics?.historicNumberOfOrders).toBe(1)
    expect(scored.body.data[0]?.attributes.firstName).toBeUndefined()
  })

  it('clears a property that is set to null and keeps the others', async () => {
    const profiles = client(ProfilesApi)
    const { body } = await profiles.getProfiles({ filter: 'equals(phone_number,"+447700900109")' })
    const id = body.data[0]?.id ?? ''
    const attributes = { properties: { loyalty_tier: null, visits: 3 } }
    const patch = { data: { type: 'profile', id, attributes } }
    expect((await write('PATCH', `/api/profiles/${id}`, patch)).status).toBe(200)
    const after = await profiles.getProfile(id)
    expect(after.body.data.attributes.properties).toMatchObject({ visits: 3, reviews_written: 3 })
    expect(after.body.data.attributes.properties).not.toHaveProperty('loyalty_tier')
  })

  it('records an event once for each unique id, profile and metric', async () => {
    for (const unique_id of ['step-1', 'step-1', 'step-2']) {
      const attributes = {
        unique_id,
        properties: { tag: 'klaviyo-reengaged' },
        metric: { data: { type: 'metric', attributes: { name: 'Tag Added' } } },
        profile: { data: { type: 'profile', attributes: { email: 'ada.moreno@example.com' } } },
      }
      const created = await write('POST', '/api/events', { data: { type: 'event', attributes } })
      expect(created.status).toBe(202)
    }
    const { body } = await client(EventsApi).getEvents({ include: ['metric', 'profile'] })
    expect(body.data).toHaveLength(2)
    expect(body.included?.map(({ type }) => type)).toEqual(['metric', 'profile'])
    expect(await look('/journal')).toHaveLength(2)
  })

  it('goes wrong as it is told to', async () => {
    await control('/faults', { kind: 'cloudflare', path: '/api/flows' })
    await control('/faults', { kind: 'status', status: 503, path: '/api/metrics', times: 2 })
    await control('/faults', { kind: 'drop', path: '/api/lists' })
    const challenge = await get('/api/flows')
    expect([challenge.status, challenge.headers.get('content-type')]).toEqual([
      403,
      'text/html; charset=utf-8',
    ])
    expect((await get('/api/flows')).status).toBe(200)
    const metrics = [
      await get('/api/metrics'),
      await get('/api/metrics'),
      await get('/api/metrics'),
    ]
    expect(metrics.map(({ status }) => status)).toEqual([503, 503, 200])
    await expect(get('/api/lists')).rejects.toThrow()
  })
})

describe('webhooks', () => {
  const winBack = { account: 'demo-one', metric: 'Completed Flow', flow: 'Win-back' }
  const body = () => z.record(z.string(), z.unknown()).parse(JSON.parse(received[0]?.body ?? ''))
  const hmac = (signed: string) => createHmac('sha256', secret).update(signed).digest('hex')

  it('sends a completed flow with the secret, and with empty strings for what is unknown', async () => {
    const sent = { ...winBack, format: 'flow', outcome: 'converted', profiles: ['+447700900109'] }
    await control('/send', { ...sent, properties: { quarter: 2 } })
    expect(received[0]?.headers['x-klaviyo-actions-secret']).toBe(secret)
    expect(received[0]?.headers['x-klaviyo-flow-id']).toBe(body()['flow_id'])
    expect(body()).toMatchObject({
      metric: 'Completed Flow',
      flow_name: 'Win-back',
      email: '',
      phone: '+447700900109',
      branch_outcome: 'converted',
      properties: { quarter: 2 },
    })
  })

  it('fills in the template that the merchant typed', async () => {
    const template = `{"who":"{{ person.KlaviyoID }}","tier":"{{ person|lookup:'loyalty_tier' }}","q":{{ event.quarter }},"none":"{{ event.none|default:"-" }}"}`
    const aim = { account: 'demo-one', url: appUrl, secret, body: template }
    await control('/webhook-targets', aim)
    await control('/send', { ...winBack, format: 'flow', properties: { quarter: 2 } })
    expect(body()).toMatchObject({ tier: 'bronze', q: 2, none: '-' })
  })

  it('signs a batch over body and timestamp', async () => {
    await control('/send', { ...winBack, format: 'system', count: 1_000 })
    expect(received).toHaveLength(1)
    expect(body()['data']).toHaveLength(1_000)
    const { headers: sent, body: raw } = received[0] ?? { headers: {}, body: '' }
    expect(sent['klaviyo-signature']).toBe(hmac(`${raw}${String(sent['klaviyo-timestamp'])}`))
    const { body: events } = await client(EventsApi).getEvents({ pageSize: 1_000 })
    expect(events.data).toHaveLength(1_000)
  })

  it('signs the guide’s format over the body', async () => {
    await control('/send', { ...winBack, format: 'guide', times: 2 })
    expect(received).toHaveLength(2)
    for (const each of received) expect(each.headers['x-klaviyo-signature']).toBe(hmac(each.body))
  })

  it('tries again after 503 and 429, and drops what is refused', async () => {
    answers.push(503, 429)
    const first = deliveries.parse(await control('/send', { ...winBack, format: 'flow' }))
    expect(first.map(({ state }) => state)).toEqual(['retrying'])
    await expect
      .poll(async () => deliveries.parse(await look('/deliveries')), { timeout: 5_000 })
      .toMatchObject([
        { state: 'delivered', attempts: [{ status: 503 }, { status: 429 }, { status: 202 }] },
      ])
    answers.push(401)
    const second = deliveries.parse(await control('/send', { ...winBack, format: 'flow' }))
    expect(second.map(({ state }) => state)).toEqual(['dropped'])
  })
})
