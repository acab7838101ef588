import { ProfilesApi, ApiKeySession, SegmentsApi } from 'klaviyo-api'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { demoAccounts, startKlaviyo, type RunningKlaviyo } from '../../../sandbox/klaviyo/server.ts'

/** Many profiles, walked through as a nightly sync does. */

const account = 'demo-one'
const key = 'pk_demo_one_00000000000000000000000000'
const headers = { authorization: `Klaviyo-API-Key ${key}`, revision: '2026-07-15' }

const profile = z.looseObject({
  id: z.string(),
  attributes: z.looseObject({
    email: z.string().nullish(),
    predictive_analytics: z.record(z.string(), z.unknown()).optional(),
  }),
})
const listing = z.object({
  data: z.array(profile),
  links: z.object({ next: z.string().nullable() }),
})
const made = z.object({ ids: z.array(z.string()) })

let klaviyo: RunningKlaviyo

beforeAll(async () => {
  klaviyo = await startKlaviyo({ port: 0, accounts: demoAccounts(), appUrl: 'http://127.0.0.1:1' })
})
afterAll(() => klaviyo.close())
beforeEach(() => control('/reset'))
afterEach(() => {
  vi.useRealTimers()
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

const get = (path: string) => fetch(new URL(path, klaviyo.url), { headers })

async function walk(path: string, between?: (page: number) => Promise<unknown>) {
  const seen: z.infer<typeof profile>[] = []
  let next: string | null = path
  for (let page = 0; next; page++) {
    const { data, links } = listing.parse(await (await get(next)).json())
    seen.push(...data)
    next = links.next
    if (next) await between?.(page)
  }
  return seen
}

const predicted = '/api/profiles?page[size]=100&additional-fields[profile]=predictive_analytics'

function client<Api extends { basePath: string }>(Api: new (session: ApiKeySession) => Api): Api {
  const api = new Api(new ApiKeySession(key))
  api.basePath = klaviyo.url
  return api
}

describe('a crowd', () => {
  it('has predictions that follow from its seed, and some without', async () => {
    const crowd = { account, count: 200, prefix: 'seeded', unscored: 0.25 }
    const scores = async () =>
      (await walk(predicted))
        .filter(({ attributes }) => attributes.email?.startsWith('seeded'))
        .map(({ attributes }) => attributes.predictive_analytics)
    await control('/profiles/bulk', crowd)
    const first = await scores()
    await control('/reset')
    await control('/profiles/bulk', crowd)
    expect(await scores()).toEqual(first)
    const none = first.filter((each) => Object.values(each ?? {}).every((value) => value === null))
    expect(none).toHaveLength(50)
    expect(Object.keys(none[0] ?? {})).toHaveLength(10)
    await control('/reset')
    await control('/profiles/bulk', { ...crowd, seed: 2 })
    expect(await scores()).not.toEqual(first)
  })

  it('is found by address and id, keeps what is written to one of it, and loses who is deleted', async () => {
    const { ids } = made.parse(
      await control('/profiles/bulk', { account, count: 30, prefix: 'one9' }),
    )
    const profiles = client(ProfilesApi)
    const { body } = await profiles.getProfiles({
      filter: `any(email,["ONE97@example.com","one930@example.com","one907@example.com"])`,
    })
    expect(body.data.map(({ id }) => id)).toEqual([ids[7]])
    const attributes = { email: 'renamed@example.com', properties: { seen: true } }
    const patch = { data: { type: 'profile', id: ids[7], attributes } }
    await fetch(`${klaviyo.url}/api/profiles/${ids[7]}`, {
      method: 'PATCH',
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify(patch),
    })
    const after = await profiles.getProfile(ids[7] ?? '')
    expect(after.body.data.attributes.properties).toMatchObject({ seen: true, rank: 7 })
    const old = await profiles.getProfiles({ filter: 'equals(email,"one97@example.com")' })
    expect(old.body.data).toEqual([])
    await fetch(`${klaviyo.url}/_sandbox/profiles?account=${account}&id=${ids[8]}`, {
      method: 'DELETE',
    })
    expect((await get(`/api/profiles/${ids[8]}`)).status).toBe(404)
    const all = (await walk('/api/profiles?page[size]=100')).map(({ id }) => id)
    expect(all).toEqual(all.toSorted())
    expect(all.filter((id) => ids.includes(id))).toHaveLength(29)
  })

  it('cannot be made where an address of it is taken, nor an address of it be taken', async () => {
    await control('/profiles/bulk', { account, count: 10, prefix: 'twice' })
    const refused = async (path: string, body: object) => {
      const answer = await fetch(`${klaviyo.url}/_sandbox${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ account, ...body }),
      })
      expect(answer.status).toBe(400)
    }
    await refused('/profiles', { email: 'Twice3@example.com' })
    await refused('/profiles/bulk', { count: 5, prefix: 'twice' })
    await control('/profiles', { account, email: 'next4@example.com' })
    await refused('/profiles/bulk', { count: 5, prefix: 'next' })
  })
})

describe('the walk over all predictions', () => {
  it('has a page of at most 100 and a limit of ten a second, while plain pages go on', async () => {
    expect((await get('/api/profiles?page[size]=101')).status).toBe(400)
    stopTheClock()
    const statuses = await Promise.all(
      Array.from({ length: 12 }, async () => (await get(predicted)).status),
    )
    expect(statuses.filter((status) => status === 429)).toHaveLength(2)
    expect((await get('/api/profiles')).status).toBe(200)
  })

  it.each(['id', '-id', 'created', '-created', 'email', '-updated'])(
    'by %s shows everyone once while people come and go',
    async (sort) => {
      await control('/limits', { enabled: false })
      const { ids } = made.parse(
        await control('/profiles/bulk', { account, count: 450, prefix: 'walk' }),
      )
      const goner = (page: number) => ids[page * 90] ?? ''
      const seen = await walk(`${predicted}&sort=${sort}`, async (page) => {
        await control('/profiles', { account, email: `${page}@late.example` })
        await fetch(`${klaviyo.url}/_sandbox/profiles?account=${account}&id=${goner(page)}`, {
          method: 'DELETE',
        })
      })
      const unique = new Set(seen.map(({ id }) => id))
      expect(unique.size).toBe(seen.length)
      const gone = [0, 1, 2, 3, 4, 5].map(goner)
      for (const id of ids) if (!gone.includes(id)) expect(unique).toContain(id)
    },
  )

  it('gives parts of the predictions where fields names them', async () => {
    const url = `${predicted}&fields[profile]=email,predictive_analytics.churn_probability`
    const [first] = await walk(url)
    expect(first?.attributes).toEqual({
      email: 'ada.moreno@example.com',
      predictive_analytics: { churn_probability: 0 },
    })
    const unasked = await walk('/api/profiles?fields[profile]=email,predictive_analytics')
    expect(Object.keys(unasked[0]?.attributes ?? {})).toEqual(['email'])
  })

  it('sees a share of the predictions changed, or all of them gone', async () => {
    await control('/limits', { enabled: false })
    await control('/profiles/bulk', { account, count: 984, prefix: 'night' })
    const scores = async () =>
      new Map(
        (await walk(predicted)).map(({ id, attributes }) => [
          id,
          JSON.stringify(attributes.predictive_analytics),
        ]),
      )
    const before = await scores()
    expect(await control('/profiles/rescore', { account, share: 0.01 })).toEqual({ changed: 10 })
    const after = await scores()
    expect([...after].filter(([id, score]) => before.get(id) !== score)).toHaveLength(10)
    await control('/profiles/rescore', { account, share: 1, to: 'none' })
    for (const score of (await scores()).values()) expect(score).not.toMatch(/:[^n]/)
  })

  it('ends in the middle when the key is revoked or Klaviyo fails', async () => {
    await control('/faults', { kind: 'status', status: 503, path: '/api/profiles', after: 1 })
    expect([(await get(predicted)).status, (await get(predicted)).status]).toEqual([200, 503])
    await control('/keys', { key, valid: false })
    expect((await get(predicted)).status).toBe(401)
  })
})

describe('segments', () => {
  const idOf = async (name: string) => {
    const { body } = await client(SegmentsApi).getSegments({ filter: `equals(name,"${name}")` })
    return body.data[0]?.id ?? ''
  }

  it('hold who fits them, with when they joined', async () => {
    await control('/profiles/bulk', { account, count: 300, prefix: 'member' })
    stopTheClock()
    const path = `/api/segments/${await idOf('Churn risk')}/profiles?page[size]=50&additional-fields[profile]=predictive_analytics`
    const seen = await walk(path)
    const risks = seen.map(({ attributes }) => attributes.predictive_analytics?.churn_probability)
    expect(risks.length).toBeGreaterThan(50)
    for (const risk of risks) expect(risk).toBeGreaterThanOrEqual(0.7)
    expect(seen[0]?.attributes.joined_group_at).toBe(seen[0]?.attributes.created)
    const count = `/api/segments/${await idOf('Churn risk')}?additional-fields[segment]=profile_count`
    expect(await (await get(count)).json()).toMatchObject({
      data: { attributes: { name: 'Churn risk', profile_count: seen.length } },
    })
    expect((await get(count)).status).toBe(429)
  })

  it('take in and lose whom the control door says', async () => {
    const id = await idOf('VIPs')
    const emails = async () =>
      (await walk(`/api/segments/${id}/profiles?page[size]=100`)).map(
        ({ attributes }) => attributes.email,
      )
    const quentin = 'quentin.marsh@example.com'
    expect(await emails()).not.toContain(quentin)
    await control('/members', { account, group: 'VIPs', profiles: [quentin], member: true })
    expect(await emails()).toContain(quentin)
    await control('/members', { account, group: 'VIPs', profiles: [quentin], member: false })
    expect(await emails()).not.toContain(quentin)
  })

  it('refuse what Klaviyo does: unknown ids, other sorts, big pages', async () => {
    const id = await idOf('VIPs')
    expect((await get('/api/segments/NoSuch')).status).toBe(404)
    expect((await get('/api/segments/NoSuch/profiles')).status).toBe(404)
    expect((await get(`/api/segments/${id}/profiles?sort=id`)).status).toBe(400)
    expect((await get(`/api/segments/${id}/profiles?page[size]=101`)).status).toBe(400)
    expect((await get('/api/segments?page[size]=11')).status).toBe(400)
    await control('/keys', { key, scopes: ['segments:read'] })
    expect((await get(`/api/segments/${id}/profiles`)).status).toBe(403)
  })
})

it('merges a profile into another, whose events it brings along', async () => {
  const profiles = client(ProfilesApi)
  const idOf = async (filter: string) =>
    (await profiles.getProfiles({ filter })).body.data[0]?.id ?? ''
  const source = await idOf('equals(phone_number,"+12025550190")')
  const destination = await idOf('equals(email,"rosa@example.net")')
  const day = { from: '2026-01-01T00:00:00Z', to: '2026-01-02T00:00:00Z' }
  await control('/events/bulk', { account, metric: 'Placed Order', count: 16, ...day })
  const merge = (from: string, into: string) =>
    fetch(`${klaviyo.url}/api/profile-merge`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify({
        data: {
          type: 'profile-merge',
          id: into,
          relationships: { profiles: { data: [{ type: 'profile', id: from }] } },
        },
      }),
    })
  expect((await merge(destination, destination)).status).toBe(400)
  expect((await merge(source, destination)).status).toBe(201)
  await expect.poll(async () => (await get(`/api/profiles/${source}`)).status).toBe(404)
  expect(await (await get(`/api/profiles/${destination}`)).json()).toMatchObject({
    data: { attributes: { email: 'rosa@example.net', phone_number: '+12025550190' } },
  })
  const events = await get(`/api/events?filter=equals(profile_id,"${destination}")`)
  expect(z.object({ data: z.array(z.unknown()) }).parse(await events.json()).data).toHaveLength(2)
})

it('walks through past events by time, a range at a time', async () => {
  const range = { from: '2026-03-01T00:00:00Z', to: '2026-03-11T00:00:00Z' }
  await control('/events/bulk', { account, metric: 'Placed Order', count: 100, ...range })
  await control('/events/bulk', { account, metric: 'Opened Email', count: 50, ...range })
  const metrics = z.object({
    data: z.array(z.object({ id: z.string(), attributes: z.object({ name: z.string() }) })),
  })
  const { data } = metrics.parse(await (await get('/api/metrics')).json())
  const metric = data.find(({ attributes }) => attributes.name === 'Placed Order')?.id ?? ''
  const filter = `equals(metric_id,"${metric}"),greater-or-equal(datetime,2026-03-03T00:00:00Z),less-than(datetime,2026-03-05T00:00:00Z)`
  const page = z.object({
    data: z.array(z.object({ attributes: z.object({ datetime: z.string() }) })),
    links: z.object({ next: z.string().nullable() }),
    included: z.array(z.object({ type: z.string() })),
  })
  const times: string[] = []
  let next: string | null =
    `/api/events?sort=datetime&page[size]=7&include=profile,metric&filter=${encodeURIComponent(filter)}`
  while (next) {
    const read = page.parse(await (await get(next)).json())
    times.push(...read.data.map(({ attributes }) => attributes.datetime))
    expect(new Set(read.included.map(({ type }) => type))).toEqual(new Set(['profile', 'metric']))
    next = read.links.next
  }
  expect(times).toHaveLength(20)
  expect(times).toEqual(times.toSorted())
  expect((await get('/api/events?include=flow')).status).toBe(400)
  expect((await get('/api/events?page[size]=1001')).status).toBe(400)
})
