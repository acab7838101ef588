/** What rules write back to Klaviyo: profile properties and events, each once. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { systemPost } from '../../bench/bodies.ts'
import { Merchant, ruleOn } from '../harness/merchant.ts'
import { eventually, openSeededStage, shopA } from '../harness/stage.ts'
import type { Stage } from '../harness/stage.ts'

const account = 'demo-one'
const key = 'pk_demo_one_00000000000000000000000000'

let stage: Stage
let merchant: Merchant

beforeAll(async () => {
  stage = await openSeededStage()
  merchant = new Merchant(stage, shopA)
})
afterAll(() => stage.close())

/** Each test has a metric, a customer and a profile of its own. */
let metric: string
let email: string
let profileId: string
let number = 0
beforeEach(async () => {
  number++
  metric = `Write ${number}`
  email = `write${number}@example.com`
  await stage.shopify.post('/customers', { shop: shopA, email })
  const made = await stage.klaviyo.post('/profiles', { account, email, properties: { points: 1 } })
  profileId = z.object({ id: z.string() }).parse(made).id
})

const addRule = (kind: string, settings: object, mode: 'shadow' | 'on' = 'on') =>
  merchant.addRule(ruleOn(metric, [], { actions: [{ id: '0', kind, settings }] }), mode)

const setPoints = { properties: [{ key: 'points', value: '{{ event.points }}', as: 'number' }] }
const reachedVip = {
  metric: 'Reached VIP',
  properties: [{ key: 'points', value: '{{ event.points }}', as: 'number' }],
}

async function post(points: number | string): Promise<void> {
  expect(await merchant.post({ metric, email, properties: { points } })).toBe(202)
}

async function points(): Promise<unknown> {
  const profiles = z.array(
    z.object({ id: z.string(), properties: z.record(z.string(), z.json()) }).loose(),
  )
  const all = await stage.klaviyo.get(`/profiles?account=${account}`, profiles)
  return all.find(({ id }) => id === profileId)?.properties['points']
}

const journal = z.array(z.object({ kind: z.string(), id: z.string(), change: z.json() }))

/** What was written about the profile since the test began. */
const writes = async () =>
  (await stage.klaviyo.get(`/journal?account=${account}`, journal)).filter((entry) =>
    JSON.stringify(entry).includes(profileId),
  )

async function endedRun(rule: string) {
  return eventually(async () => {
    const [row] = await merchant.runs(`?rule=${rule}`)
    const run = await merchant.run(row?.id ?? '')
    expect(run.state).not.toBe('waiting')
    return run
  }, 30_000)
}

describe('profile properties', () => {
  it('are set, and the run shows before and after', async () => {
    const rule = await addRule('set-profile-properties', setPoints)
    await post(7)
    const run = await endedRun(rule)
    expect(run.state).toBe('done')
    expect(run.steps[0]?.effect).toEqual({ before: { points: 1 }, after: { points: 7 } })
    expect(await points()).toBe(7)
  })

  it('that hold the value already are not sent', async () => {
    const rule = await addRule('set-profile-properties', setPoints)
    await post(1)
    const run = await endedRun(rule)
    expect(run.state).toBe('skipped')
    expect(run.reason).toMatch(/already/)
    expect(await writes()).toHaveLength(0)
  })

  it('are left alone in shadow', async () => {
    const rule = await addRule('set-profile-properties', setPoints, 'shadow')
    await post(7)
    expect((await endedRun(rule)).steps[0]?.effect?.after).toEqual({ points: 7 })
    expect(await points()).toBe(1)
  })

  it('of a newer event stay when an older one is tried again', async () => {
    const path = '/api/profiles/{id}'
    await stage.klaviyo.post('/faults', { kind: 'status', status: 503, path, times: 1_000 })
    const rule = await addRule('set-profile-properties', setPoints)
    await post(7)
    const older = await eventually(async () => {
      const [row] = await merchant.runs(`?rule=${rule}`)
      const run = await merchant.run(row?.id ?? '')
      expect(run.problem?.retry).toBe('later')
      return run
    }, 30_000)
    await stage.klaviyo.delete('/faults')
    await post(8)
    await eventually(async () => expect(await points()).toBe(8))
    const run = await eventually(async () => {
      const settled = await merchant.run(older.id)
      expect(settled.state).not.toBe('waiting')
      return settled
    }, 30_000)
    expect(run).toMatchObject({
      state: 'skipped',
      reason: 'points holds what a newer event set, and stays so.',
    })
    expect(await points()).toBe(8)
  }, 90_000)

  it('that can’t be what they shall hold fail the run in plain words', async () => {
    const rule = await addRule('set-profile-properties', setPoints)
    await post('many')
    const run = await endedRun(rule)
    expect(run.state).toBe('failed')
    expect(run.problem?.what).toMatch(/points gives something that is not a number/)
  })
})

describe('an event', () => {
  it('is recorded once, though Klaviyo’s answer was lost', async () => {
    await stage.klaviyo.post('/faults', {
      kind: 'drop',
      path: '/api/events',
      method: 'POST',
      applied: true,
      times: 1,
    })
    const rule = await addRule('record-event', reachedVip)
    await post(7)
    const run = await endedRun(rule)
    expect(run.state).toBe('done')
    expect(run.attempts).toBeGreaterThan(1)
    expect(await writes()).toHaveLength(1)
  })
})

describe('a key that may only read', () => {
  it('fails these runs alone, and they run again once it is replaced', async () => {
    const scopes = [
      'accounts:read',
      'profiles:read',
      'metrics:read',
      'flows:read',
      'campaigns:read',
    ]
    await stage.klaviyo.post('/keys', { key, scopes })
    const rule = await addRule('record-event', reachedVip)
    await post(7)
    const run = await endedRun(rule)
    expect(run.state).toBe('failed')
    expect(run.problem?.what).toMatch(/lacks the scope events:write/)
    expect((await merchant.banners()).klaviyo).toBeNull()

    await stage.klaviyo.post('/keys', {
      key,
      scopes: [...scopes, 'events:write', 'profiles:write'],
    })
    await merchant.submitIds(`/app/activity`, 'app.activity._index', { intent: 'run-again' }, [
      run.id,
    ])
    await eventually(async () => expect((await merchant.run(run.id)).state).toBe('done'))
    expect(await writes()).toHaveLength(1)
  })
})

describe('many profiles at once', () => {
  const count = 120
  const bulkPaths = z.object({ paths: z.record(z.string(), z.number()) })

  /** Profiles and customers whose events all come in one go. */
  async function arrange(prefix: string): Promise<string[]> {
    const made = await stage.klaviyo.post('/profiles/bulk', { account, count, prefix })
    const { ids } = z.object({ ids: z.array(z.string()) }).parse(made)
    await stage.shopify.post(
      '/customers',
      ids.map((_id, index) => ({ shop: shopA, email: `${prefix}${index}@example.com` })),
    )
    return ids
  }

  async function postAll(ids: string[]): Promise<void> {
    const { url, secrets } = (await merchant.settings()).endpoint
    const subjects = ids.map((profileId) => ({
      eventId: `bulk-${profileId}`,
      profileId,
      email: '',
    }))
    const post = systemPost(secrets.at(-1)?.value ?? '', 'Active on Site', subjects)
    expect((await fetch(url, { method: 'POST', ...post })).status).toBe(202)
  }

  const written = async (ids: string[]) => {
    const profiles = z.array(
      z.object({ id: z.string(), properties: z.record(z.string(), z.json()) }).loose(),
    )
    const all = await stage.klaviyo.get(`/profiles?account=${account}`, profiles)
    return all.filter(({ id, properties }) => ids.includes(id) && properties['seen'] === 'yes')
      .length
  }

  it('are written by one import; what it does not take is written singly', async () => {
    const scopes = ['accounts:read', 'profiles:read', 'profiles:write', 'metrics:read']
    const more = ['lists:read', 'lists:write']
    await stage.klaviyo.post('/keys', { key, account, scopes: [...scopes, ...more] })
    const ids = await arrange('bulk')
    const document = ruleOn('Active on Site', [], {
      actions: [
        {
          id: '0',
          kind: 'set-profile-properties',
          settings: { properties: [{ key: 'seen', value: 'yes', as: 'text' }] },
        },
      ],
    })
    const rule = await merchant.addRule(document)
    await stage.klaviyo.delete('/calls')
    await postAll(ids)
    await eventually(async () => expect(await written(ids)).toBe(count), 30_000)
    const { paths } = await stage.klaviyo.get('/calls', bulkPaths)
    expect(paths['POST /api/profile-bulk-import-jobs']).toBe(1)
    expect(paths['PATCH /api/profiles/{id}']).toBeUndefined()

    // Without the right to import, each is written by itself.
    await stage.klaviyo.post('/keys', { key, account, scopes })
    const others = await arrange('single')
    await postAll(others)
    await eventually(async () => expect(await written(others)).toBe(count), 30_000)
    expect((await merchant.runs(`?rule=${rule}&outcome=failed`)).length).toBe(0)
  }, 90_000)
})
