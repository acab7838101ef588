import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  endOf,
  filterOf,
  noFilter,
  outcomes,
  searchOf,
  whomIn,
  whomOf,
} from '../../../app/activity/filter.ts'
import type { RunFilter } from '../../../app/activity/filter.ts'

const of = (search: string) => filterOf(new URLSearchParams(search))
const id = '01a20ba5-dbb9-722e-8768-037b949ed6c9'
const hash = 'q-_9'.repeat(11).slice(0, 43)

describe('the filter of an address', () => {
  it('reads what the merchant chose', () => {
    expect(
      of(
        `rule=${id}&operation=${id}&outcome=failed&customer=${hash}&from=2026-03-01&to=2026-03-14`,
      ),
    ).toEqual({
      ruleId: id,
      operationId: id,
      outcome: 'failed',
      customer: hash,
      problem: null,
      what: null,
      from: '2026-03-01',
      to: '2026-03-14',
    })
  })

  it('leaves out what makes no sense', () => {
    expect(
      of('rule=mine&operation=all&outcome=lost&customer=%20&from=yesterday&to=2026-02-30&x=1'),
    ).toEqual(noFilter)
  })

  it('never fails, whatever the address holds', () => {
    const parameter = fc.tuple(
      fc.constantFrom('rule', 'operation', 'outcome', 'customer', 'problem', 'what', 'from', 'to'),
      fc.string(),
    )
    fc.assert(
      fc.property(fc.array(parameter), (parameters) => {
        const filter = filterOf(new URLSearchParams(parameters))
        // And the address made of it says the same.
        expect(of(searchOf(filter))).toEqual(filter)
      }),
    )
  })

  it('is the same after it went through an address', () => {
    const day = fc.constantFrom('2026-03-14', '2028-02-29', null)
    const word = fc.constantFrom('6780001', hash, `${hash}.${hash}`, 'nobody', null)
    const filter: fc.Arbitrary<RunFilter> = fc.record({
      ruleId: fc.constantFrom(id, null),
      operationId: fc.constantFrom(id, null),
      outcome: fc.constantFrom(...outcomes, null),
      customer: word,
      problem: fc.constantFrom('tag-unusable', null),
      what: fc.constantFrom('The tag “vip & more” is too long.', null),
      from: day,
      to: day,
    })
    fc.assert(
      fc.property(filter, (chosen) => {
        expect(of(searchOf(chosen))).toEqual(chosen)
      }),
    )
  })

  it('leaves the address alone when nothing is chosen', () => {
    expect(searchOf({})).toBe('')
    expect(searchOf(noFilter)).toBe('')
    expect(searchOf({ outcome: 'failed' })).toBe('?outcome=failed')
  })

  it('ends with the last day, not before it', () => {
    expect(endOf('2026-12-31')).toBe('2027-01-01')
  })
})

describe('the customer of a filter', () => {
  it.each([
    ['gid://shopify/Customer/6780001', { number: '6780001' }],
    ['6780001', { number: '6780001' }],
    ['Ada@Example.com', { identifier: 'Ada@Example.com' }],
    ['+1 (202) 555-01.01', { identifier: '+12025550101' }],
    ['+12025550101', { identifier: '+12025550101' }],
    ['01HZX4Y5', { identifier: '01HZX4Y5' }],
    ['gid://shopify/Order/6780001', { identifier: 'gid://shopify/Order/6780001' }],
  ])('%s', (text, whom) => expect(whomOf(text)).toEqual(whom))

  it('is in no address by e-mail or phone number, and then means nobody, not everybody', () => {
    for (const typed of ['ada@example.com', '+12025550101', '01HZX4Y5', `${hash}.`]) {
      const filter = of(`customer=${encodeURIComponent(typed)}`)
      expect(searchOf(filter)).toBe('?customer=nobody')
      expect(whomIn(filter.customer ?? '')).toEqual({ keys: [] })
    }
  })

  it('of an address is a customer or keyed hashes', () => {
    const gid = 'gid://shopify/Customer/6780001'
    for (const customer of ['6780001', gid]) {
      expect(whomIn(of(`customer=${customer}`).customer ?? '')).toEqual({ customerGid: gid })
    }
    expect(whomIn(`${hash}.${hash}`)).toEqual({ keys: [hash, hash] })
  })
})
