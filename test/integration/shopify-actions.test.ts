/** Orders annotated, Shopify Flow started, store credit given: each once, whatever is lost. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { Merchant, answer, ruleOn } from '../harness/merchant.ts'
import { database, eventually, openSeededStage, shopA, tagsOf } from '../harness/stage.ts'
import type { Stage } from '../harness/stage.ts'

const required = ['write_customers', 'write_discounts', 'write_orders']
const optional = ['read_store_credit_accounts', 'write_store_credit_account_transactions']

let stage: Stage
let merchant: Merchant

beforeAll(async () => {
  stage = await openSeededStage()
  merchant = new Merchant(stage, shopA)
})
afterAll(() => stage.close())
afterEach(async () => {
  await stage.shopify.delete('/faults')
})

/** Each test has a metric and a customer of its own. */
let metric: string
let email: string
let customerId: string
let number = 0
const made = z.object({ id: z.string() })
beforeEach(async () => {
  number++
  metric = `Action ${number}`
  email = `action${number}@example.com`
  customerId = made.parse(await stage.shopify.post('/customers', { shop: shopA, email })).id
})

const document = (...actions: object[]) => ruleOn(metric, [], { actions })

const post = async (properties: object = {}) =>
  expect(await merchant.post({ metric, email, properties })).toBe(202)

const endedRuns = (rule: string, count = 1) =>
  eventually(async () => {
    const rows = await merchant.runs(`?rule=${rule}`)
    expect(rows).toHaveLength(count)
    for (const { state } of rows) expect(state).not.toBe('waiting')
    return Promise.all(rows.map(({ id }) => merchant.run(id)))
  }, 60_000)

const endedRun = async (rule: string) => {
  const [run] = await endedRuns(rule)
  if (!run) throw new Error('no run')
  return run
}

/** What undoing the rule's only run did and told, step by step. */
async function undone(rule: string, runId: string) {
  await merchant.startUndo({ runId })
  const runs = await endedRuns(rule, 2)
  return runs
    .find(({ undoes }) => undoes?.id === runId)
    ?.steps.map(({ note, reason, problem }) => note ?? reason ?? problem?.what)
}

const order = z.object({
  id: z.string(),
  name: z.string(),
  tags: z.array(z.string()),
  customAttributes: z.array(z.object({ key: z.string(), value: z.string() })),
})

const buy = async (more: object = {}) =>
  order.parse(await stage.shopify.post('/orders', { shop: shopA, customerId, ...more }))

const ordered = async (id: string) => {
  const all = await stage.shopify.get(`/orders?shop=${shopA}`, z.array(order))
  return all.find((each) => each.id === id)
}

const annotate = (more: object = {}) => ({
  id: '0',
  kind: 'annotate-order',
  settings: {
    order: { which: 'named', template: '{{ event.order_id }}' },
    attributes: [{ key: 'Klaviyo flow', value: '{{ flow }}' }],
    tags: ['klaviyo'],
    ...more,
  },
})

describe('an event whose outcome can’t be stored', () => {
  /** Nothing that is known gives such an outcome any more, so the database is told to refuse one. */
  const refuse = (customer: string) =>
    stage.query(`
      create function refuse() returns trigger language plpgsql as
        $$ begin raise exception 'refused' using errcode = '22021'; end $$;
      create trigger refuse before insert or update on "Run"
        for each row when (new."customerGid" = '${customer}') execute function refuse()`)

  it.runIf(database === 'postgresql')(
    'fails, and holds up none of those that came with it',
    async () => {
      const people = Array.from({ length: 12 }, (_, person) => `${person}.${email}`)
      const customers = new Map<string, string>()
      for (const email of people) {
        const customer = await stage.shopify.post('/customers', { shop: shopA, email })
        customers.set(email, made.parse(customer).id)
      }
      const [odd = '', ...others] = people.toReversed()
      const rule = await merchant.addRule(ruleOn(metric, [{ kind: 'add-tags', tags: ['kept'] }]))
      await refuse(customers.get(odd) ?? '')
      await Promise.all(
        people.map(async (email) => expect(await merchant.post({ metric, email })).toBe(202)),
      )
      const runs = await endedRuns(rule, people.length)
      const failed = runs.filter(({ state }) => state === 'failed')
      expect(failed).toMatchObject([{ problem: { code: 'outcome-unstorable', retry: 'never' } }])
      expect(runs.filter(({ state }) => state === 'done')).toHaveLength(others.length)
      for (const email of others) expect(await tagsOf(stage, shopA, email)).toEqual(['kept'])
      expect(await tagsOf(stage, shopA, odd)).toEqual([])

      const ids = failed.map(({ id }) => id)
      const again = () =>
        merchant.submitIds('/app/activity', 'app.activity._index', { intent: 'run-again' }, ids)
      await again()
      expect(await endedRuns(rule, people.length)).toContainEqual(
        expect.objectContaining({ id: ids[0], state: 'failed' }),
      )
      await stage.query(`drop trigger refuse on "Run"`)
      await again()
      await eventually(async () => expect(await tagsOf(stage, shopA, odd)).toEqual(['kept']))
    },
  )

  it('is none where only a template gave what can’t be', async () => {
    const { id } = await buy()
    const rule = await merchant.addRule(
      document(annotate({ attributes: [], tags: ['{{ event.word | url_decode }}'] })),
    )
    await Promise.all(['a', 'b%00c'].map((word) => post({ order_id: id, word })))
    const runs = await endedRuns(rule, 2)
    expect(runs.map(({ state }) => state)).toEqual(['done', 'done'])
    expect((await ordered(id))?.tags.sort()).toEqual(['a', 'bc'])
  })
})

describe('annotating an order', () => {
  it('merges into what the order has', async () => {
    const { id, name } = await buy({ customAttributes: [{ key: 'Floor', value: '3' }] })
    const rule = await merchant.addRule(document(annotate()))
    await post({ order_id: id })
    const run = await endedRun(rule)
    expect(run.steps[0]).toMatchObject({
      state: 'done',
      note: `Order ${name}: notes Klaviyo flow; adds klaviyo`,
      effect: {
        before: { 'Klaviyo flow': null, 'Tags of the order': null },
        after: { 'Klaviyo flow': 'Win-back', 'Tags of the order': 'klaviyo' },
      },
    })
    expect(await ordered(id)).toMatchObject({
      tags: ['klaviyo'],
      customAttributes: [
        { key: 'Floor', value: '3' },
        { key: 'Klaviyo flow', value: 'Win-back' },
      ],
    })
  })

  it('is undone on that order, whichever is the latest by then', async () => {
    const { id, name } = await buy({ customAttributes: [{ key: 'Floor', value: '3' }] })
    const rule = await merchant.addRule(document(annotate({ order: { which: 'latest' } })))
    await post()
    const run = await endedRun(rule)
    await buy()
    expect(await undone(rule, run.id)).toEqual([
      `Order ${name}: takes out Klaviyo flow; removes klaviyo`,
    ])
    expect(await ordered(id)).toMatchObject({
      tags: [],
      customAttributes: [{ key: 'Floor', value: '3' }],
    })
  })

  it('takes the latest where the rule says so, and several steps of a run see each other', async () => {
    await buy()
    const { id, name } = await buy()
    const latest = { order: { which: 'latest' } }
    const again = { ...annotate({ order: { which: 'named', template: name } }), id: '1' }
    const rule = await merchant.addRule(document(annotate(latest), again))
    await post()
    const run = await endedRun(rule)
    expect(run.steps.map(({ state }) => state)).toEqual(['done', 'skipped'])
    expect((await ordered(id))?.customAttributes).toHaveLength(1)
  })

  it.each([
    ['somebody else’s', () => buy({ customerId: null }), /not the customer’s/],
    ['too old', () => buy({ createdAt: '2020-01-01T00:00:00Z' }), /older than 60 days/],
  ])('leaves one alone that is %s', async (_what, order, reason) => {
    const { id } = await order()
    const rule = await merchant.addRule(document(annotate()))
    await post({ order_id: id })
    const run = await endedRun(rule)
    expect(run.state).toBe('skipped')
    expect(run.reason).toMatch(reason)
    expect(await ordered(id)).toMatchObject({ tags: [], customAttributes: [] })
  })

  it('is tried and shown in shadow mode without writing', async () => {
    const { id, name } = await buy()
    const rule = await merchant.addRule(document(annotate()), 'shadow')
    await post({ order_id: id })
    const run = await endedRun(rule)
    expect(run.steps[0]?.note).toBe(`Order ${name}: notes Klaviyo flow; adds klaviyo`)
    const tried = await merchant.session.submit('/app/rules/try', 'app.rules.try', {
      document: JSON.stringify(document(annotate())),
      eventId: (await merchant.rule(rule)).events[0]?.id ?? '',
    })
    expect(await tried.text()).toContain(`Order ${name}: notes Klaviyo flow; adds klaviyo`)
    expect(await ordered(id)).toMatchObject({ tags: [], customAttributes: [] })
  })
})

describe('starting Shopify Flow', () => {
  const triggers = z.array(
    z.object({ handle: z.string(), payload: z.record(z.string(), z.json()) }),
  )
  const received = async () => {
    const id = Number(customerId.split('/').at(-1))
    const all = await stage.shopify.get(`/flow-triggers?shop=${shopA}`, triggers)
    return all.filter(({ payload }) => payload['customer_id'] === id)
  }
  const start = {
    id: '0',
    kind: 'start-flow',
    settings: { properties: [{ key: 'points', value: '{{ event.points }}', as: 'number' }] },
  }

  it('tells it the customer, the rule, the event and the properties', async () => {
    const rule = await merchant.addRule(document(start))
    await post({ points: 7 })
    expect((await endedRun(rule)).steps[0]).toMatchObject({
      state: 'done',
      note: 'Starts Shopify Flow workflows',
    })
    expect(await received()).toMatchObject([
      {
        handle: 'klaviyo-rule-matched',
        payload: { 'Rule name': metric, 'Event name': metric, Properties: '{"points":7}' },
      },
    ])
  })

  it('tells it again by the same run id when the answer is lost', async () => {
    await stage.shopify.post('/faults', { kind: 'drop', operation: 'startFlow', applied: true })
    const rule = await merchant.addRule(document(start))
    await post({ points: 7 })
    expect((await endedRun(rule)).state).toBe('done')
    const runs = (await received()).map(({ payload }) => payload['Run id'])
    expect(runs.length).toBeGreaterThan(1)
    expect(new Set(runs).size).toBe(1)
  })
})

const grant = (...more: string[]) =>
  stage.shopify.post('/scopes', { shop: shopA, scopes: [...required, ...more] })

const give = (more: object = {}) => ({
  id: '0',
  kind: 'store-credit',
  settings: { amount: '{{ event.reward }}', currency: 'USD', expiresAfterDays: '30', ...more },
})

const accounts = z.array(
  z.object({
    customerId: z.string(),
    balance: z.number(),
    transactions: z.array(z.object({ amount: z.number(), expiresAt: z.string().nullable() })),
  }),
)
const account = async () => {
  const all = await stage.shopify.get(`/store-credit?shop=${shopA}`, accounts)
  return all.find((each) => each.customerId === customerId)
}

const save = async (...actions: object[]) => {
  const response = await merchant.session.submit('/app/rules/new', 'app.rules.$id', {
    intent: 'save',
    mode: 'on',
    document: JSON.stringify(document(...actions)),
  })
  return answer.parse(await response.json()).problems
}

describe('the permission for store credit', () => {
  it('is asked for when a rule needs it, and told on the health page', async () => {
    expect(await save(give())).toEqual([
      {
        field: 'actions.0.settings.scopes',
        message:
          'The store has not allowed the app yet to do this: give store credit. Allow it, then save again.',
      },
    ])
    const checks = await merchant.session.submit('/app/settings/health', 'app.settings_.health', {})
    expect(await checks.text()).toContain('Not granted. The app asks for it')
    expect((await merchant.banners()).shopify).toBeNull()
  })

  it('that is taken away fails the step alone; other rules go on', async () => {
    await grant(...optional)
    const rule = await merchant.addRule(document(give()))
    const other = await merchant.addRule(ruleOn(metric, [{ kind: 'add-tags', tags: ['still'] }]))
    await grant()
    await post({ reward: '7,5' })
    const [run] = await endedRuns(rule)
    expect(run?.steps[0]?.problem?.code).toBe('store-credit-scope-missing')
    const [tagged] = await endedRuns(other)
    expect(tagged?.state).toBe('done')
    expect((await merchant.banners()).shopify).toBeNull()

    await grant(...optional)
    await merchant.submitIds(
      '/app/activity',
      'app.activity._index',
      { intent: 'run-again' },
      run ? [run.id] : [],
    )
    await eventually(async () => {
      expect((await account())?.balance).toBe(7.5)
    })
  })
})

describe('store credit', () => {
  beforeEach(() => grant(...optional))

  it('is given with its end, and adds up', async () => {
    const rule = await merchant.addRule(document(give()))
    await post({ reward: '7,5' })
    await post({ reward: '7,5' })
    const runs = await endedRuns(rule, 2)
    const [first] = runs.sort((a, b) => (a.id < b.id ? -1 : 1))
    expect(first?.steps[0]?.effect).toEqual({
      before: { 'Store credit': '0.00 USD' },
      after: { 'Store credit': '7.50 USD' },
    })
    const found = await account()
    expect(found?.balance).toBe(15)
    for (const { expiresAt } of found?.transactions ?? []) {
      const days = (Date.parse(expiresAt ?? '') - Date.now()) / 86_400_000
      expect(days).toBeGreaterThan(29.9)
      expect(days).toBeLessThanOrEqual(30)
    }
  })

  it('is taken back, once', async () => {
    const rule = await merchant.addRule(document(give()))
    await post({ reward: '7,5' })
    const run = await endedRun(rule)
    const fault = { kind: 'drop', operation: 'takeStoreCredit', applied: true }
    await stage.shopify.post('/faults', fault)
    expect(await undone(rule, run.id)).toEqual(['Takes back 7.50 USD'])
    expect((await account())?.balance).toBe(0)
  })

  it('is taken back of each that was given, whichever Shopify takes it from', async () => {
    const rule = await merchant.addRule(document(give()))
    for (let count = 0; count < 3; count++) await post({ reward: '7,5' })
    const runs = await endedRuns(rule, 3)
    for (const [index, { id }] of runs.entries()) {
      await merchant.startUndo({ runId: id })
      await endedRuns(rule, runs.length + index + 1)
      expect((await account())?.balance).toBe(15 - 7.5 * index)
    }
  })

  it('is not given twice when the answer is lost', async () => {
    const fault = { kind: 'drop', operation: 'giveStoreCredit', applied: true }
    await stage.shopify.post('/faults', fault)
    const rule = await merchant.addRule(document(give()))
    await post({ reward: '7,5' })
    const [run] = await endedRuns(rule)
    expect(run?.state).toBe('done')
    expect(run?.steps[0]?.attempts).toBe(2)
    expect((await account())?.transactions).toHaveLength(1)
  })

  it('is only told of in shadow mode', async () => {
    const rule = await merchant.addRule(document(give()), 'shadow')
    await post({ reward: '7,5' })
    const [run] = await endedRuns(rule)
    expect(run?.steps[0]?.note).toMatch(/^Gives 7\.50 USD of store credit until /)
    expect(await account()).toBeUndefined()
  })

  it('is not given where customers can’t pay with it', async () => {
    await stage.shopify.post('/store-credit/switch', { shop: shopA, isOn: false })
    const problems = (await save(give())) ?? []
    expect(problems.map(({ field }) => field)).toEqual(['actions.0.settings.amount'])
    expect(problems[0]?.message).toMatch(
      /can’t pay with store credit.*Settings > Customer accounts/,
    )
    await stage.shopify.post('/store-credit/switch', { shop: shopA, isOn: true })
    expect(await save(give({ currency: 'SEK' }))).toHaveLength(1)
  })

  it('is not given in another currency than the store’s', async () => {
    const [problem] = (await save(give({ currency: 'SEK' }))) ?? []
    expect(problem).toMatchObject({
      field: 'actions.0.settings.currency',
      message: 'The store’s currency is USD. Use that.',
    })
  })
})
