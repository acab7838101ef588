import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import { v7 as uuidv7 } from 'uuid'
import type { Intent, Planned, Target } from '../../../app/actions/action.ts'
import { annotateOrder, undoAnnotation } from '../../../app/actions/annotate-order.ts'
import { applyToOrders, orderAnnotation } from '../../../app/actions/order-writes.ts'
import type { OrderAnnotation } from '../../../app/actions/order-writes.ts'
import type { Json } from '../../../app/rules/facts.ts'
import { createAdmin } from '../../../app/shopify/admin.server.ts'
import { customerGid } from '../../../app/shopify/admin.ts'
import type { AdminApi, CustomerGid } from '../../../app/shopify/admin.ts'
import { keyOfRef, orderRefOf } from '../../../app/shopify/orders.ts'
import type { OrderRef } from '../../../app/shopify/orders.ts'
import { AdminApi as LocalAdmin } from '../../../sandbox/shopify/admin/execute.ts'
import { AdminSchema } from '../../../sandbox/shopify/admin/schema.ts'
import { demoStores } from '../../../sandbox/shopify/server.ts'
import { Store } from '../../../sandbox/shopify/store.ts'
import { facts } from '../rules/facts.ts'
import { occasion } from './occasion.ts'

const local = new LocalAdmin(new AdminSchema())
let store: Store
let shopify: AdminApi
let requests: number
let stores = 0
let customer: CustomerGid

beforeEach(openStore)

function openStore(): void {
  const [seed] = demoStores()
  if (!seed) throw new Error('no demo store')
  store = new Store({ ...seed, handle: `orders-${++stores}` }, 1)
  store.bucket.isEnforced = false
  requests = 0
  shopify = createAdmin({
    shop: store.shop,
    graphql: async (query, { variables }) => {
      requests++
      return Response.json(await local.answer(store, { query, variables }))
    },
  })
  customer = customerGid.parse(store.create({}).id)
}

const settings = {
  order: { which: 'named', template: '{{ event.order_id }}' },
  attributes: [
    { key: 'Klaviyo flow', value: '{{ flow }}' },
    { key: 'Gift', value: 'yes' },
  ],
  tags: ['klaviyo-{{ outcome }}'],
}

const buy = (more: object = {}) =>
  store.orders.add({ customerId: customer, total: 10, discountCodes: [], ...more })

async function known(...refs: OrderRef[]): Promise<Target> {
  const found = await shopify.findOrders(refs.map((ref) => ({ customer, ref })))
  return {
    id: customer,
    tags: [],
    ownTags: [],
    orders: new Map(refs.map((ref, index) => [keyOfRef(ref), found[index] ?? null])),
  }
}

async function plan(orderId: string, more: object = {}): Promise<Planned<Json>> {
  const given = facts({ properties: { order_id: orderId } })
  const all = { ...settings, ...more }
  const target = await known(...annotateOrder.orders(all, given))
  return annotateOrder.plan(all, given, target, { tagBudget: null }, occasion)
}

const intent = (change: Json): Intent<OrderAnnotation> => ({
  stepId: uuidv7(),
  shop: store.shop,
  customer,
  change: orderAnnotation.parse(change),
})

const undone = (change: Json, target: Target) =>
  undoAnnotation(
    { stepId: uuidv7(), change: orderAnnotation.parse(change), before: null, after: null },
    facts(),
    target,
    occasion,
    { tagBudget: null },
  )

const changeOf = (planned: Planned<Json>) => {
  if (planned.outcome !== 'change') throw new Error(JSON.stringify(planned))
  return planned.change
}

describe('the order that is meant', () => {
  it('is found by any of its names', async () => {
    const order = buy()
    const number = order.id.split('/').at(-1) ?? ''
    for (const name of [order.id, number, '#1001', '1001']) {
      expect(await plan(name)).toMatchObject({ outcome: 'change', change: { order: order.id } })
    }
  })

  it('is never one whose name only begins like it, nor somebody else’s, nor an old one', async () => {
    buy()
    expect(await plan('100')).toMatchObject({ outcome: 'skip', reason: /no such order/ })
    const other = buy({ customerId: store.create({}).id })
    expect(await plan(other.name)).toMatchObject({
      outcome: 'skip',
      reason: 'The order is not the customer’s. It stays as it is.',
    })
    const old = buy({ createdAt: new Date(Date.now() - 61 * 86_400_000) })
    expect(await plan(old.id)).toMatchObject({ outcome: 'skip', reason: /60 days/ })
    expect(await plan('')).toMatchObject({ outcome: 'skip', reason: 'The event names no order.' })
  })

  it('may be the latest', async () => {
    const order = { which: 'latest' }
    expect(await plan('', { order })).toMatchObject({ outcome: 'skip', reason: /last 60 days/ })
    buy({ createdAt: new Date(Date.now() - 86_400_000) })
    const last = buy()
    expect(await plan('', { order })).toMatchObject({ change: { order: last.id } })
  })

  it('is read from a text in one way only', () => {
    expect(orderRefOf('5500000000001')).toEqual({
      by: 'id',
      id: 'gid://shopify/Order/5500000000001',
    })
    expect(orderRefOf('EN1001')).toEqual({ by: 'name', name: 'EN1001' })
    expect(orderRefOf('gid://shopify/Customer/1')).toEqual({
      by: 'name',
      name: 'gid://shopify/Customer/1',
    })
    expect(keyOfRef(orderRefOf('#1001'))).toBe(keyOfRef(orderRefOf('1001')))
  })
})

describe('an annotation', () => {
  it('is merged, and leaves what is there', async () => {
    const order = buy({
      tags: ['KLAVIYO-Converted'],
      customAttributes: [
        { key: 'Gift', value: 'no' },
        { key: 'Floor', value: '3' },
      ],
    })
    const planned = await plan(order.id)
    expect(planned).toMatchObject({
      note: 'Order #1001: notes Klaviyo flow; keeps Gift, which the order has already',
      before: { 'Klaviyo flow': null },
      after: { 'Klaviyo flow': 'Win-back' },
    })
    expect(await applyToOrders([intent(changeOf(planned))], { shopify })).toEqual([{ ok: true }])
    expect(store.orders.get(order.id)?.customAttributes).toEqual([
      { key: 'Gift', value: 'no' },
      { key: 'Floor', value: '3' },
      { key: 'Klaviyo flow', value: 'Win-back' },
    ])
    expect(await plan(order.id)).toMatchObject({
      outcome: 'skip',
      reason: 'Nothing to note on the order: keeps Gift, which the order has already.',
    })
  })

  it('is decided anew when somebody else has filled the key meanwhile', async () => {
    const order = buy()
    const write = intent(changeOf(await plan(order.id)))
    const theirs = [{ key: 'Gift', value: 'no' }]
    store.orders.change(order, { customAttributes: theirs })
    expect(await applyToOrders([write], { shopify })).toMatchObject([
      { ok: false, decideAnew: true },
    ])
    expect(store.orders.get(order.id)?.customAttributes).toEqual(theirs)
  })

  it('is taken back as far as it is still there', async () => {
    const order = buy({ customAttributes: [{ key: 'Floor', value: '3' }] })
    const planned = await plan(order.id)
    const change = changeOf(planned)
    await applyToOrders([intent(change)], { shopify })
    const now = store.orders.get(order.id)
    const customAttributes = (now?.customAttributes ?? []).map((each) =>
      each.key === 'Gift' ? { ...each, value: 'two' } : each,
    )
    if (now) store.orders.change(now, { customAttributes })
    const target = await known(...annotateOrder.ordersOf(change))
    const back = undone(change, target)
    expect(back).toMatchObject({
      note: 'Order #1001: takes out Klaviyo flow; removes klaviyo-converted',
    })
    await applyToOrders([intent(changeOf(back))], { shopify })
    expect(store.orders.get(order.id)).toMatchObject({
      customAttributes: [
        { key: 'Floor', value: '3' },
        { key: 'Gift', value: 'two' },
      ],
      tags: [],
    })
    expect(undone(change, await known(...annotateOrder.ordersOf(change)))).toMatchObject({
      outcome: 'skip',
    })
  })

  it('goes to many orders with few requests, and repeating changes nothing', async () => {
    const orders = Array.from({ length: 60 }, () => buy())
    const writes = await Promise.all(orders.map(async ({ id }) => intent(changeOf(await plan(id)))))
    requests = 0
    await applyToOrders(writes, { shopify })
    expect(requests).toBeLessThan(10)
    const before = store.orders.all
    await applyToOrders(writes, { shopify })
    expect(
      store.orders.all.map(({ tags, customAttributes }) => ({ tags, customAttributes })),
    ).toEqual(before.map(({ tags, customAttributes }) => ({ tags, customAttributes })))
  })

  it('never loses what the order had, however many go to it together', async () => {
    const pair = fc.record({
      key: fc.constantFrom('a', 'b', 'c', 'd'),
      value: fc.constantFrom('1', '2'),
    })
    const pairs = fc.uniqueArray(pair, { selector: ({ key }) => key })
    await fc.assert(
      fc.asyncProperty(pairs, fc.array(pairs, { maxLength: 4 }), async (held, noted) => {
        openStore()
        const order = buy({ customAttributes: held })
        const writes = noted.map((attributes) =>
          intent({ order: order.id, attributes, dropped: [], addTags: [], removeTags: [] }),
        )
        const outcomes = await applyToOrders(writes, { shopify })
        const after = store.orders.get(order.id)?.customAttributes ?? []
        for (const each of held) expect(after).toContainEqual(each)
        expect(new Set(after.map(({ key }) => key)).size).toBe(after.length)
        for (const [index, outcome] of outcomes.entries()) {
          if (outcome.ok) expect(after).toEqual(expect.arrayContaining(noted[index] ?? []))
        }
      }),
      { numRuns: 100 },
    )
  })
})

describe('the settings', () => {
  it.each([
    [{ attributes: [], tags: [] }, 'attributes', /at least one attribute or tag/],
    [{ attributes: [{ key: '', value: 'x' }] }, 'attributes.0.key', /Name the attribute/],
    [{ order: { which: 'named', template: ' ' } }, 'order.template', /where the event names/],
    [
      {
        attributes: [
          { key: 'a', value: '1' },
          { key: 'a', value: '2' },
        ],
      },
      'attributes.1.key',
      /there already/,
    ],
  ])('say what is wrong with %o', (more, field, message) => {
    const [problem, ...others] = annotateOrder.check({ ...settings, ...more })
    expect(others).toEqual([])
    expect(problem?.field).toBe(field)
    expect(problem?.message).toMatch(message)
  })
})
