/** Single-use discount codes: made once, written back, listed with what they brought, tidied up. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { codeSettings } from '../../bench/code-settings.ts'
import { Merchant, answer, ruleOn } from '../harness/merchant.ts'
import { eventually, openSeededStage, shopA, shopB } from '../harness/stage.ts'
import type { Stage } from '../harness/stage.ts'

const account = 'demo-one'

let stage: Stage
let merchant: Merchant

beforeAll(async () => {
  stage = await openSeededStage()
  merchant = new Merchant(stage, shopA)
})
afterAll(() => stage.close())
afterEach(async () => {
  await stage.shopify.delete('/faults')
  await stage.klaviyo.delete('/faults')
})

/** Each test has a metric, a customer, a profile and a prefix of its own. */
let metric: string
let email: string
let customer: string
let profileId: string
let prefix: string
let number = 0
const made = z.object({ id: z.string() })
beforeEach(async () => {
  number++
  metric = `Discount ${number}`
  email = `discount${number}@example.com`
  prefix = `T${number}-`
  customer = made.parse(await stage.shopify.post('/customers', { shop: shopA, email })).id
  profileId = made.parse(await stage.klaviyo.post('/profiles', { account, email })).id
})

const settings = (more: object = {}) =>
  codeSettings(prefix, { worth: { kind: 'percentage', percent: '12,5' }, ...more })

const writeBack = {
  id: '1',
  kind: 'set-profile-properties',
  settings: {
    properties: [
      { key: 'discount_code', value: '{{ discount.code }}', as: 'text' },
      { key: 'discount_link', value: '{{ discount.link }}', as: 'text' },
    ],
  },
}

const document = (more: object = {}, noCustomer = 'skip') =>
  ruleOn(metric, [], {
    actions: [{ id: '0', kind: 'discount-code', settings: settings(more) }, writeBack],
    noCustomer: { then: noCustomer },
  })

async function post(times = 1, to = email): Promise<void> {
  for (let time = 0; time < times; time++) {
    expect(await merchant.post({ metric, email: to })).toBe(202)
  }
}

const discounts = z.array(
  z.object({
    code: z.string(),
    status: z.string(),
    customers: z.array(z.string()),
    usageLimit: z.number().nullable(),
    worth: z.json(),
    startsAt: z.string(),
    endsAt: z.string(),
  }),
)

/** This test's codes as Shopify holds them, oldest first. */
const codes = async () =>
  (await stage.shopify.get(`/discounts?shop=${shopA}`, discounts)).filter(({ code }) =>
    code.startsWith(prefix),
  )

const profiles = z.array(
  z.object({ id: z.string(), properties: z.record(z.string(), z.json()) }).loose(),
)
const properties = async () =>
  (await stage.klaviyo.get(`/profiles?account=${account}`, profiles)).find(
    ({ id }) => id === profileId,
  )?.properties ?? {}

const endedRuns = (rule: string, count = 1) =>
  eventually(async () => {
    const rows = await merchant.runs(`?rule=${rule}`)
    expect(rows).toHaveLength(count)
    for (const { state } of rows) expect(state).not.toBe('waiting')
    return Promise.all(rows.map(({ id }) => merchant.run(id)))
  }, 60_000)

const screen = z.object({
  rows: z.array(
    z.object({
      code: z.string(),
      state: z.string(),
      customerGid: z.string(),
      revenue: z.object({ amount: z.string(), currency: z.string() }).nullable(),
    }),
  ),
  rules: z.array(
    z.object({ ruleId: z.string(), made: z.number(), used: z.number(), revenue: z.json() }),
  ),
})

const listed = async (search: string, who = merchant) =>
  screen.parse(await (await who.session.load(`/app/codes${search}`, 'app.codes')).json())

describe('a discount code', () => {
  it('is made for the customer alone, to be used once, and reaches the profile', async () => {
    const rule = await merchant.addRule(document())
    await post()
    const [run] = await endedRuns(rule)
    expect(run?.state).toBe('done')
    const [code, ...others] = await codes()
    expect(others).toEqual([])
    expect(code).toMatchObject({
      status: 'ACTIVE',
      customers: [customer],
      usageLimit: 1,
      worth: { percentage: 0.125 },
    })
    expect(code?.code).toMatch(new RegExp(`^${prefix}[0-9A-HJKMNP-TV-Z]{8}$`))
    const hours = (Date.parse(code?.endsAt ?? '') - Date.parse(code?.startsAt ?? '')) / 3_600_000
    expect(hours).toBe(72)
    expect(await properties()).toMatchObject({
      discount_code: code?.code,
      discount_link: `https://${shopA}/discount/${code?.code}`,
    })
  })

  it('is the same again while it is unused, and another once it was used', async () => {
    const rule = await merchant.addRule(document())
    await post(2)
    const runs = await endedRuns(rule, 2)
    expect(runs.map(({ steps }) => steps[0]?.note).sort()).toEqual([
      'Makes a code for 12.5%',
      expect.stringMatching(/^Reuses the customer’s code, live until /),
    ])
    const [first, ...others] = await codes()
    expect(others).toEqual([])
    await stage.shopify.post('/orders', {
      shop: shopA,
      customerId: customer,
      discountCodes: [first?.code],
    })
    await post()
    await endedRuns(rule, 3)
    const [, second] = await codes()
    expect(second?.code).not.toBe(first?.code)
    expect(await properties()).toMatchObject({ discount_code: second?.code })
  })

  it('takes the place of the one before where the rule says so', async () => {
    const rule = await merchant.addRule(document({ again: 'replace' }))
    await post()
    await endedRuns(rule)
    await post()
    await endedRuns(rule, 2)
    expect((await codes()).map(({ status }) => status)).toEqual(['EXPIRED', 'ACTIVE'])
    const { rows } = await listed(`?rule=${rule}`)
    expect(rows.map(({ state }) => state)).toEqual(['live', 'expired'])
  })

  it.each(['drop', 'hang'])(
    'is found, not made twice, when the answer is lost (%s)',
    async (kind) => {
      const fault = { kind, operation: 'createCode', applied: true }
      await stage.shopify.post('/faults', fault)
      const rule = await merchant.addRule(document())
      await post()
      const [run] = await endedRuns(rule)
      expect(run?.state).toBe('done')
      const [code, ...others] = await codes()
      expect(others).toEqual([])
      expect(await properties()).toMatchObject({ discount_code: code?.code })
    },
    120_000,
  )

  it('waits for Klaviyo and is delivered later, the very same, though the rule is off by then', async () => {
    await stage.klaviyo.post('/faults', {
      method: 'PATCH',
      kind: 'status',
      status: 503,
      times: 1_000,
    })
    const rule = await merchant.addRule(document())
    await post()
    await eventually(async () => {
      const [run] = await merchant.runs(`?rule=${rule}`)
      const { state, problem } = await merchant.run(run?.id ?? '')
      expect({ state, side: problem?.code }).toEqual({ state: 'waiting', side: 'klaviyo-down' })
    }, 30_000)
    const [code] = await codes()
    await merchant.switchRules('off', rule)
    await stage.klaviyo.delete('/faults')
    const [run] = await endedRuns(rule)
    expect(run?.state).toBe('done')
    expect(run?.attempts).toBeGreaterThan(1)
    expect(await codes()).toHaveLength(1)
    expect(await properties()).toMatchObject({ discount_code: code?.code })
  }, 120_000)

  it('is only told of in shadow mode', async () => {
    const rule = await merchant.addRule(document(), 'shadow')
    await post()
    const [run] = await endedRuns(rule)
    expect(run).toMatchObject({ state: 'done', shadow: true })
    expect(run?.steps[0]?.note).toBe('Makes a code for 12.5%')
    expect(await codes()).toEqual([])
    expect((await listed(`?rule=${rule}`)).rows).toEqual([])
  })

  it('can make the customer first, once however many events there are', async () => {
    const newcomer = `newcomer${number}@example.com`
    const rule = await merchant.addRule(document({}, 'create'))
    await post(3, newcomer)
    const runs = await endedRuns(rule, 3)
    expect(runs.map(({ state }) => state)).toEqual(['done', 'done', 'done'])
    expect(new Set(runs.map(({ customerGid }) => customerGid)).size).toBe(1)
    expect(await codes()).toHaveLength(1)
  })
})

describe('a rule that makes codes', () => {
  const save = async (more: object) => {
    const response = await merchant.session.submit('/app/rules/new', 'app.rules.$id', {
      intent: 'save',
      mode: 'on',
      document: JSON.stringify(document(more)),
    })
    return answer.parse(await response.json()).problems
  }

  it.each([
    [{ worth: { kind: 'percentage', percent: '101' } }, 'worth.percent', /At most 100%/],
    [{ worth: { kind: 'percentage', percent: 'ten' } }, 'worth.percent', /as a number/],
    [{ length: '7' }, 'length', /At least 8/],
    [{ prefix: 'NO WAY' }, 'prefix', /Use letters, digits, - and _ only/],
    [{ worth: { kind: 'amount', amount: '5', eachItem: false } }, 'currency', /currency/],
    [
      { worth: { kind: 'amount', amount: '5', eachItem: false }, currency: 'SEK' },
      'currency',
      /The store’s currency is USD/,
    ],
    [
      {
        items: {
          on: 'collections',
          picked: [{ id: 'gid://shopify/Collection/1', title: 'Summer' }],
        },
      },
      'items.picked.0',
      /“Summer” no longer exists in the store. Take it out or choose another/,
    ],
  ])('is refused with %o', async (more, field, message) => {
    const [problem, ...others] = (await save(more)) ?? []
    expect(others).toEqual([])
    expect(problem?.field).toBe(`actions.0.settings.${field}`)
    expect(problem?.message).toMatch(message)
  })
})

describe('the page of codes', () => {
  it('shows what was used and what the order came to', async () => {
    const rule = await merchant.addRule(document())
    await post()
    await endedRuns(rule)
    const [code] = await codes()
    await stage.shopify.post('/orders', {
      shop: shopA,
      customerId: customer,
      total: 80.5,
      discountCodes: [code?.code],
    })
    expect(await merchant.submit('/app/codes', 'app.codes', { intent: 'read-orders' })).toEqual({
      ok: true,
      said: 'Orders are being read.',
    })
    await eventually(async () => {
      const { rows, rules } = await listed(`?rule=${rule}&state=used`)
      expect(rows).toEqual([
        {
          code: code?.code,
          state: 'used',
          customerGid: customer,
          revenue: { amount: '80.50', currency: 'USD' },
        },
      ])
      expect(rules.find(({ ruleId }) => ruleId === rule)).toMatchObject({
        made: 1,
        used: 1,
        revenue: [{ amount: '80.50', currency: 'USD' }],
      })
    })
  })

  it('lets ended codes go from the store, but none that is live or was used', async () => {
    const rule = await merchant.addRule(document({ again: 'replace' }))
    for (const count of [1, 2]) {
      await post()
      await endedRuns(rule, count)
    }
    await merchant.submit('/app/codes', 'app.codes', { intent: 'delete-ended' })
    await eventually(async () => {
      expect((await codes()).map(({ status }) => status)).toEqual(['ACTIVE'])
    })
    expect((await listed(`?rule=${rule}`)).rows.map(({ state }) => state)).toEqual([
      'live',
      'expired',
    ])
    const upkeep = z.array(
      z.object({ kind: z.string(), count: z.number(), problem: z.json().nullable() }),
    )
    await eventually(async () => {
      const activity = await merchant.session.load('/app/activity', 'app.activity._index')
      const told = z.object({ upkeep }).parse(await activity.json()).upkeep
      expect(told[0]).toMatchObject({ kind: 'codes_deleted', problem: null })
      expect(told[0]?.count).toBeGreaterThan(0)
    })
  })

  it.each([
    [{}, false],
    [{ deletesCodes: 'on' }, true],
  ])('is tidied at night as the setting %o says', async (choice, deletesCodes) => {
    const form = { intent: 'save', retentionDays: '90', tagBudget: '', ...choice }
    expect((await merchant.saveSettings(form)).ok).toBe(true)
    expect((await merchant.settings()).settings.deletesCodes).toBe(deletesCodes)
  })

  it('is of one store only', async () => {
    const other = new Merchant(stage, shopB)
    expect((await listed('', merchant)).rows.length).toBeGreaterThan(0)
    expect(await listed('', other)).toEqual({ rows: [], rules: [] })
    const [rule] = (await listed('')).rules
    expect((await listed(`?rule=${rule?.ruleId}`, other)).rows).toEqual([])
  })
})
