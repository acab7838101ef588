import { describe, expect, it } from 'vitest'
import { evaluate } from '../../../app/rules/conditions.ts'
import type { Test } from '../../../app/rules/conditions.ts'
import { ruleSchema, usesPredictions } from '../../../app/rules/rule.ts'
import { variables } from '../../../app/rules/template.ts'
import { facts } from './facts.ts'

const above = (source: Test['source'], path: string): Test => ({
  kind: 'test',
  source,
  path,
  type: 'number',
  operator: 'at-least',
  value: 500,
})

const rule = (test: Test | null, tag: string) =>
  ruleSchema.parse({
    name: 'VIP',
    trigger: { kind: 'any' },
    conditions: {
      kind: 'group',
      match: 'all',
      items: test ? [{ kind: 'group', match: 'any', items: [test] }] : [],
    },
    actions: [{ id: '1', kind: 'add-tags', settings: { tags: [tag] } }],
  })

describe('predictions', () => {
  it('are asked for where a condition or a template looks at them', () => {
    expect(usesPredictions(rule(above('profile', 'predictive.predicted_clv'), 'vip'))).toBe(true)
    expect(usesPredictions(rule(above('profile', 'predictive["total_clv"]'), 'vip'))).toBe(true)
    expect(usesPredictions(rule(null, '{{ profile.predictive.total_clv }}'))).toBe(true)
  })

  it('and nowhere else', () => {
    expect(usesPredictions(rule(null, 'vip'))).toBe(false)
    expect(usesPredictions(rule(above('event', 'predictive.predicted_clv'), 'vip'))).toBe(false)
    expect(usesPredictions(rule(above('profile', 'predicted_clv'), 'vip'))).toBe(false)
  })

  it('are read by conditions and offered to templates', () => {
    const known = facts({}, { predictive: { predicted_clv: 512.5, churn_probability: null } })
    const test = above('profile', 'predictive.predicted_clv')
    expect(evaluate(test, known)).toMatchObject({ held: true, found: '512.5' })
    expect(evaluate(test, facts())).toMatchObject({ held: false, found: null })
    expect(variables(known)).toContainEqual({
      path: 'profile.predictive.predicted_clv',
      sample: '512.5',
    })
  })
})
