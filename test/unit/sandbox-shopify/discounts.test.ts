import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import {
  createCode,
  createFreeShippingCode,
  endCode,
  findCode,
} from '../../../app/shopify/documents.ts'
import { checkOut } from '../../../sandbox/shopify/checkout.ts'
import type { Store } from '../../../sandbox/shopify/store.ts'
import { ask, newStore } from './admin.ts'

/** The local Shopify's discount codes, asked with the app's own documents. */

const ada = 'gid://shopify/Customer/7100000000001'

const basic = (more: object = {}) => ({
  code: 'CART-1',
  title: 'Cart',
  startsAt: '2026-01-01T00:00:00Z',
  endsAt: '2099-01-01T00:00:00Z',
  usageLimit: 1,
  appliesOncePerCustomer: true,
  context: { customers: { add: [ada] } },
  customerGets: { value: { percentage: 0.1 }, items: { all: true } },
  ...more,
})

const outcome = z.object({
  outcome: z.object({ userErrors: z.array(z.object({ code: z.string(), message: z.string() })) }),
})
const create = async (store: Store, more: object = {}) =>
  outcome.parse(await ask(store, createCode.document, { discount: basic(more) })).outcome.userErrors

const found = z.object({
  found: z
    .object({
      id: z.string(),
      codeDiscount: z.object({ status: z.string(), asyncUsageCount: z.number() }).loose(),
    })
    .nullable(),
})
const find = async (store: Store, code: string) =>
  found.parse(await ask(store, findCode.document, { code })).found

describe('a discount code', () => {
  it('is made for one customer and found without regard to case', async () => {
    const store = newStore()
    expect(await create(store)).toEqual([])
    expect((await find(store, 'cart-1'))?.codeDiscount).toMatchObject({
      status: 'ACTIVE',
      asyncUsageCount: 0,
      context: { customers: [{ id: ada }] },
    })
    expect(store.journal.at(-1)).toMatchObject({ discount: { code: 'CART-1', change: 'created' } })
  })

  it.each([
    [{ title: ' ' }, 'BLANK'],
    [{ code: '' }, 'BLANK'],
    [{ code: 'X'.repeat(256) }, 'TOO_LONG'],
    [{ endsAt: '2025-01-01T00:00:00Z' }, 'END_DATE_BEFORE_START_DATE'],
    [{ customerGets: { value: { percentage: 10 }, items: { all: true } } }, 'VALUE_OUTSIDE_RANGE'],
    [{ context: { customers: { add: ['gid://shopify/Customer/1'] } } }, 'INVALID'],
    [
      {
        customerGets: {
          value: { percentage: 0.1 },
          items: { collections: { add: ['gid://shopify/Collection/1'] } },
        },
      },
      'INVALID',
    ],
  ])('is refused with %o', async (more, code) => {
    const store = newStore()
    expect(await create(store, more)).toMatchObject([{ code }])
    expect(store.discounts.all).toEqual([])
  })

  it('is unique', async () => {
    const store = newStore()
    await create(store)
    expect(await create(store, { code: 'cart-1' })).toMatchObject([{ code: 'TAKEN' }])
  })

  it('is used once, by its customer only, and not after its end', async () => {
    const store = newStore()
    await create(store)
    const buy = (customerId: string | null) => () =>
      checkOut(store, { customerId, total: 10, discountCodes: ['cart-1'] })
    expect(buy(null)).toThrow(/isn't available to this customer/)
    expect(buy(ada)().discountCodes).toEqual(['CART-1'])
    expect(buy(ada)).toThrow(/usage limit/)
    expect((await find(store, 'CART-1'))?.codeDiscount.asyncUsageCount).toBe(1)

    await create(store, { code: 'CART-2' })
    const second = await find(store, 'CART-2')
    await ask(store, endCode.document, { id: second?.id })
    expect((await find(store, 'CART-2'))?.codeDiscount.status).toBe('EXPIRED')
    expect(() =>
      checkOut(store, { customerId: ada, total: 10, discountCodes: ['CART-2'] }),
    ).toThrow(/not active/)
  })

  it('for free shipping never combines with another shipping discount', async () => {
    const { customerGets: _gets, ...shared } = basic()
    const combinesWith = { shippingDiscounts: true }
    const answer = await ask(newStore(), createFreeShippingCode.document, {
      discount: { ...shared, combinesWith },
    })
    expect(outcome.parse(answer).outcome.userErrors).toMatchObject([
      { code: 'INVALID_COMBINES_WITH_FOR_DISCOUNT_CLASS' },
    ])
  })
})
