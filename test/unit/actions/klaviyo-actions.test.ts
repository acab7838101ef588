import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Target } from '../../../app/actions/action.ts'
import { foldWrites } from '../../../app/actions/klaviyo-writes.ts'
import { recordEvent } from '../../../app/actions/record-event.ts'
import { setProfileProperties } from '../../../app/actions/set-profile-properties.ts'
import { customerGid } from '../../../app/shopify/admin.ts'
import { facts } from '../rules/facts.ts'
import { occasion } from './occasion.ts'

const target: Target = {
  id: customerGid.parse('gid://shopify/Customer/1'),
  tags: [],
  ownTags: [],
}
const guard = { tagBudget: null }
type As = 'text' | 'number' | 'true-false' | 'list'
const property = (key: string, value: string, as: As = 'text') => ({ key, value, as })
const set = (properties: ReturnType<typeof property>[], to = target, about = facts()) =>
  setProfileProperties.plan({ properties }, about, to, guard, occasion)

describe('setting profile properties', () => {
  it('takes no name or text for what every object has', () => {
    expect(set([property('constructor', 'Ada')])).toMatchObject({
      outcome: 'change',
      before: { constructor: null },
    })
    const { outcome } = set([property('is_vip', 'constructor', 'true-false')])
    expect(outcome).toBe('fail')
  })

  it('sends what differs, each as the kind of value that it is', () => {
    expect(
      set([
        property('loyalty_tier', 'Gold'),
        property('points', '{{ profile.points | plus: 5 }}', 'number'),
        property('is_vip', 'TRUE', 'true-false'),
        property('liked', '{{ event.items | join: "," }}', 'list'),
        property('note', '{{ event.nothing }}'),
      ]),
    ).toMatchObject({
      outcome: 'change',
      change: {
        profileId: '01HP',
        properties: { points: 125, is_vip: true, liked: ['Shirt', 'Hat'] },
      },
      before: { points: 120, is_vip: null, liked: null },
    })
  })

  it('skips where the profile holds all of it, or where there is none', () => {
    expect(set([property('points', '120', 'number')])).toMatchObject({ outcome: 'skip' })
    expect(set([property('points', '1', 'number')], target, facts({}, null))).toMatchObject({
      outcome: 'skip',
    })
  })

  it('says which template gave nothing, and what to look at', () => {
    expect(set([property('discount_code', '{{ discount.code }}')])).toMatchObject({
      outcome: 'skip',
      reason:
        '{{ discount.code }} gave nothing for discount_code: is the action that makes the code in front of this one?',
    })
    const some = [property('note', '{{ event.nothing }}'), property('points', '120', 'number')]
    expect(set(some)).toMatchObject({
      outcome: 'skip',
      reason:
        '{{ event.nothing }} gave nothing for note: a value it uses is missing in this event or profile. A filter such as default: "none" fills gaps.',
    })
  })

  it('knows what the batch planned before', () => {
    const first = set([property('points', '1', 'number')])
    if (first.outcome !== 'change') throw new Error(first.outcome)
    expect(set([property('points', '1', 'number')], first.target)).toMatchObject({
      outcome: 'skip',
    })
    expect(set([property('points', '120', 'number')], first.target)).toMatchObject({
      outcome: 'change',
      before: { points: 1 },
    })
  })

  it('fails with the property and the reason when a value is not what it shall be', () => {
    const planned = set([property('points', '{{ profile.loyalty_tier }}', 'number')])
    expect(planned).toMatchObject({ outcome: 'fail', problem: { code: 'property-unusable' } })
  })

  it.each([
    ['Shopify Tags', /own sync/],
    ['$source', /letters, digits and _/],
    ['favourite.shop', /letters, digits and _/],
    ['a[0]', /letters, digits and _/],
    ['', /Name the property/],
  ])('refuses the name “%s” in place', (key, reason) => {
    const [problem] = setProfileProperties.check({ properties: [property(key, 'x')] })
    expect(problem?.field).toBe('properties.0.key')
    expect(problem?.message).toMatch(reason)
  })

  it('takes each name once, and only values that are Liquid', () => {
    const twice = { properties: [property('a', 'x'), property('a', 'y')] }
    expect(setProfileProperties.check(twice)).toMatchObject([{ field: 'properties.1.key' }])
    const broken = { properties: [property('a', '{{ x')] }
    expect(setProfileProperties.check(broken)).toMatchObject([{ field: 'properties.0.value' }])
    expect(setProfileProperties.check({ properties: [] })).toMatchObject([{ field: 'properties' }])
  })

  it('has nothing left to send once it was carried out, whatever the values', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.stringMatching(/^[a-z_]{1,8}$/), fc.stringMatching(/^\w{1,10}$/), {
          minKeys: 1,
        }),
        (values) => {
          const properties = Object.entries(values).map(([key, value]) => property(key, value))
          const first = set(properties)
          if (first.outcome !== 'change') return
          const { properties: held } = facts().profile ?? { properties: {} }
          const after = { ...held, ...first.target.profileChanges }
          expect(set(properties, target, facts({}, { properties: after })).outcome).toBe('skip')
        },
      ),
    )
  })
})

describe('what a newer event set', () => {
  const older = '019c0000-0000-7000-8000-000000000000'

  it('stays when an older one is tried again, told by name', () => {
    const newer = set([property('points', '7', 'number')])
    if (newer.outcome !== 'change') throw new Error(newer.outcome)
    const again = (properties: ReturnType<typeof property>[]) =>
      setProfileProperties.plan({ properties }, facts(), newer.target, guard, {
        ...occasion,
        stepId: older,
      })
    expect(again([property('points', '5', 'number')])).toMatchObject({
      outcome: 'skip',
      reason: 'points holds what a newer event set, and stays so.',
    })
    expect(again([property('points', '5', 'number'), property('tier', 'x')])).toMatchObject({
      change: { properties: { tier: 'x' } },
      note: 'Sets tier in Klaviyo; points holds what a newer event set, and stays so',
    })
  })
})

describe('writes to one profile', () => {
  type Values = Record<string, number | null>
  const write = (from: Values, properties: Values) => ({
    change: { profileId: '01HP', from, properties },
  })
  const fold = (writes: ReturnType<typeof write>[], held: Values | null) => {
    const { done, due } = foldWrites(writes, held)
    return {
      done: done.map((each) => writes.indexOf(each)),
      due: due.map((each) => [writes.indexOf(each.write), each.properties]),
    }
  }
  const chain = [write({ a: null }, { a: 1, b: 1 }), write({ a: 1 }, { a: 2 })]

  it('follow from one another', () => {
    expect(fold(chain, {})).toEqual({
      done: [],
      due: [
        [0, { a: 1, b: 1 }],
        [1, { a: 2 }],
      ],
    })
  })

  it('that took effect before are not repeated, nor what a later one overwrote', () => {
    expect(fold(chain, { a: 2, b: 1 })).toEqual({ done: [0, 1], due: [] })
    expect(fold(chain, { a: 2 })).toEqual({ done: [1], due: [[0, { b: 1 }]] })
    expect(fold(chain, { a: 1, b: 1 })).toEqual({ done: [0], due: [[1, { a: 2 }]] })
  })

  it('that were planned upon something else are left out', () => {
    expect(fold(chain, { a: 3 })).toEqual({ done: [], due: [] })
    expect(fold([write({ a: 5 }, { a: 6 }), write({ a: 5 }, { a: 7 })], { a: 5 })).toEqual({
      done: [],
      due: [[0, { a: 6 }]],
    })
  })

  it('of a profile that can’t be read, or of which nothing was noted, are tried', () => {
    expect(fold(chain, null).due).toHaveLength(2)
    expect(fold([write({}, { a: 1 })], { a: 5 }).due).toHaveLength(1)
  })
})

describe('recording an event', () => {
  const record = (metric: string, about = facts()) =>
    recordEvent.plan(
      { metric, properties: [property('from', '{{ flow }}')] },
      about,
      target,
      guard,
      occasion,
    )

  it('is of the profile, at the time of the event that led to it', () => {
    expect(record('Reached VIP')).toMatchObject({
      outcome: 'change',
      change: {
        profileId: '01HP',
        metric: 'Reached VIP',
        at: '2026-03-14T23:30:00.000Z',
        properties: { from: 'Win-back' },
      },
    })
  })

  it('does not go in a circle', () => {
    expect(record('completed flow')).toMatchObject({ outcome: 'skip' })
  })

  it('needs a name', () => {
    expect(recordEvent.check({ metric: ' ', properties: [] })).toMatchObject([{ field: 'metric' }])
  })
})
