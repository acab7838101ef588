import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { conditionGroup, describeConditions, evaluate } from '../../../app/rules/conditions.ts'
import type { Group, Test } from '../../../app/rules/conditions.ts'
import { facts } from './facts.ts'

const test = (
  source: 'event' | 'profile',
  path: string,
  type: string,
  operator: string,
  value?: unknown,
) => ({
  kind: 'test',
  source,
  path,
  type,
  operator,
  ...(value === undefined ? {} : { value }),
})
const all = (...items: unknown[]) => conditionGroup.parse({ kind: 'group', match: 'all', items })
const holds = (item: unknown, of = facts()) => evaluate(all(item), of).held

describe('a condition', () => {
  it.each([
    ['a text, whatever its case', test('profile', 'loyalty_tier', 'text', 'equals', 'gold')],
    ['a part of a text', test('event', 'email', 'text', 'contains', '@example')],
    ['one of a list', test('event', 'outcome', 'text-list', 'in', ['lost', 'Converted'])],
    ['a number that a template made a text', test('event', 'amount', 'number', 'greater', 12)],
    ['a bound that is met exactly', test('profile', 'points', 'number', 'at-least', '120')],
    ['presence', test('profile', 'points', 'presence', 'exists')],
    ['absence', test('profile', 'nothing', 'presence', 'missing')],
    ['a key with spaces', test('profile', 'Favourite Shop', 'text', 'equals', 'Lyon')],
    ['an entry of a list', test('event', 'items[1]', 'text', 'equals', 'hat')],
    ['a list that has all of some', test('event', 'items', 'list', 'has', ['hat', 'shirt'])],
    ['a date before another', test('event', 'occurred_at', 'date', 'before', '2026-03-15')],
  ])('finds %s', (_what, item) => {
    expect(holds(item)).toBe(true)
  })

  it.each([
    ['a missing number', test('profile', 'nothing', 'number', 'less', 5)],
    ['a text that is no number', test('profile', 'loyalty_tier', 'number', 'greater', 0)],
    ['what only the prototype has', test('event', 'constructor', 'presence', 'exists')],
    ['a list that lacks one', test('event', 'items', 'list', 'has', ['hat', 'coat'])],
  ])('does not take %s', (_what, item) => {
    expect(holds(item)).toBe(false)
  })

  it('counts days back from the event, not from now', () => {
    const joined = facts({}, { properties: { joined: '2026-03-10T00:00:00Z' } })
    expect(holds(test('profile', 'joined', 'age', 'within', 5), joined)).toBe(true)
    expect(holds(test('profile', 'joined', 'age', 'within', 3), joined)).toBe(false)
    expect(holds(test('profile', 'joined', 'age', 'beyond', 3), joined)).toBe(true)
  })

  it('explains itself: the test in words, and what was found', () => {
    const why = evaluate(all(test('profile', 'points', 'number', 'greater', 500)), facts())
    expect(why.parts[0]).toMatchObject({ held: false, text: 'profile points > 500', found: '120' })
  })

  it('that is incomplete says which field lacks what', () => {
    const wrong = conditionGroup.safeParse({
      kind: 'group',
      match: 'all',
      items: [test('event', '', 'text', 'equals', '')],
    })
    expect(wrong.success).toBe(false)
  })
})

const simple = fc.constantFrom<Test>(
  {
    kind: 'test',
    source: 'event',
    path: 'outcome',
    type: 'text',
    operator: 'equals',
    value: 'converted',
  },
  {
    kind: 'test',
    source: 'event',
    path: 'outcome',
    type: 'text',
    operator: 'differs',
    value: 'converted',
  },
  {
    kind: 'test',
    source: 'profile',
    path: 'points',
    type: 'number',
    operator: 'greater',
    value: 100,
  },
  { kind: 'test', source: 'profile', path: 'nothing', type: 'presence', operator: 'exists' },
)
const items = fc.array(simple, { maxLength: 6 })
const group = (match: 'all' | 'any', list: (Group | Test)[]): Group => ({
  kind: 'group',
  match,
  items: list,
})
const verdict = (item: Group | Test) => evaluate(item, facts()).held

describe('groups', () => {
  it('of all hold when every part does, of any when one does, and empty ones hold', () => {
    fc.assert(
      fc.property(items, (list) => {
        expect(verdict(group('all', list))).toBe(list.every(verdict))
        expect(verdict(group('any', list))).toBe(list.length === 0 || list.some(verdict))
      }),
    )
  })

  it('may be regrouped without changing the verdict', () => {
    fc.assert(
      fc.property(
        fc.array(simple, { minLength: 1 }),
        fc.array(simple, { minLength: 1 }),
        (a, b) => {
          for (const match of ['all', 'any'] as const) {
            expect(verdict(group(match, [group(match, a), group(match, b)]))).toBe(
              verdict(group(match, [...a, ...b])),
            )
          }
        },
      ),
    )
  })

  it('never throw, whatever the event holds', () => {
    const paths = ['x', 'x.y', 'x[0]', '__proto__', 'x.length', 'properties.x']
    const tests = paths.flatMap((path) => [
      test('event', path, 'text', 'contains', 'a'),
      test('event', path, 'number', 'less', 3),
      test('event', path, 'date', 'after', '2026-01-01'),
      test('event', path, 'age', 'within', 3),
      test('event', path, 'boolean', 'is', true),
      test('event', path, 'list', 'has-any', ['a']),
    ])
    const conditions = all(...tests)
    fc.assert(
      fc.property(fc.jsonValue(), (x) => {
        const properties = z.record(z.string(), z.json()).parse(JSON.parse(JSON.stringify({ x })))
        expect(typeof evaluate(conditions, facts({ properties })).held).toBe('boolean')
      }),
    )
  })

  it('are put in words', () => {
    expect(
      describeConditions(
        all(
          test('event', 'outcome', 'text', 'equals', 'converted'),
          test('profile', 'points', 'number', 'greater', 5),
        ),
      ),
    ).toBe('(event outcome is converted and profile points > 5)')
    expect(describeConditions(all())).toBe('')
  })
})
