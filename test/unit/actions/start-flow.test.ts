import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { startFlow } from '../../../app/actions/start-flow.ts'
import { createKlaviyo } from '../../../app/klaviyo/klaviyo.server.ts'
import { createAdmin } from '../../../app/shopify/admin.server.ts'
import { customerGid } from '../../../app/shopify/admin.ts'
import { AdminApi as LocalAdmin } from '../../../sandbox/shopify/admin/execute.ts'
import { AdminSchema } from '../../../sandbox/shopify/admin/schema.ts'
import { declaredTriggers } from '../../../sandbox/shopify/flow.ts'
import { demoStores } from '../../../sandbox/shopify/server.ts'
import { Store } from '../../../sandbox/shopify/store.ts'
import { facts } from '../rules/facts.ts'
import { occasion } from './occasion.ts'

const id = customerGid.parse('gid://shopify/Customer/7000000000001')
const rule = { id: '019c0000-0000-7000-8000-00000000000a', name: 'Win-back' }
const properties = [
  { key: 'stage', value: '{{ outcome }}', as: 'text' },
  { key: 'points', value: '{{ profile.points }}', as: 'number' },
]

const plan = (given: Record<string, string>[] = properties, stepId = occasion.stepId) =>
  startFlow.plan(
    { properties: given },
    { ...facts(), rule },
    { id, tags: [], ownTags: [] },
    { tagBudget: null },
    { ...occasion, stepId },
  )

/** What Flow is told when the step is carried out, in a store of its own. */
async function told(times = 1) {
  const planned = plan()
  if (planned.outcome !== 'change') throw new Error(planned.outcome)
  const [seed] = demoStores()
  if (!seed) throw new Error('no demo store')
  const store = new Store(seed, 1)
  const local = new LocalAdmin(new AdminSchema())
  const shopify = createAdmin({
    shop: store.shop,
    graphql: async (query, { variables }) =>
      Response.json(await local.answer(store, { query, variables })),
  })
  const { stepId } = occasion
  const intent = { stepId, shop: store.shop, customer: id, change: planned.change }
  // Not asked for anything.
  const klaviyo = createKlaviyo({ baseUrl: 'http://127.0.0.1:1' }).forAccount('pk_none', null)
  for (let time = 0; time < times; time++) {
    expect(await startFlow.apply([intent], { shopify, klaviyo })).toEqual([{ ok: true }])
  }
  return store.flowTriggers.map(({ payload }) => payload)
}

describe('a start of Flow', () => {
  it('tells the customer, the rule, the event and the properties', async () => {
    expect(await told()).toEqual([
      {
        customer_id: 7_000_000_000_001,
        'Rule name': 'Win-back',
        'Event name': 'Completed Flow',
        'Occurred at': '2026-03-14T23:30:00.000Z',
        Properties: '{"stage":"converted","points":120}',
        'Run id': occasion.stepId,
      },
    ])
  })

  it('tells a repetition by the same run id', async () => {
    const runs = (await told(2)).map((payload) => payload['Run id'])
    expect(runs).toEqual([occasion.stepId, occasion.stepId])
  })

  it('says so when it would tell more than Flow takes', () => {
    const long = [{ key: 'long', value: `{{ "${'x'.repeat(1_000)}" }}`, as: 'text' }]
    expect(plan(long)).toMatchObject({ outcome: 'change' })
    const much = `{% for i in (1..49) %}${'y'.repeat(1_100)}{% endfor %}`
    expect(plan([{ key: 'much', value: much, as: 'text' }])).toMatchObject({
      outcome: 'fail',
      problem: { code: 'flow-payload-too-long' },
    })
  })
})

describe('the trigger’s extension', () => {
  const toml = readFileSync('extensions/klaviyo-flow-trigger/shopify.extension.toml', 'utf8')
  const fields = declaredTriggers().get('klaviyo-rule-matched') ?? []

  it('keeps to Shopify’s rules', () => {
    const keys = [...toml.matchAll(/key = "([^"]*)"/g)].map(([, key]) => key)
    expect(keys.length).toBeGreaterThan(3)
    for (const key of keys) expect(key).toMatch(/^[A-Za-z ]+$/)
    for (const handle of declaredTriggers().keys()) expect(handle).toMatch(/^[A-Za-z0-9-]{1,30}$/)
  })

  it('declares exactly what the action tells', async () => {
    const [payload = {}] = await told()
    expect(Object.keys(payload).sort()).toEqual([...fields].sort())
  })
})
