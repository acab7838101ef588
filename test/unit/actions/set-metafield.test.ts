import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Target } from '../../../app/actions/action.ts'
import { metafieldTypes } from '../../../app/actions/metafield-types.ts'
import type { MetafieldType } from '../../../app/actions/metafield-types.ts'
import { isSameValue, readValue, sum } from '../../../app/actions/metafield-values.ts'
import { setMetafield } from '../../../app/actions/set-metafield.ts'
import { customerGid } from '../../../app/shopify/admin.ts'
import { takeValue } from '../../../sandbox/shopify/metafields.ts'
import { facts } from '../rules/facts.ts'
import { occasion } from './occasion.ts'

const target = (value: string | null, type = 'single_line_text_field', name = 'loyalty.status') =>
  ({
    id: customerGid.parse('gid://shopify/Customer/1'),
    tags: [],
    ownTags: [],
    metafields: new Map([[name, value === null ? null : { type, value }]]),
  }) satisfies Target

const status = {
  namespace: 'loyalty',
  key: 'status',
  type: 'single_line_text_field',
  mode: 'set',
  value: '{{ profile.loyalty_tier }}',
}
const points = { ...status, key: 'points', type: 'number_integer', value: '{{ event.amount }}' }

const plan = (settings: object, to: Target, amount?: string) =>
  setMetafield.plan(
    { ...status, ...settings },
    facts(amount === undefined ? {} : { properties: { amount } }),
    to,
    { tagBudget: null },
    occasion,
  )

describe('setting a metafield', () => {
  it('asks for it by name, and plans its value from the template', () => {
    expect(setMetafield.metafields(status)).toEqual(['loyalty.status'])
    expect(plan({}, target('Silver'))).toMatchObject({
      outcome: 'change',
      before: { 'loyalty.status': 'Silver' },
      after: { 'loyalty.status': 'Gold' },
    })
  })

  it('skips what is there already, however it is written', () => {
    expect(plan({}, target('Gold'))).toMatchObject({
      outcome: 'skip',
      reason: 'The customer’s loyalty.status holds this value already.',
    })
    const moment = { type: 'date_time', value: '2026-03-14 09:30:00 +0200' }
    expect(plan(moment, target('2026-03-14T07:30:00+00:00', 'date_time')).outcome).toBe('skip')
  })

  it('says in plain words what does not fit, without quoting it', () => {
    const planned = plan(points, target(null, 'number_integer', 'loyalty.points'), 'Ada’s many')
    expect(planned).toMatchObject({
      outcome: 'fail',
      problem: {
        code: 'metafield-unusable',
        what: 'The template for loyalty.points gives something that is not a whole number, such as 120.',
      },
    })
    const empty = plan({ value: '{{ event.nothing }}' }, target(null))
    expect(empty.outcome === 'fail' && empty.problem.what).toMatch(/gives nothing/)
  })

  it('leaves a metafield of another type alone', () => {
    const planned = plan({}, target('5', 'number_integer'))
    expect(planned).toMatchObject({ problem: { code: 'metafield-type-differs' } })
    expect(planned.outcome === 'fail' && planned.problem.what).toBe(
      'loyalty.status has the type Integer in this store, and the rule says Single line text.',
    )
  })

  it('counts up from what is there, from nothing, and from what the batch planned before', () => {
    const count = { ...points, mode: 'increment' }
    const start = target(null, 'number_integer', 'loyalty.points')
    const first = plan(count, start, '5')
    expect(first).toMatchObject({
      before: { 'loyalty.points': null },
      after: { 'loyalty.points': '5' },
    })
    if (first.outcome !== 'change') throw new Error(first.outcome)
    const second = plan(count, first.target, '-2')
    expect(second).toMatchObject({ change: { from: '5', to: '3', counts: true } })
    expect(plan(count, start, '0').outcome).toBe('skip')
    expect(
      plan(count, target('9007199254740991', 'number_integer', 'loyalty.points'), '1'),
    ).toMatchObject({ outcome: 'fail', problem: { code: 'metafield-out-of-range' } })
  })

  it('clears what is there', () => {
    const clear = { mode: 'clear', value: '' }
    expect(plan(clear, target('Gold'))).toMatchObject({ after: { 'loyalty.status': null } })
    expect(plan(clear, target(null))).toMatchObject({ outcome: 'skip' })
  })

  it.each([
    ['namespace', { namespace: 'a b' }],
    ['namespace', { namespace: 'shopify' }],
    ['key', { key: 'x' }],
    ['mode', { mode: 'increment' }],
    ['value', { value: '' }],
    ['value', { type: 'number_integer', value: 'many' }],
    ['value', { value: '{{ x' }],
  ])('checks the %s', (field, wrong) => {
    expect(setMetafield.check({ ...status, ...wrong }).map((each) => each.field)).toEqual([field])
  })
})

describe('values', () => {
  it.each<[MetafieldType, string, string | null]>([
    ['single_line_text_field', ' Gold ', 'Gold'],
    ['single_line_text_field', 'a\nb', null],
    ['multi_line_text_field', 'a\nb', 'a\nb'],
    ['list.single_line_text_field', 'a, b', '["a","b"]'],
    ['list.single_line_text_field', 'a, b\nc', '["a, b","c"]'],
    ['list.single_line_text_field', '["a",1]', null],
    ['list.single_line_text_field', '[" a "," "]', '["a"]'],
    ['list.single_line_text_field', '[" "]', null],
    ['number_integer', '+7.0', '7'],
    ['number_integer', '7.5', null],
    ['number_decimal', '007.50', '7.5'],
    ['number_decimal', '1e5', null],
    ['boolean', 'Yes', 'true'],
    ['boolean', 'maybe', null],
    ['date', '2026-03-14T09:30:00Z', '2026-03-14'],
    ['date', '2026-02-30', null],
    ['date_time', '2026-03-14', '2026-03-14T00:00:00'],
    ['date_time', '2026-03-14T23:30:00+02:00', '2026-03-14T21:30:00'],
    ['money', '12.50 eur', '{"amount":"12.5","currency_code":"EUR"}'],
    ['money', '{"amount":12.5,"currency_code":"EUR"}', '{"amount":"12.5","currency_code":"EUR"}'],
    ['money', '12.50', null],
    ['url', 'https://example.com/a', 'https://example.com/a'],
    ['url', 'javascript:alert(1)', null],
    ['color', 'FFAA00', '#ffaa00'],
    ['weight', '2.5kg', '{"value":2.5,"unit":"kg"}'],
    ['weight', '2.5 miles', null],
    ['json', '{"a":[1]}', '{"a":[1]}'],
    ['json', '{a:1}', null],
  ])('reads as %s the text %j', (type, text, value) => {
    expect(readValue(type, text)).toBe(value)
  })

  it.each(['number_integer', 'number_decimal', 'money', 'weight', 'date_time'] as const)(
    'reads nothing as %s of a text that no such value is as long as',
    (type) => {
      for (const text of ['0'.repeat(2_000_000), `1${' '.repeat(2_000_000)}`]) {
        expect(readValue(type, `${text}x`)).toBeNull()
      }
    },
  )

  const anyText = fc.oneof(
    fc.string(),
    fc.string({ unit: 'grapheme' }),
    fc.json(),
    fc.double().map(String),
    fc.integer().map(String),
    fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
    fc
      .tuple(fc.double({ min: 0, max: 1e6, noNaN: true }), fc.constantFrom('kg', 'cm', 'ml', 'EUR'))
      .map(([number, unit]) => `${number.toFixed(3)} ${unit}`),
    fc.array(fc.string()).map((list) => JSON.stringify(list)),
  )

  it('that were read are taken by Shopify, and read the same again', () => {
    fc.assert(
      fc.property(fc.constantFrom(...metafieldTypes), anyText, (type, text) => {
        const value = readValue(type, text)
        if (value === null) return
        expect(readValue(type, value)).toBe(value)
        const taken = takeValue(type, value, 'EUR')
        expect(taken).toMatchObject({ ok: true })
        if (taken.ok) expect(isSameValue(type, taken.value, value)).toBe(true)
      }),
      { numRuns: 3_000 },
    )
  })

  it('add up exactly, in any order, and there and back', () => {
    const amount = fc
      .tuple(
        fc.integer({ min: -1_000_000, max: 1_000_000 }),
        fc.integer({ min: 0, max: 999_999_999 }),
      )
      .map(([whole, rest]) => `${whole}.${String(rest).padStart(9, '0')}`)
    const negated = (text: string) => (text.startsWith('-') ? text.slice(1) : `-${text}`)
    fc.assert(
      fc.property(amount, amount, (a, b) => {
        const both = sum('number_decimal', a, b)
        expect(both).toBe(sum('number_decimal', b, a))
        expect(both && sum('number_decimal', both, negated(b))).toBe(readValue('number_decimal', a))
      }),
    )
    expect(sum('number_decimal', '0.1', '0.2')).toBe('0.3')
    fc.assert(
      fc.property(fc.maxSafeInteger(), fc.maxSafeInteger(), (a, b) => {
        const both = Number.isSafeInteger(a + b) ? String(a + b) : null
        expect(sum('number_integer', String(a), String(b))).toBe(both)
      }),
    )
  })
})
