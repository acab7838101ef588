/** Customers' metafields: set, counted up and cleared, each once, and never over what is newer. */
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
  await stage.shopify.post('/latency', { ms: 0 })
})

/** Each test has a metric, a customer and a namespace of its own. */
let metric: string
let email: string
let customer: string
let namespace: string
let number = 0
beforeEach(async () => {
  number++
  metric = `Metafield ${number}`
  email = `metafield${number}@example.com`
  namespace = `loyalty${number}`
  customer = await newCustomer(email)
  await stage.shopify.delete('/calls')
})

async function newCustomer(email: string): Promise<string> {
  const made = await stage.shopify.post('/customers', { shop: shopA, email })
  return z.object({ id: z.string() }).parse(made).id
}

const setStatus = (more: object = {}) => ({
  namespace,
  key: 'status',
  type: 'single_line_text_field',
  mode: 'set',
  value: '{{ event.status }}',
  ...more,
})
const countPoints = () =>
  setStatus({
    key: 'points',
    type: 'number_integer',
    mode: 'increment',
    value: '{{ event.points }}',
  })

const document = (settings: object) =>
  ruleOn(metric, [], { actions: [{ id: '0', kind: 'set-metafield', settings }] })

const addRule = (settings: object, mode: 'shadow' | 'on' = 'on') =>
  merchant.addRule(document(settings), mode)

async function post(properties: object, to = email): Promise<void> {
  expect(await merchant.post({ metric, email: to, properties })).toBe(202)
}

const metafields = z.array(
  z.object({ namespace: z.string(), key: z.string(), type: z.string(), value: z.string() }),
)

/** As Shopify holds it; null = none. */
async function valueOf(key: string): Promise<string | null> {
  const all = await stage.shopify.get(`/metafields?shop=${shopA}&id=${customer}`, metafields)
  return all.find((each) => each.namespace === namespace && each.key === key)?.value ?? null
}

const writeAsMerchant = (key: string, type: string, value: string | null) =>
  stage.shopify.post('/metafields', { shop: shopA, id: customer, namespace, key, type, value })

const journal = z.array(
  z
    .object({ customerId: z.string(), metafield: z.object({ name: z.string() }).optional() })
    .loose(),
)

/** How often the metafield was altered. */
async function changesOf(key: string): Promise<number> {
  const all = await stage.shopify.get(`/journal?shop=${shopA}`, journal)
  return all.filter(
    (each) => each.customerId === customer && each.metafield?.name === `${namespace}.${key}`,
  ).length
}

const counted = z.object({ fields: z.record(z.string(), z.number()) })
const callsOf = async (field: string) =>
  (await stage.shopify.get('/calls', counted)).fields[field] ?? 0

async function endedRuns(rule: string, count = 1) {
  return eventually(async () => {
    const rows = await merchant.runs(`?rule=${rule}`)
    expect(rows).toHaveLength(count)
    const runs = await Promise.all(rows.map(({ id }) => merchant.run(id)))
    for (const run of runs) expect(run.state).not.toBe('waiting')
    return runs
  }, 60_000)
}

async function endedRun(rule: string) {
  const [run] = await endedRuns(rule)
  if (!run) throw new Error('no run')
  return run
}

describe('a metafield', () => {
  it('is set, gets its definition, and the run shows before and after', async () => {
    const rule = await addRule(setStatus())
    await post({ status: 'Gold' })
    const run = await endedRun(rule)
    expect(run.state).toBe('done')
    const name = `${namespace}.status`
    expect(run.steps[0]?.effect).toEqual({ before: { [name]: null }, after: { [name]: 'Gold' } })
    expect(await valueOf('status')).toBe('Gold')
    const definitions = z.array(
      z.object({ namespace: z.string(), key: z.string(), type: z.string() }),
    )
    expect(
      await stage.shopify.get(`/metafield-definitions?shop=${shopA}`, definitions),
    ).toContainEqual({ namespace, key: 'status', type: 'single_line_text_field' })
  })

  it('that holds the value already is not sent', async () => {
    await writeAsMerchant('status', 'single_line_text_field', 'Gold')
    const rule = await addRule(setStatus())
    await post({ status: 'Gold' })
    const run = await endedRun(rule)
    expect(run.state).toBe('skipped')
    expect(run.reason).toMatch(/holds this value already/)
    expect(await callsOf('metafieldsSet')).toBe(0)
  })

  it('is cleared', async () => {
    await writeAsMerchant('status', 'single_line_text_field', 'Gold')
    const rule = await addRule(setStatus({ mode: 'clear', value: '' }))
    await post({})
    expect((await endedRun(rule)).state).toBe('done')
    expect(await valueOf('status')).toBeNull()
  })

  it('is not sent what its type does not take, and the run says so in plain words', async () => {
    const rule = await addRule(countPoints())
    await post({ points: 'many' })
    const run = await endedRun(rule)
    expect(run.state).toBe('failed')
    expect(run.problem?.what).toBe(
      `The template for ${namespace}.points gives something that is not a whole number, such as 120.`,
    )
    expect(await callsOf('metafieldsSet')).toBe(0)
  })

  it('whose definition has another type is left alone', async () => {
    await stage.shopify.post('/metafield-definitions', {
      shop: shopA,
      name: 'Points',
      namespace,
      key: 'points',
      type: 'number_decimal',
    })
    const rule = await addRule(countPoints())
    await post({ points: 5 })
    const run = await endedRun(rule)
    expect(run.state).toBe('failed')
    expect(run.problem?.what).toMatch(/has the type Decimal in this store/)
    expect(await valueOf('points')).toBeNull()
  })

  it('is left alone in shadow and when tried', async () => {
    await writeAsMerchant('points', 'number_integer', '5')
    const rule = await addRule(countPoints(), 'shadow')
    await post({ points: 2 })
    const run = await endedRun(rule)
    const name = `${namespace}.points`
    const effect = { before: { [name]: '5' }, after: { [name]: '7' } }
    expect(run.steps[0]?.effect).toEqual(effect)

    const form = {
      document: JSON.stringify(document(countPoints())),
      body: JSON.stringify({ metric, email, properties: { points: 2 } }),
    }
    const tried = await merchant.session.submit('/app/rules/try', 'app.rules.try', form)
    expect(await tried.json()).toMatchObject({ trial: { steps: [{ state: 'done', effect }] } })
    expect(await valueOf('points')).toBe('5')
    expect(await callsOf('metafieldsSet')).toBe(0)
    expect(await callsOf('metafieldDefinitionCreate')).toBe(0)
  })
})

describe('counting up', () => {
  it('adds up the events of one batch, with one write', async () => {
    await newCustomer(`other-${email}`)
    const rule = await addRule(countPoints())
    // While the drain is busy with the first event, the others gather.
    await stage.shopify.post('/latency', { ms: 700 })
    await post({ points: 1 }, `other-${email}`)
    await eventually(async () => expect(await callsOf('customerByIdentifier')).toBe(1))
    await post({ points: 2 })
    await post({ points: 3 })
    const runs = await endedRuns(rule, 3)
    expect(runs.map(({ state }) => state)).toEqual(['done', 'done', 'done'])
    expect(await valueOf('points')).toBe('5')
    expect(await changesOf('points')).toBe(1)
  })

  it('happens once, though Shopify’s answer was lost', async () => {
    await stage.shopify.post('/faults', { kind: 'drop', operation: 'setMetafields', applied: true })
    const rule = await addRule(countPoints())
    await post({ points: 5 })
    expect((await endedRun(rule)).state).toBe('done')
    expect(await valueOf('points')).toBe('5')
    expect(await changesOf('points')).toBe(1)
  })

  it('happens once, though the app is killed between the write and its record', async () => {
    await writeAsMerchant('points', 'number_integer', '10')
    await stage.shopify.post('/faults', { kind: 'hang', operation: 'setMetafields', applied: true })
    const rule = await addRule(countPoints())
    await post({ points: 5 })
    await eventually(async () => expect(await valueOf('points')).toBe('15'))
    await Promise.all(stage.sandbox.apps.map((app) => app.stop('SIGKILL')))
    // Somebody else counts too: the value alone does not tell any more whether ours was counted.
    await writeAsMerchant('points', 'number_integer', '16')
    await stage.sandbox.restart()
    expect((await endedRun(rule)).state).toBe('done')
    expect(await valueOf('points')).toBe('16')
  })

  it('happens though the app is killed before the write', async () => {
    await stage.shopify.post('/faults', { kind: 'hang', operation: 'setMetafields' })
    const rule = await addRule(countPoints())
    await post({ points: 5 })
    await eventually(async () => expect(await callsOf('metafieldsSet')).toBe(1))
    await Promise.all(stage.sandbox.apps.map((app) => app.stop('SIGKILL')))
    await stage.sandbox.restart()
    expect((await endedRun(rule)).state).toBe('done')
    expect(await valueOf('points')).toBe('5')
  })

  it('starts from what somebody else wrote while Shopify was in trouble', async () => {
    await writeAsMerchant('points', 'number_integer', '10')
    await stage.shopify.post('/faults', {
      kind: 'status',
      status: 503,
      operation: 'setMetafields',
      times: 100,
    })
    const rule = await addRule(countPoints())
    await post({ points: 5 })
    await eventually(async () => {
      const [row] = await merchant.runs(`?rule=${rule}`)
      expect((await merchant.run(row?.id ?? '')).problem?.code).toBe('shopify-down')
    }, 60_000)
    await writeAsMerchant('points', 'number_integer', '100')
    await stage.shopify.delete('/faults')
    const run = await endedRun(rule)
    expect(run.state).toBe('done')
    expect(await valueOf('points')).toBe('105')
    const name = `${namespace}.points`
    expect(run.steps[0]?.effect).toEqual({ before: { [name]: '100' }, after: { [name]: '105' } })
  })
})

it('what somebody writes between our reading and writing is seen before it is replaced', async () => {
  await writeAsMerchant('status', 'single_line_text_field', 'Bronze')
  const rule = await addRule(setStatus())
  await stage.shopify.post('/latency', { ms: 1_000 })
  await post({ status: 'Gold' })
  // The write has been sent and not yet arrived.
  await eventually(async () => expect(await callsOf('metafieldsSet')).toBe(1))
  await writeAsMerchant('status', 'single_line_text_field', 'Silver')
  await stage.shopify.post('/latency', { ms: 0 })
  const run = await endedRun(rule)
  const name = `${namespace}.status`
  expect(run.steps[0]?.effect).toEqual({ before: { [name]: 'Silver' }, after: { [name]: 'Gold' } })
  expect(run.attempts).toBe(2)
  expect(await valueOf('status')).toBe('Gold')
})
