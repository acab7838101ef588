import { describe, expect, it } from 'vitest'
import type { PredictedProfile } from '../../../app/klaviyo/klaviyo.ts'
import { changeOf, heldOf, holding, without } from '../../../app/sync/change.ts'
import { added, distributionOf, noDistribution, withMoves } from '../../../app/sync/distribution.ts'
import { mappingDocument } from '../../../app/sync/document.ts'
import type { MappingDocument } from '../../../app/sync/document.ts'
import { lineOf, sizeOf } from '../../../app/sync/lines.ts'
import { presets } from '../../../app/sync/presets.ts'
import { round, valueFor } from '../../../app/sync/value.ts'
import { fc, test } from './laws.ts'

const unscored = {
  historic_clv: null,
  predicted_clv: null,
  total_clv: null,
  historic_number_of_orders: null,
  predicted_number_of_orders: null,
  average_days_between_orders: null,
  average_order_value: null,
  churn_probability: null,
  expected_date_of_next_order: null,
  ranked_channel_affinity: null,
}

const profile = (
  predictions: Partial<PredictedProfile['predictions']> = {},
  properties: PredictedProfile['properties'] = {},
): PredictedProfile => ({
  id: '01',
  email: 'a@example.com',
  phone: null,
  firstName: 'Ada',
  lastName: null,
  properties,
  predictions: { ...unscored, ...predictions },
})

const document = (more: Partial<MappingDocument> = {}): MappingDocument => ({
  source: { kind: 'prediction', field: 'predicted_clv' },
  namespace: 'klaviyo',
  key: 'predicted_ltv',
  type: 'number_decimal',
  derive: { kind: 'none' },
  decimals: null,
  whenEmpty: 'leave',
  gate: { kind: 'any' },
  name: 'Predicted lifetime value',
  description: '',
  isPinned: false,
  ...more,
})

const valueOf = (more: Partial<MappingDocument>, from: PredictedProfile) =>
  valueFor(document(more))(from)

const property = (more: Partial<MappingDocument>, value: PredictedProfile['properties'][string]) =>
  valueOf({ source: { kind: 'property', key: 'own' }, ...more }, profile({}, { own: value }))

describe('a value', () => {
  it('is rounded as the mapping says', () => {
    const from = profile({ predicted_clv: 12.345 })
    expect(valueOf({ decimals: 2 }, from)).toEqual({ ok: true, value: '12.35' })
    expect(valueOf({}, from)).toEqual({ ok: true, value: '12.345' })
    expect(valueOf({ type: 'number_integer' }, from)).toEqual({ ok: true, value: '12' })
  })

  it('is null where Klaviyo has none', () => {
    expect(valueOf({}, profile())).toEqual({ ok: true, value: null })
    expect(property({}, '')).toEqual({ ok: true, value: null })
    expect(property({ type: 'list.single_line_text_field' }, [])).toEqual({ ok: true, value: null })
  })

  it('takes the form of its type', () => {
    const date = { expected_date_of_next_order: '2026-12-01T00:00:00.000Z' }
    const next = { kind: 'prediction', field: 'expected_date_of_next_order' } as const
    expect(valueOf({ source: next, type: 'date_time' }, profile(date))).toEqual({
      ok: true,
      value: '2026-12-01T00:00:00',
    })
    expect(property({ type: 'list.single_line_text_field' }, ['a, b', 'c'])).toEqual({
      ok: true,
      value: '["a, b","c"]',
    })
    expect(property({ type: 'boolean' }, true)).toEqual({ ok: true, value: 'true' })
    expect(property({ type: 'json' }, { a: [1] })).toEqual({ ok: true, value: '{"a":[1]}' })
    expect(property({ type: 'single_line_text_field' }, 1e21)).toMatchObject({ ok: true })
  })

  it('that does not fit its type is a problem that does not quote it', () => {
    const outcome = property({ type: 'number_integer' }, 'my secret')
    expect(outcome).toMatchObject({ ok: false, problem: { code: 'mapping-unusable' } })
    expect(JSON.stringify(outcome)).not.toContain('secret')
  })

  it('is the band that it falls into', () => {
    const bands = {
      type: 'single_line_text_field',
      derive: {
        kind: 'bands',
        bands: [
          { below: 10, label: 'low' },
          { below: 100, label: 'medium' },
          { below: null, label: 'high' },
        ],
      },
    } as const satisfies Partial<MappingDocument>
    const band = (clv: number | null) =>
      valueOf(
        { ...bands, derive: { kind: 'bands', bands: [...bands.derive.bands] } },
        profile({ predicted_clv: clv }),
      )
    expect([9.99, 10, 100, null].map((clv) => band(clv))).toEqual(
      ['low', 'medium', 'high', null].map((value) => ({ ok: true, value })),
    )
  })

  it('can be derived with Liquid', () => {
    const derive = {
      kind: 'liquid',
      template:
        '{{ value | times: 2 }} {{ profile.first_name }} {{ predictions.churn_probability }}',
    } as const
    const from = profile({ predicted_clv: 3, churn_probability: 0.5 })
    expect(valueOf({ derive, type: 'single_line_text_field' }, from)).toEqual({
      ok: true,
      value: '6 Ada 0.5',
    })
  })

  test.law(
    'keeps within half a unit when it is rounded, and rounding twice changes nothing',
    fc.tuple(fc.integer({ min: -1e9, max: 1e9 }), fc.integer({ min: 0, max: 6 })),
    ([millionths, decimals]) => {
      const number = millionths / 1e6
      const text = number.toFixed(6)
      const rounded = round(text, decimals)
      expect(Math.abs(Number(rounded) - number)).toBeLessThanOrEqual(0.5 * 10 ** -decimals + 1e-9)
      expect(round(rounded, decimals)).toBe(rounded)
    },
  )
})

describe('a mapping', () => {
  it('is ready to choose in forms that are accepted', () => {
    for (const preset of presets) expect(mappingDocument.safeParse(preset).error).toBeUndefined()
  })

  it.each([
    ['type', document({ type: 'date_time' })],
    [
      'gate.kind',
      document({ type: 'single_line_text_field', gate: { kind: 'amount', amount: 1 } }),
    ],
    ['namespace', document({ namespace: 'shopify' })],
    ['derive.template', document({ derive: { kind: 'liquid', template: '{% if' } })],
    [
      'derive.bands.1.below',
      document({
        type: 'single_line_text_field',
        derive: {
          kind: 'bands',
          bands: [
            { below: 5, label: 'a' },
            { below: 5, label: 'b' },
            { below: null, label: 'c' },
          ],
        },
      }),
    ],
  ])('says what is wrong with %s', (field, wrong) => {
    const issues = mappingDocument.safeParse(wrong).error?.issues ?? []
    expect(issues.map(({ path }) => path.join('.'))).toContain(field)
  })
})

describe('a change', () => {
  const carried = (more: Partial<MappingDocument> = {}) => ({
    id: '1',
    slot: 's',
    document: document(more),
  })

  it('passes the gate only when it moved by more', () => {
    const percent = carried({ gate: { kind: 'percent', percent: 10 } })
    expect(changeOf(percent, '110', { s: '100' }).kind).toBe('none')
    expect(changeOf(percent, '110.1', { s: '100' }).kind).toBe('set')
    expect(
      changeOf(carried({ gate: { kind: 'amount', amount: 5 } }), '95', { s: '100' }).kind,
    ).toBe('none')
    // There is nothing that it could have moved from.
    expect(changeOf(percent, '0', {}).kind).toBe('set')
  })

  it('deletes what may have been written by a sync that was broken off', () => {
    const mirror = carried({ whenEmpty: 'delete' })
    expect(changeOf(mirror, null, {}).kind).toBe('none')
    expect(changeOf(mirror, null, {}, true)).toEqual({ kind: 'delete', from: null })
    expect(changeOf(carried({}), null, {}, true).kind).toBe('none')
  })

  it('deletes only what the sync wrote', () => {
    expect(changeOf(carried({ whenEmpty: 'delete' }), null, {}).kind).toBe('none')
    expect(changeOf(carried({ whenEmpty: 'delete' }), null, { s: '5' }).kind).toBe('delete')
    expect(changeOf(carried(), null, { s: '5' }).kind).toBe('none')
  })

  test.law(
    'is none once it was written, and is one again once that is not sure',
    fc.tuple(fc.string({ minLength: 1, maxLength: 200 }), fc.dictionary(fc.string(), fc.string())),
    ([value, others]) => {
      const held = holding(others, 's', value)
      expect(changeOf(carried(), value, held).kind).toBe('none')
      expect(changeOf(carried(), value, without(held, ['s'])).kind).toBe('set')
      expect(heldOf(value).length).toBeLessThanOrEqual(40)
    },
  )
})

test.law(
  'the size of a page is that of its lines',
  fc.array(
    fc.record({
      customer: fc.bigInt({ min: 1n, max: 10n ** 13n }).map(String),
      values: fc.array(fc.tuple(fc.constant(0), fc.option(fc.string())), {
        minLength: 1,
        maxLength: 3,
      }),
    }),
  ),
  (entries) => {
    const mappings = [{ id: '1', slot: 's', document: document() }]
    const text = entries.map((entry) => lineOf(entry, mappings)).join('')
    expect(sizeOf(entries, mappings)).toBe(Buffer.byteLength(text))
    expect(text.split('\n')).toHaveLength(entries.length + 1)
  },
)

describe('what a sync saw', () => {
  test.law(
    'is the same whichever pages it came in',
    fc.tuple(
      fc.array(
        fc.record({
          predicted_clv: fc.option(fc.integer({ min: -10, max: 5_000 })),
          churn_probability: fc.option(fc.double({ min: 0, max: 1, noNaN: true })),
        }),
      ),
      fc.nat(),
    ),
    ([all, at]) => {
      const profiles = all.map((predictions) => profile(predictions))
      const cut = at % (profiles.length + 1)
      const parts = [profiles.slice(0, cut), profiles.slice(cut)].map(distributionOf)
      const whole = distributionOf(profiles)
      expect(parts.reduce(added, noDistribution)).toEqual(whole)
      expect(whole.scored + whole.unscored).toBe(profiles.length)
    },
  )

  it('counts who moved between bands', () => {
    const first = withMoves({}, [{ slot: 's', from: 'low', to: 'high' }])
    const both = withMoves(first, [
      { slot: 's', from: 'low', to: 'high' },
      { slot: 's', from: null, to: 'low' },
    ])
    expect(both).toEqual({
      s: [
        { from: 'low', to: 'high', customers: 2 },
        { from: null, to: 'low', customers: 1 },
      ],
    })
  })

  it('counts bands whatever they are called', () => {
    const moves = withMoves({}, [{ slot: 's', from: '__proto__', to: 'constructor' }])
    expect(moves).toEqual({ s: [{ from: '__proto__', to: 'constructor', customers: 1 }] })
    expect(Object.keys(Object.prototype)).toEqual([])
  })
})
