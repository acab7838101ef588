/** What rules write back to Klaviyo: profile properties and events, each once. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
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
