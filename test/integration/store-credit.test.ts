/** Store credit: the permission asked for first, then given once an event, whatever is lost. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { Merchant, answer, ruleOn } from '../harness/merchant.ts'
import { eventually, openSeededStage, shopA } from '../harness/stage.ts'
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
  metric = `Credit ${number}`
  email = `credit${number}@example.com`
  customerId = made.parse(await stage.shopify.post('/customers', { shop: shopA, email })).id
})

const grant = (...more: string[]) =>
  stage.shopify.post('/scopes', { shop: shopA, scopes: [...required, ...more] })

const give = (more: object = {}) => ({
  id: '0',
  kind: 'store-credit',
  settings: { amount: '{{ event.reward }}', currency: 'USD', expiresAfterDays: '30', ...more },
})

const document = (...actions: object[]) => ruleOn(metric, [], { actions })

const post = async () =>
  expect(await merchant.post({ metric, email, properties: { reward: '7,5' } })).toBe(202)

const endedRuns = (rule: string, count = 1) =>
  eventually(async () => {
    const rows = await merchant.runs(`?rule=${rule}`)
    expect(rows).toHaveLength(count)
    for (const { state } of rows) expect(state).not.toBe('waiting')
    return Promise.all(rows.map(({ id }) => merchant.run(id)))
  }, 60_000)

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

describe('the permission', () => {
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
    await post()
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
    await post()
    await post()
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

  it('is not given twice when the answer is lost', async () => {
    const fault = { kind: 'drop', operation: 'giveStoreCredit', applied: true }
    await stage.shopify.post('/faults', fault)
    const rule = await merchant.addRule(document(give()))
    await post()
    const [run] = await endedRuns(rule)
    expect(run?.state).toBe('done')
    expect(run?.steps[0]?.attempts).toBe(2)
    expect((await account())?.transactions).toHaveLength(1)
  })

  it('is only told of in shadow mode', async () => {
    const rule = await merchant.addRule(document(give()), 'shadow')
    await post()
    const [run] = await endedRuns(rule)
    expect(run?.steps[0]?.note).toMatch(/^Gives 7\.50 USD of store credit until /)
    expect(await account()).toBeUndefined()
  })

  it('is not given in another currency than the store’s', async () => {
    const [problem] = (await save(give({ currency: 'SEK' }))) ?? []
    expect(problem).toMatchObject({
      field: 'actions.0.settings.currency',
      message: 'The store’s currency is USD. Use that.',
    })
  })
})
