import { createServer } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createKlaviyo } from '../../../app/klaviyo/klaviyo.server.ts'
import { checkKeyShape, type KlaviyoApi } from '../../../app/klaviyo/klaviyo.ts'
import type { Clock } from '../../../app/patience.ts'
import { demoAccounts, startKlaviyo, type RunningKlaviyo } from '../../../sandbox/klaviyo/server.ts'

/** Our client of Klaviyo against the local Klaviyo. */

const key = 'pk_demo_one_00000000000000000000000000'

let klaviyo: RunningKlaviyo
let api: KlaviyoApi

/** Long waits pass at once, and are noted. */
const naps: number[] = []
let skippedMs = 0
const clock: Clock = {
  now: () => performance.now() + skippedMs,
  async sleep(ms) {
    naps.push(ms)
    if (ms > 1_500) skippedMs += ms
    else await wait(ms)
  },
}

beforeAll(async () => {
  klaviyo = await startKlaviyo({
    port: 0,
    accounts: demoAccounts(),
    appUrl: 'http://127.0.0.1:1',
  })
})

afterAll(() => klaviyo.close())

beforeEach(async () => {
  naps.length = 0
  await control('/reset', {})
  api = createKlaviyo({ baseUrl: klaviyo.url, clock, answerTimeoutMs: 1_000 }).forAccount(
    key,
    'one',
  )
})

describe('profiles', () => {
  const people = async (count: number) =>
    z
      .object({ ids: z.array(z.string()) })
      .parse(await control('/profiles/bulk', { account: 'demo-one', count, prefix: 'many' })).ids

  it('come by id, any number of them, a hundred with a call', async () => {
    const ids = await people(250)
    await control('/calls', undefined, 'DELETE')
    const found = await api.profiles([...ids, ...ids])
    expect([...found.keys()].sort()).toEqual(ids.sort())
    const [profile] = found.values()
    expect(profile).toMatchObject({ phone: null, properties: { rank: 0 } })
    expect(profile?.firstName).toMatch(/^Person/)
    expect(await control('/calls')).toMatchObject({ paths: { 'GET /api/profiles': 3 } })
  })

  it('come with predictions where these are asked for', async () => {
    const email = 'ada.moreno@example.com'
    const [usual] = (await api.profilesByEmail([email])).values()
    expect(usual).not.toHaveProperty('predictive')
    const [scored] = (await api.profilesByEmail([email], { predictive: true })).values()
    expect(scored).toMatchObject({ ...usual, predictive: { average_order_value: 38.25 } })
    expect(scored?.predictive?.['expected_date_of_next_order']).toMatch(/^2026-12-01T/)

    const unscored = 'unscored@example.com'
    await control('/profiles', { account: 'demo-one', email: unscored })
    const [other] = (await api.profilesByEmail([unscored], { predictive: true })).values()
    expect(new Set(Object.values(other?.predictive ?? {}))).toEqual(new Set([null]))
  })

  it('hold text that can be stored, whatever Klaviyo has', async () => {
    const email = 'odd@example.com'
    const properties = { 'a\u0000': ['x\u0000\ud83d'] }
    await control('/profiles', { account: 'demo-one', email, properties })
    const [profile] = (await api.profilesByEmail([email])).values()
    expect(profile?.properties).toEqual({ a: ['x\ufffd'] })
  })

  it('are not spoilt by ids that are none', async () => {
    const [id = ''] = await people(1)
    const found = await api.profiles(['', 'no-such', '7', id, 'x"y', 'ABCDEF', '’'])
    expect([...found.keys()]).toEqual([id])
  })

  it('come by e-mail whatever the case, with quotes and plus signs in it', async () => {
    const email = `o'brien+"x"@example.com`
    await control('/profiles', { account: 'demo-one', email })
    const found = await api.profilesByEmail(['Ada.Moreno@Example.com', email, 'nobody@example.com'])
    expect([...found.keys()].sort()).toEqual(['ada.moreno@example.com', email])
  })

  it('come by phone', async () => {
    const found = await api.profilesByPhone(['+12025550101', '+12025550199'])
    expect(found.get('+12025550101')).toMatchObject({ email: 'ada.moreno@example.com' })
  })
})

describe('lists for the editor', () => {
  it('hold names, of all pages and channels', async () => {
    expect(await api.metrics()).toContainEqual(
      expect.objectContaining({ name: 'Placed Order', integration: 'Shopify' }),
    )
    expect(await api.flows()).toContainEqual(
      expect.objectContaining({ name: 'Win-back', status: 'live', isArchived: false }),
    )
    const channels = (await api.campaigns()).map(({ channel }) => channel)
    expect(new Set(channels)).toEqual(new Set(['email', 'sms']))
  })

  it('follow the links of a Klaviyo with many pages', async () => {
    const server = createServer((request, response) => {
      const url = new URL(request.url ?? '/', 'https://a.klaviyo.com')
      const page = Number(url.searchParams.get('page[cursor]') ?? 0)
      const next = page < 2 ? `${url.origin}/api/flows?page%5Bcursor%5D=${page + 1}` : null
      const attributes = { name: `Flow ${page}`, status: 'live', archived: false }
      response.setHeader('content-type', 'application/vnd.api+json')
      response.end(
        JSON.stringify({ data: [{ type: 'flow', id: `f${page}`, attributes }], links: { next } }),
      )
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = z.object({ port: z.number() }).parse(server.address())
    const many = createKlaviyo({ baseUrl: `http://127.0.0.1:${port}`, clock }).forAccount(key, null)
    expect((await many.flows()).map(({ name }) => name)).toEqual(['Flow 0', 'Flow 1', 'Flow 2'])
    server.close()
  })
})

describe('the key', () => {
  it('is looked at only as far as Klaviyo promises', () => {
    expect(checkKeyShape('  pk_0123456789abcdef\n')).toEqual({
      ok: true,
      key: 'pk_0123456789abcdef',
    })
    expect(checkKeyShape('AbC123')).toHaveProperty(
      'message',
      expect.stringContaining('public site ID'),
    )
    expect(checkKeyShape('')).toHaveProperty(
      'message',
      expect.stringContaining('Paste your private'),
    )
    expect(checkKeyShape('pk_a b')).toHaveProperty('message', expect.stringContaining('cut off'))
    expect(checkKeyShape('sk_live_1')).toHaveProperty(
      'message',
      expect.stringContaining('starts with pk_'),
    )
  })

  it('tells its account and its scopes', async () => {
    expect(await api.account()).toEqual({ id: 'DmoN1a', name: 'Demo One' })
    await control('/keys', { key, scopes: ['accounts:read', 'profiles:read', 'metrics:read'] })
    const scopes = await api.scopes()
    expect(Object.fromEntries(scopes.map(({ scope, state }) => [scope, state]))).toEqual({
      'accounts:read': 'granted',
      'profiles:read': 'granted',
      'metrics:read': 'granted',
      'flows:read': 'missing',
      'campaigns:read': 'missing',
      'events:read': 'missing',
      'segments:read': 'missing',
      'profiles:write': 'missing',
      'events:write': 'missing',
      'lists:read': 'missing',
      'lists:write': 'missing',
    })
  })

  it('is not blamed for what could not be asked just now', async () => {
    await control('/faults', { kind: 'status', status: 503, path: '/api/flows', times: 10 })
    const scopes = await api.scopes()
    expect(scopes.find(({ scope }) => scope === 'flows:read')).toMatchObject({ state: 'unknown' })
  })
})

describe('past events', () => {
  /** One event an hour, the newest an hour ago. */
  async function record(metric: string, count: number) {
    for (let hour = 1; hour <= count; hour++) {
      await api.recordEvent({
        profileId: ada,
        metric,
        uniqueId: `${metric} ${hour}`,
        at: new Date(start - hour * 3_600_000),
        properties: { hour, $value: 1.5, nested: { some_key: [1] } },
      })
    }
    const found = (await api.metrics()).find(({ name }) => name === metric)
    return found?.id ?? ''
  }
  const start = Date.parse('2026-03-14T12:00:00Z')
  let ada: string
  beforeEach(async () => {
    const found = await api.profilesByEmail(['ada.moreno@example.com'])
    ada = found.get('ada.moreno@example.com')?.id ?? ''
  })

  it('come page by page, oldest first, with whom they are about', async () => {
    const metricId = await record('Some Metric', 7)
    await record('Another Metric', 2)
    const range = { metricId, from: new Date(start - 6 * 3_600_000), to: new Date(start) }
    const first = await api.events(range, { size: 4, cursor: null })
    expect(first.events.map(({ properties }) => properties['hour'])).toEqual([6, 5, 4, 3])
    expect(first.events[0]).toMatchObject({
      profileId: ada,
      email: 'ada.moreno@example.com',
      at: new Date(start - 6 * 3_600_000),
      properties: { $value: 1.5, nested: { some_key: [1] } },
    })
    const second = await api.events(range, { size: 4, cursor: first.next })
    expect(second.events.map(({ properties }) => properties['hour'])).toEqual([2, 1])
    expect(second.next).toBeNull()
    expect(await api.countEvents(range, 10_000)).toEqual({ count: 6, isMore: false })
  })

  it('need the right to read them', async () => {
    await control('/keys', { key, scopes: ['metrics:read'] })
    const range = { metricId: 'ABC123', from: new Date(0), to: new Date() }
    await expect(api.countEvents(range, 10)).rejects.toMatchObject({
      problem: { code: 'klaviyo-scope-missing' },
    })
  })
})

describe('trouble', () => {
  it.each([
    [{ kind: 'status', status: 400 }, 'klaviyo-refused', 'never'],
    [{ kind: 'status', status: 401 }, 'klaviyo-key-refused', 'mended'],
    [{ kind: 'status', status: 403 }, 'klaviyo-scope-missing', 'mended'],
    [{ kind: 'status', status: 410 }, 'klaviyo-revision-retired', 'mended'],
    [{ kind: 'status', status: 500 }, 'klaviyo-down', 'later'],
    [{ kind: 'status', status: 429, retryAfterSeconds: 90 }, 'klaviyo-busy', 'later'],
    [{ kind: 'cloudflare' }, 'klaviyo-blocked', 'later'],
    [{ kind: 'hang' }, 'klaviyo-timeout', 'later'],
    [{ kind: 'drop' }, 'klaviyo-unreachable', 'later'],
  ])('%o is %s', async (fault, code, retry) => {
    await control('/faults', { ...fault, times: 10 })
    const refusal: unknown = await api.flows().catch((error: unknown) => error)
    expect(refusal).toMatchObject({ problem: { code, retry } })
    expect(String(refusal) + JSON.stringify(refusal)).not.toContain(key)
  })

  it('asks again after exactly the pause that Klaviyo wants', async () => {
    await control('/faults', { kind: 'status', status: 429, retryAfterSeconds: 7 })
    expect(await api.metrics()).not.toEqual([])
    expect(naps[0]).toBe(7_000)
  })

  it('asks again when Klaviyo or the way to it fails for a moment', async () => {
    await control('/faults', { kind: 'drop' })
    await control('/faults', { kind: 'status', status: 502 })
    expect(await api.metrics()).not.toEqual([])
    expect(await control('/calls')).toMatchObject({ paths: { 'GET /api/metrics': 3 } })
  })

  it('does not say again what Klaviyo refused', async () => {
    await control('/keys', { key, valid: false })
    await expect(api.metrics()).rejects.toMatchObject({ problem: { side: 'klaviyo' } })
    expect(await control('/calls')).toMatchObject({ paths: { 'GET /api/metrics': 1 } })
  })
})

it('shares the allowance of an account among its keys, and says what is left', async () => {
  const connection = createKlaviyo({ baseUrl: klaviyo.url, clock })
  const first = connection.forAccount(key, 'shared')
  expect(first.budget()).toBeNull()
  await first.metrics()
  const second = connection.forAccount('pk_another', 'shared')
  expect(second.budget()).toMatchObject({ limit: 10, remaining: 9 })
})

async function control(path: string, body?: object, method = body ? 'POST' : 'GET') {
  const response = await fetch(`${klaviyo.url}/_sandbox${path}`, {
    method,
    headers: { 'content-type': 'application/json' },
    body: body && JSON.stringify(body),
  })
  const answer: unknown = await response.json()
  return answer
}
