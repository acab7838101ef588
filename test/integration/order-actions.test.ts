/** Orders annotated and Shopify Flow started: each once, never over what is there. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { Merchant, ruleOn } from '../harness/merchant.ts'
import { eventually, openSeededStage, shopA } from '../harness/stage.ts'
import type { Stage } from '../harness/stage.ts'

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
  metric = `Order ${number}`
  email = `order${number}@example.com`
  customerId = made.parse(await stage.shopify.post('/customers', { shop: shopA, email })).id
})

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

const addRule = (actions: object[], mode: 'shadow' | 'on' = 'on') =>
  merchant.addRule(ruleOn(metric, [], { actions }), mode)

async function post(properties: object = {}): Promise<void> {
  expect(await merchant.post({ metric, email, properties })).toBe(202)
}

const endedRun = (rule: string) =>
  eventually(async () => {
    const [row] = await merchant.runs(`?rule=${rule}`)
    if (!row || row.state === 'waiting') throw new Error('not over yet')
    return merchant.run(row.id)
  }, 60_000)

describe('annotating an order', () => {
  it('merges into what the order has', async () => {
    const { id, name } = await buy({ customAttributes: [{ key: 'Floor', value: '3' }] })
    const rule = await addRule([annotate()])
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

  it('takes the latest where the rule says so, and several steps of a run see each other', async () => {
    await buy()
    const { id, name } = await buy()
    const latest = { order: { which: 'latest' } }
    const again = { ...annotate({ order: { which: 'named', template: name } }), id: '1' }
    const rule = await addRule([annotate(latest), again])
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
    const rule = await addRule([annotate()])
    await post({ order_id: id })
    const run = await endedRun(rule)
    expect(run).toMatchObject({ state: 'skipped', reason: expect.stringMatching(reason) })
    expect(await ordered(id)).toMatchObject({ tags: [], customAttributes: [] })
  })

  it('is tried and shown in shadow mode without writing', async () => {
    const { id, name } = await buy()
    const rule = await addRule([annotate()], 'shadow')
    await post({ order_id: id })
    const run = await endedRun(rule)
    expect(run.steps[0]?.note).toBe(`Order ${name}: notes Klaviyo flow; adds klaviyo`)
    const tried = await merchant.session.submit('/app/rules/try', 'app.rules.try', {
      document: JSON.stringify(ruleOn(metric, [], { actions: [annotate()] })),
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
    const rule = await addRule([start])
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
    const rule = await addRule([start])
    await post({ points: 7 })
    expect((await endedRun(rule)).state).toBe('done')
    const runs = (await received()).map(({ payload }) => payload['Run id'])
    expect(runs.length).toBeGreaterThan(1)
    expect(new Set(runs).size).toBe(1)
  })
})
