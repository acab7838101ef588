/** From a Klaviyo event to the customer's tags, and what the merchant reads about it. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { Merchant, ruleOn } from '../harness/merchant.ts'
import type { RunPage, RunRow } from '../harness/merchant.ts'
import { database, eventually, openSeededStage, shopA, tagsOf } from '../harness/stage.ts'
import type { Stage } from '../harness/stage.ts'

let stage: Stage
let merchant: Merchant

beforeAll(async () => {
  stage = await openSeededStage()
  merchant = new Merchant(stage, shopA)
})
afterAll(() => stage.close())

/** Each test has a metric, a rule and a customer of its own. */
let metric: string
let email: string
let number = 0
beforeEach(() => {
  number++
  metric = `Metric ${number}`
  email = `story${number}@example.com`
})

const idOnly = z.object({ id: z.string() })

async function addCustomer(more: object = {}): Promise<string> {
  return idOnly.parse(await stage.shopify.post('/customers', { shop: shopA, email, ...more })).id
}

async function addProfile(fields: object): Promise<string> {
  return idOnly.parse(await stage.klaviyo.post('/profiles', { account: 'demo-one', ...fields })).id
}

const addTags = (...tags: string[]) => [{ kind: 'add-tags' as const, tags }]
const removeTags = (...tags: string[]) => [{ kind: 'remove-tags' as const, tags }]

/** Posts an event of the test's metric about its customer. */
async function post(event: object = {}): Promise<void> {
  expect(await merchant.post({ metric, email, ...event })).toBe(202)
}

const tags = () => tagsOf(stage, shopA, email)

/** The runs of the rule, once all of them are over. */
async function endedRuns(rule: string, count = 1, withinMs?: number): Promise<RunRow[]> {
  return eventually(async () => {
    const runs = await merchant.runs(`?rule=${rule}`)
    expect(runs).toHaveLength(count)
    for (const { state, note } of runs) expect(state, note).not.toBe('waiting')
    return runs
  }, withinMs)
}

/** The rule's only run as its page shows it, once it is over. */
async function endedRun(rule: string, withinMs?: number): Promise<RunPage> {
  const [run] = await endedRuns(rule, 1, withinMs)
  return merchant.run(run?.id ?? '')
}

const journal = z.array(
  z.object({
    customerId: z.string(),
    operation: z.string(),
    added: z.array(z.string()),
    removed: z.array(z.string()),
  }),
)

/** Every change that Shopify made to the customer for the app. */
const changesOf = async (customer: string) =>
  (await stage.shopify.get(`/journal?shop=${shopA}`, journal)).filter(
    ({ customerId, operation }) => customerId === customer && operation !== 'merchant',
  )

describe('an event', () => {
  it.each(['flow', 'system', 'guide'])('in the %s format tags the customer', async (format) => {
    await addCustomer()
    const profile = await addProfile({ email, properties: { tier: 'gold' } })
    const rule = await merchant.addRule(
      ruleOn('Placed Order', addTags(`${format}-{{ profile.tier }}`), {
        conditions: {
          kind: 'group',
          match: 'all',
          items: [
            {
              kind: 'test',
              source: 'profile',
              path: 'email',
              type: 'text',
              operator: 'equals',
              value: email,
            },
          ],
        },
      }),
    )
    await stage.klaviyo.post('/send', {
      account: 'demo-one',
      format,
      metric: 'Placed Order',
      profiles: [profile],
    })
    expect(await endedRun(rule)).toMatchObject({
      state: 'done',
      steps: [{ state: 'done', note: `Adds ${format}-gold` }],
    })
    expect(await tags()).toEqual([`${format}-gold`])
    await merchant.switchRules('off', rule)
  })

  it('that meets two rules has a run and an effect of each', async () => {
    const customer = await addCustomer({ tags: ['cold'] })
    const adds = await merchant.addRule(ruleOn(metric, addTags('warm')))
    const removes = await merchant.addRule(ruleOn(metric, removeTags('cold')))
    await post()
    expect(await endedRun(adds)).toMatchObject({ state: 'done', customerGid: customer })
    expect(await endedRun(removes)).toMatchObject({ state: 'done', customerGid: customer })
    expect(await tags()).toEqual(['warm'])
  })

  it('whose conditions do not hold is skipped, with why', async () => {
    await addCustomer()
    const total = { kind: 'test', source: 'event', path: 'total', type: 'number' }
    const rule = await merchant.addRule(
      ruleOn(metric, addTags('big-spender'), {
        conditions: {
          kind: 'group',
          match: 'all',
          items: [{ ...total, operator: 'at-least', value: 100 }],
        },
      }),
    )
    await post({ total: 42 })
    const run = await endedRun(rule)
    expect(run).toMatchObject({ state: 'skipped', steps: [{ state: 'skipped', effect: null }] })
    expect(run.reason).not.toBeNull()
    expect(await tags()).toEqual([])
  })

  it('of another metric, or for a rule that is off, leaves no run', async () => {
    await addCustomer()
    const off = await merchant.addRule(ruleOn(metric, addTags('off')), 'off')
    const other = await merchant.addRule(ruleOn(`${metric} not`, addTags('other')))
    const met = await merchant.addRule(ruleOn(metric, addTags('met')))
    await post()
    await endedRuns(met)
    expect(await merchant.runs(`?rule=${off}`)).toEqual([])
    expect(await merchant.runs(`?rule=${other}`)).toEqual([])
    expect(await tags()).toEqual(['met'])
  })
})

describe('a rule in shadow', () => {
  it('records what it would do, and writes nothing', async () => {
    const customer = await addCustomer({ tags: ['mine'] })
    const rule = await merchant.addRule(ruleOn(metric, addTags('shadowed')), 'shadow')
    await post()
    expect(await endedRun(rule)).toMatchObject({
      state: 'done',
      shadow: true,
      customerGid: customer,
      steps: [
        {
          state: 'done',
          note: 'Adds shadowed',
          attempts: 0,
          effect: { before: ['mine'], after: ['mine', 'shadowed'] },
        },
      ],
    })
    expect(await merchant.runs(`?rule=${rule}&outcome=shadow`)).toHaveLength(1)
    expect(await merchant.runs(`?rule=${rule}&outcome=done`)).toEqual([])
    expect(await tags()).toEqual(['mine'])
    expect(await changesOf(customer)).toEqual([])
  })

  it('acts on what comes after it was switched on, not on what came before', async () => {
    const customer = await addCustomer()
    const rule = await merchant.addRule(ruleOn(metric, addTags('switched')), 'shadow')
    await post()
    await endedRuns(rule)
    await merchant.switchRules('on', rule)
    await post()
    const runs = await endedRuns(rule, 2)
    expect(runs.map(({ shadow }) => shadow)).toEqual([false, true])
    expect(await changesOf(customer)).toHaveLength(1)
  })
})

describe('a profile', () => {
  it('that is no customer is skipped, with the reason', async () => {
    const rule = await merchant.addRule(ruleOn(metric, addTags('nobody')))
    await post()
    expect(await endedRun(rule)).toMatchObject({
      state: 'skipped',
      reason: 'No customer in Shopify has this e-mail or phone number.',
      customerGid: null,
    })
  })

  it('without an address is skipped, with the reason', async () => {
    const rule = await merchant.addRule(ruleOn(metric, addTags('nobody')))
    await post({ email: '', profile_id: await addProfile({ external_id: email }) })
    expect(await endedRun(rule)).toMatchObject({
      state: 'skipped',
      reason: 'Neither the event nor the Klaviyo profile holds an e-mail or a phone number.',
    })
  })

  it('that Klaviyo has deleted is still matched by what the event says', async () => {
    await addCustomer()
    const rule = await merchant.addRule(ruleOn(metric, addTags('still-here')))
    await post({ profile_id: '01HZZZZZZZZZZZZZZZZZZZZZZZ' })
    expect((await endedRun(rule)).state).toBe('done')
    expect(await tags()).toEqual(['still-here'])
  })

  it('is matched by phone where no customer has its e-mail', async () => {
    const customer = await addCustomer({ email: null, phone: '+12025550177' })
    const rule = await merchant.addRule(ruleOn(metric, addTags('by-phone')))
    await post({ phone: '+12025550177' })
    expect(await endedRun(rule)).toMatchObject({ state: 'done', customerGid: customer })
  })

  it('that leads to several customers is never guessed', async () => {
    const customers = [await addCustomer(), await addCustomer({ email: `other.${email}` })]
    const profile = await addProfile({ email: `other.${email}` })
    const rule = await merchant.addRule(ruleOn(metric, addTags('guessed')))
    await post({ profile_id: profile })
    expect(await endedRun(rule)).toMatchObject({
      state: 'skipped',
      customerGid: null,
      reason:
        'The profile and the event lead to different customers in Shopify. The rule does not guess.',
    })
    for (const customer of customers) expect(await changesOf(customer)).toEqual([])
  })

  it('that is to be waited for waits, says so, and gets its tag once it is a customer', async () => {
    const rule = await merchant.addRule(
      ruleOn(metric, addTags('waited-for'), { noCustomer: { then: 'wait', hours: 2 } }),
    )
    await post()
    const waiting = await eventually(async () => {
      const [run] = await merchant.runs(`?rule=${rule}`)
      expect(run).toMatchObject({ state: 'waiting', note: 'No such customer in Shopify yet.' })
      return merchant.run(run?.id ?? '')
    })
    // It looks every ten minutes, for two hours.
    const dueInMs = Date.parse(waiting.event.dueAt ?? '') - Date.now()
    expect(dueInMs).toBeGreaterThan(8 * 60_000)
    expect(dueInMs).toBeLessThanOrEqual(10 * 60_000)
    if (database !== 'postgresql') return

    const customer = await addCustomer()
    await tenMinutesPass()
    expect(await endedRun(rule)).toMatchObject({ state: 'done', customerGid: customer })
    expect(await tags()).toEqual(['waited-for'])
  })

  it.runIf(database === 'postgresql')('is waited for no longer than that', async () => {
    const rule = await merchant.addRule(
      ruleOn(metric, addTags('too-late'), { noCustomer: { then: 'wait', hours: 1 } }),
    )
    await post()
    await eventually(async () =>
      expect(await merchant.runs(`?rule=${rule}`)).toMatchObject([{ state: 'waiting' }]),
    )
    await stage.query(
      `update "InboundEvent" set "receivedAt" = now() - interval '61 minutes' where state = 'pending'`,
    )
    await tenMinutesPass()
    expect(await endedRun(rule)).toMatchObject({
      state: 'skipped',
      reason: 'No such customer in Shopify within an hour.',
    })
  })
})

/** What waits is due now. */
const tenMinutesPass = () =>
  stage.query(`update "InboundEvent" set "availableAt" = now() where state = 'pending'`)

describe('tags', () => {
  it('are removed whatever their case, and nothing else with them', async () => {
    const customer = await addCustomer({ tags: ['Newsletter', 'newsletter-2', 'VIP'] })
    const rule = await merchant.addRule(ruleOn(metric, removeTags('newsletter', 'never-there')))
    await post()
    expect(await endedRun(rule)).toMatchObject({
      state: 'done',
      steps: [
        {
          state: 'done',
          note: 'Removes Newsletter',
          effect: {
            before: ['Newsletter', 'newsletter-2', 'VIP'],
            after: ['newsletter-2', 'VIP'],
          },
        },
      ],
    })
    expect(await tags()).toEqual(['newsletter-2', 'VIP'])
    expect(await changesOf(customer)).toMatchObject([{ added: [], removed: ['Newsletter'] }])
  })

  it('that are there already are skipped, with the reason', async () => {
    const customer = await addCustomer({ tags: ['VIP'] })
    const rule = await merchant.addRule(ruleOn(metric, addTags('vip')))
    await post()
    expect(await endedRun(rule)).toMatchObject({
      state: 'skipped',
      reason: 'The customer already carries vip.',
    })
    expect(await changesOf(customer)).toEqual([])
  })

  it('are added and removed in the order of the actions', async () => {
    await addCustomer()
    const rule = await merchant.addRule(
      ruleOn(metric, [...addTags('first', 'second'), ...removeTags('first'), ...addTags('third')]),
    )
    await post()
    const { steps } = await endedRun(rule)
    expect(steps.map(({ state }) => state)).toEqual(['done', 'done', 'done'])
    expect(await tags()).toEqual(['second', 'third'])
  })

  it('of more than 255 characters fail the run with a plain reason', async () => {
    const customer = await addCustomer()
    const rule = await merchant.addRule(
      ruleOn(metric, [...addTags('before'), ...addTags('{{ event.long }}'), ...addTags('after')]),
    )
    await post({ long: 'x'.repeat(256) })
    const run = await endedRun(rule)
    expect(run).toMatchObject({ state: 'failed', problem: { code: 'tag-unusable' } })
    expect(run.problem?.what).toBe(
      'The tag “{{ event.long }}” gives more than the 255 characters that Shopify allows.',
    )
    expect(run.problem?.remedy).toMatch(/Correct the template in the rule/)
    // A run that can't be done whole is not begun.
    expect(await changesOf(customer)).toEqual([])
  })

  it('of exactly 255 characters are taken', async () => {
    await addCustomer()
    const rule = await merchant.addRule(ruleOn(metric, addTags('{{ event.long }}')))
    await post({ long: 'x'.repeat(255) })
    expect((await endedRun(rule)).state).toBe('done')
    expect(await tags()).toEqual(['x'.repeat(255)])
  })

  it('beyond the 250th are refused, unless one of ours can go', async () => {
    const foreign = Array.from({ length: 250 }, (_, index) => `foreign-${index}`)
    await addCustomer({ tags: foreign })
    const rule = await merchant.addRule(ruleOn(metric, addTags('one-more')))
    await post()
    expect(await endedRun(rule)).toMatchObject({
      state: 'failed',
      problem: { code: 'tags-full' },
    })
    expect((await tags()).sort()).toEqual(foreign.sort())
  })
})

describe('the tag budget', () => {
  const setBudget = async (tagBudget: string) =>
    expect(
      (await merchant.saveSettings({ intent: 'save', retentionDays: '90', tagBudget })).ok,
    ).toBe(true)
  afterAll(() => setBudget(''))

  it('makes room among our own tags, oldest first, and the step says so', async () => {
    await setBudget('60')
    const customer = await addCustomer({ tags: ['klaviyo-round-0-of-somebody-else'] })
    const rule = await merchant.addRule(ruleOn(metric, addTags('klaviyo-round-{{ event.n }}')))
    for (const n of [1, 2]) {
      await post({ n })
      await endedRuns(rule, n)
    }
    expect(await tags()).toEqual(['klaviyo-round-0-of-somebody-else', 'klaviyo-round-2'])
    const [latest] = await merchant.runs(`?rule=${rule}`)
    expect(latest?.note).toBe('Adds klaviyo-round-2; takes out klaviyo-round-1 to make room')
    expect((await merchant.run(latest?.id ?? '')).steps[0]?.effect).toEqual({
      before: ['klaviyo-round-0-of-somebody-else', 'klaviyo-round-1'],
      after: ['klaviyo-round-0-of-somebody-else', 'klaviyo-round-2'],
    })
    expect((await changesOf(customer)).flatMap(({ removed }) => removed)).toEqual([
      'klaviyo-round-1',
    ])
  })

  it('that foreign tags fill fails the run, which runs again once there is room', async () => {
    await setBudget('50')
    const foreign = 'a-tag-of-the-merchants-own-that-fills-the-budget'
    await addCustomer({ tags: [foreign] })
    const rule = await merchant.addRule(ruleOn(metric, addTags('no-room')))
    await post()
    const run = await endedRun(rule)
    expect(run).toMatchObject({ state: 'failed', problem: { code: 'tag-budget-full' } })
    expect(await tags()).toEqual([foreign])

    await setBudget('255')
    const path = `/app/activity/${run.id}`
    expect(await merchant.submit(path, 'app.activity.$runId', {})).toMatchObject({
      ok: true,
      said: 'The run starts again.',
    })
    expect((await endedRun(rule)).state).toBe('done')
    expect(await tags()).toEqual([foreign, 'no-room'])
    // What is done can't run again.
    expect(await merchant.submit(path, 'app.activity.$runId', {})).toMatchObject({
      ok: false,
      problem: { code: 'run-not-failed' },
    })
  })

  it('failures run again in bulk: those chosen, or all that the filter shows', async () => {
    await setBudget('50')
    const people = [1, 2, 3, 4].map((each) => `bulk${each}.${email}`)
    const full = 'a-tag-of-the-merchants-own-that-fills-the-budget'
    await stage.shopify.post(
      '/customers',
      people.map((email) => ({ shop: shopA, email, tags: [full] })),
    )
    const rule = await merchant.addRule(ruleOn(metric, addTags('in-bulk')))
    for (const email of people) await post({ email })
    const runs = await endedRuns(rule, people.length)
    expect(runs.map(({ state }) => state)).toEqual(['failed', 'failed', 'failed', 'failed'])

    await setBudget('')
    const chosen = runs.slice(0, 2)
    const again = (search: string, intent: string, ids: string[] = []) =>
      merchant.submitIds(`/app/activity?index${search}`, 'app.activity._index', { intent }, ids)
    const ids = chosen.map(({ id }) => id)
    expect((await again('', 'run-again', ids)).said).toBe('2 runs start again.')
    await eventually(async () =>
      expect(await merchant.runs(`?rule=${rule}&outcome=done`)).toHaveLength(2),
    )
    const done = await merchant.runs(`?rule=${rule}&outcome=done`)
    expect(done.map(({ id }) => id).sort()).toEqual([...ids].sort())

    expect((await again(`&rule=${rule}`, 'run-all-again')).said).toBe('2 runs start again.')
    await eventually(async () =>
      expect(await merchant.runs(`?rule=${rule}&outcome=done`)).toHaveLength(4),
    )
    for (const email of people) {
      expect(await tagsOf(stage, shopA, email)).toEqual([full, 'in-bulk'])
    }
  })

  it('a failure runs again though another rule is still at work for the same event', async () => {
    await setBudget('50')
    const full = 'a-tag-of-the-merchants-own-that-fills-the-budget'
    await stage.shopify.post('/customers', { shop: shopA, email, tags: [full, 'old'] })
    const failing = await merchant.addRule(ruleOn(metric, addTags('no-room')))
    const slow = await merchant.addRule(ruleOn(metric, [{ kind: 'remove-tags', tags: ['old'] }]))
    await stage.shopify.post('/latency', { ms: 2_500 })
    await post()
    const failed = await endedRun(failing)
    expect(failed.state).toBe('failed')
    const [atWork] = await merchant.runs(`?rule=${slow}`)
    expect(atWork?.state).toBe('waiting')
    await setBudget('')
    await merchant.submit(`/app/activity/${failed.id}`, 'app.activity.$runId', {})
    await stage.shopify.post('/latency', { ms: 0 })
    expect((await endedRun(slow)).state).toBe('done')
    expect((await endedRun(failing)).state).toBe('done')
    expect(await tagsOf(stage, shopA, email)).toEqual([full, 'no-room'])
  })
})

describe('passing trouble', () => {
  /** Any call may be repeated; the customer's history shows one change. */
  async function expectTaggedOnce(withinMs?: number): Promise<void> {
    const customer = await addCustomer()
    const rule = await merchant.addRule(ruleOn(metric, addTags('once')))
    await post()
    const run = await endedRun(rule, withinMs)
    expect(run).toMatchObject({ state: 'done', problem: null, steps: [{ state: 'done' }] })
    expect(await changesOf(customer)).toMatchObject([{ added: ['once'], removed: [] }])
  }

  it.each([
    ['429', { kind: 'status', status: 429, retryAfterSeconds: 1 }],
    ['500', { kind: 'status', status: 500 }],
    ['503', { kind: 'status', status: 503 }],
    ['a cut connection', { kind: 'drop' }],
  ])('of Klaviyo’s (%s) ends in the tag, once', async (_what, fault) => {
    await stage.klaviyo.post('/faults', { ...fault, times: 2, path: '/api/profiles' })
    await expectTaggedOnce()
  })

  it.each([
    ['429', { kind: 'status', status: 429, retryAfterSeconds: 1 }],
    ['500', { kind: 'status', status: 500 }],
    ['502', { kind: 'status', status: 502 }],
    ['THROTTLED', { kind: 'throttled' }],
    ['a cut connection', { kind: 'drop' }],
  ])('of Shopify’s (%s) at every call ends in the tag, once', async (_what, fault) => {
    for (const operation of ['findCustomer', 'addTags']) {
      await stage.shopify.post('/faults', { ...fault, operation, times: 2 })
    }
    await expectTaggedOnce()
  })

  it.each([
    ['500', { kind: 'status', status: 500 }],
    ['a cut connection', { kind: 'drop' }],
  ])('that swallows the answer after the tag was written (%s) tags once', async (_what, fault) => {
    await stage.shopify.post('/faults', { ...fault, operation: 'addTags', applied: true, times: 2 })
    await expectTaggedOnce()
  })

  it.each([
    ['Klaviyo', () => stage.klaviyo, { path: '/api/profiles' }, 'klaviyo-down'],
    ['Shopify', () => stage.shopify, { operation: 'addTags' }, 'shopify-down'],
  ])(
    'of %s that lasts is told meanwhile, and ends in the tag, once',
    async (_who, side, where, code) => {
      await side().post('/faults', { kind: 'status', status: 500, times: 1_000, ...where })
      const customer = await addCustomer()
      const rule = await merchant.addRule(ruleOn(metric, addTags('once')))
      await post()
      const run = await eventually(async () => {
        const [row] = await merchant.runs(`?rule=${rule}`)
        const run = await merchant.run(row?.id ?? '')
        expect(run).toMatchObject({ state: 'waiting', problem: { code, retry: 'later' } })
        return run
      })
      // It has been tried, and is looked at again: the page says when.
      expect(run.event.attempts).toBe(1)
      expect(Date.parse(run.event.dueAt ?? '')).toBeGreaterThan(Date.now())
      await side().delete('/faults')
      expect(await endedRun(rule, 30_000)).toMatchObject({ state: 'done', problem: null })
      expect(await changesOf(customer)).toMatchObject([{ added: ['once'] }])
    },
  )
})

describe('access that Shopify ended', () => {
  it('holds work up until the merchant opens the app, then every event gets its tag once', async () => {
    const customer = await addCustomer()
    const rule = await merchant.addRule(ruleOn(metric, addTags('after-401')))
    const { url, secrets } = (await merchant.settings()).endpoint
    await stage.shopify.post('/tokens/revoke', { shop: shopA })
    // Not through the merchant's screens: a visit is what mends it.
    const send = (event_id: string) =>
      fetch(url, {
        method: 'POST',
        headers: {
          'Content-Type': 'application/json',
          'X-Klaviyo-Actions-Secret': secrets.at(-1)?.value ?? '',
        },
        body: JSON.stringify({ metric, email, event_id }),
      })
    expect((await send('1')).status).toBe(202)
    await sleep(2_000)
    expect(await tags()).toEqual([])
    expect((await send('2')).status).toBe(202)

    expect((await endedRuns(rule, 2)).map(({ state }) => state).sort()).toEqual(['done', 'skipped'])
    expect((await merchant.banners()).shopify).toBeNull()
    expect(await changesOf(customer)).toMatchObject([{ added: ['after-401'] }])
  })

  const itself = () => Promise.resolve()
  const pressTest = async () => {
    await merchant.session.submit('/app/settings/health', 'app.settings_.health', {})
  }

  it.each([
    [401, 'shopify-access-revoked', 'by itself', itself],
    // The app looks every minute.
    [402, 'shopify-frozen', 'by itself', itself],
    [423, 'shopify-locked', 'when the merchant tests both sides', pressTest],
  ])(
    'with %i (%s) is a banner on every screen, and work goes on %s',
    async (status, code, _how, mend) => {
      const customer = await addCustomer()
      const rule = await merchant.addRule(ruleOn(metric, addTags('mended')))
      await stage.shopify.post('/faults', { kind: 'status', status, times: 1_000 })
      await post()
      await eventually(async () => {
        const problem = (await merchant.banners()).shopify
        expect(problem).toMatchObject({ code, side: 'shopify', retry: 'mended' })
      })
      const [run] = await merchant.runs(`?rule=${rule}`)
      expect(run?.state ?? 'waiting').toBe('waiting')
      expect(await changesOf(customer)).toEqual([])

      await stage.shopify.delete('/faults')
      await mend()
      expect((await endedRun(rule, 90_000)).state).toBe('done')
      expect((await merchant.banners()).shopify).toBeNull()
      expect(await changesOf(customer)).toMatchObject([{ added: ['mended'] }])
    },
  )
})
