import { describe, expect, it } from 'vitest'
import { estimate, pointsPerRun } from '../../../app/operations/past/estimate.ts'
import type { Rule } from '../../../app/rules/rule.ts'

const rule = (...kinds: string[]): Rule => ({
  name: 'Rule',
  trigger: { kind: 'any' },
  conditions: { kind: 'group', match: 'all', items: [] },
  actions: kinds.map((kind, index) => ({ id: String(index), kind, settings: {} })),
  noCustomer: { then: 'skip' },
})

describe('what it costs', () => {
  it('a look-up and a mutation for each action that writes to Shopify', () => {
    expect(pointsPerRun(rule('add-tags', 'remove-tags'), false)).toBe(23)
    expect(
      pointsPerRun(rule('set-profile-properties', 'record-event', 'send-webhook'), false),
    ).toBe(3)
    expect(pointsPerRun(rule('add-tags'), true)).toBe(3)
  })

  it('takes as long as the slower of the two sides', () => {
    const work = { runs: 1_000, history: 250, pointsPerRun: 13, pointsPerSecond: 100 }
    expect(estimate(work)).toEqual({ points: 13_000, klaviyoRequests: 13, seconds: 130 })
    expect(estimate({ ...work, pointsPerSecond: 100_000 }).seconds).toBe(2)
    expect(estimate({ ...work, runs: 0, history: 0 })).toEqual({
      points: 0,
      klaviyoRequests: 0,
      seconds: 0,
    })
  })
})
