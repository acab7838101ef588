import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { LiveCode, Target } from '../../../app/actions/action.ts'
import { discountCode } from '../../../app/actions/discount-code.ts'
import { customerGid } from '../../../app/shopify/admin.ts'
import { facts } from '../rules/facts.ts'
import { occasion } from './occasion.ts'

const settings = {
  worth: { kind: 'percentage', percent: 10 },
  currency: 'EUR',
  items: { on: 'order' },
  minimum: { kind: 'none' },
  combinesWith: { orderDiscounts: false, productDiscounts: false, shippingDiscounts: false },
  validHours: 72,
  prefix: 'cart-',
  length: 10,
  again: 'reuse',
}
const rule = { id: '019c0000-0000-7000-8000-00000000000a', name: 'Cart code' }

const known = (endsAt: string, ruleId = rule.id): LiveCode => ({
  ruleId,
  code: `OLD-${endsAt}`,
  worth: '5%',
  endsAt: new Date(endsAt),
})

const plan = (more: object = {}, codes: LiveCode[] = [], stepId = occasion.stepId) => {
  const target: Target = {
    id: customerGid.parse('gid://shopify/Customer/1'),
    tags: [],
    ownTags: [],
    codes,
  }
  const planned = discountCode.plan(
    { ...settings, ...more },
    { ...facts(), rule },
    target,
    { tagBudget: null },
    { ...occasion, stepId },
  )
  if (planned.outcome !== 'change') throw new Error(planned.outcome)
  return planned
}

const given = z.object({ discount: z.object({ code: z.string() }).loose() })
const codeOf = (planned: ReturnType<typeof plan>) =>
  given.parse(discountCode.gives(planned.change)).discount.code

describe('a planned code', () => {
  it('is the same however often the step is planned, and another for another step', () => {
    fc.assert(
      fc.property(fc.uuid(), fc.uuid(), (one, other) => {
        fc.pre(one !== other)
        expect(codeOf(plan({}, [], one))).toBe(codeOf(plan({}, [], one)))
        expect(codeOf(plan({}, [], one))).not.toBe(codeOf(plan({}, [], other)))
      }),
    )
  })

  it('has the prefix, the length, and only characters that can’t be mistaken', () => {
    fc.assert(
      fc.property(fc.uuid(), fc.integer({ min: 8, max: 20 }), (stepId, length) => {
        const code = codeOf(plan({ length }, [], stepId))
        expect(code).toMatch(new RegExp(`^CART-[0-9A-HJKMNP-TV-Z]{${length}}$`))
      }),
    )
  })

  it('ends the hours after it was planned, and tells the actions behind it', () => {
    const planned = plan()
    const code = codeOf(planned)
    expect(discountCode.gives(planned.change)).toEqual({
      discount: {
        code,
        worth: '10%',
        expires_at: '2026-03-17T09:30:00.000Z',
        link: `https://example.myshopify.com/discount/${code}`,
      },
    })
    expect(planned.target.codes?.map((each) => each.code)).toEqual([code])
  })

  it('is the one that the customer has, unless that has ended or is another rule’s', () => {
    const live = known('2026-03-20T00:00:00Z')
    expect(codeOf(plan({}, [live]))).toBe(live.code)
    expect(codeOf(plan({}, [known('2026-03-14T09:30:00Z')]))).toMatch(/^CART-/)
    expect(codeOf(plan({}, [known('2026-03-20T00:00:00Z', 'another')]))).toMatch(/^CART-/)
  })

  it('ends the one before where it takes its place', () => {
    const live = known('2026-03-20T00:00:00Z')
    const foreign = known('2026-03-21T00:00:00Z', 'another')
    const planned = plan({ again: 'replace' }, [live, foreign])
    expect(planned.change).toMatchObject({ does: 'make', replaces: [live.code] })
    expect(planned.target.codes?.map(({ code }) => code)).toEqual([foreign.code, codeOf(planned)])
  })
})

describe('the settings', () => {
  const check = (more: object) => discountCode.check({ ...settings, ...more })

  it('take numbers as they were typed', () => {
    expect(check({ worth: { kind: 'percentage', percent: ' 12,5 ' }, length: '9' })).toEqual([])
  })

  it.each([
    [{ worth: { kind: 'percentage', percent: 0 } }, 'worth.percent', 'More than 0%.'],
    [{ worth: { kind: 'amount', amount: '1.234', eachItem: false } }, 'worth.amount', /number/],
    [{ worth: { kind: 'amount', amount: '0', eachItem: false } }, 'worth.amount', /above 0/],
    [{ minimum: { kind: 'quantity', quantity: '1.5' } }, 'minimum.quantity', /whole number/],
    [{ minimum: { kind: 'subtotal', amount: '20' }, currency: '' }, 'currency', /currency/],
    [{ items: { on: 'products', picked: [] } }, 'items.picked', 'Choose at least one product.'],
    [{ validHours: 8_761 }, 'validHours', 'At most 8760.'],
    [{ length: 7 }, 'length', 'At least 8.'],
    [{ prefix: 'SALE 10' }, 'prefix', /letters, digits/],
  ])('say what is wrong with %o', (more, field, message) => {
    const [problem, ...others] = check(more)
    expect(others).toEqual([])
    expect(problem?.field).toBe(field)
    expect(problem?.message).toMatch(message)
  })

  it('name what the store has to have', () => {
    const picked = [{ id: 'gid://shopify/Collection/7', title: 'Tea' }]
    expect(
      discountCode.needs({
        ...settings,
        worth: { kind: 'amount', amount: '5', eachItem: true },
        items: { on: 'collections', picked },
      }),
    ).toEqual([
      { field: 'currency', currency: 'EUR' },
      { field: 'items.picked.0', resource: 'gid://shopify/Collection/7', title: 'Tea' },
    ])
    expect(discountCode.needs(settings)).toEqual([])
  })
})
