import { describe, expect, it } from 'vitest'
import { decide, matches } from '../../../app/rules/decide.ts'
import { describeRule, ruleSchema } from '../../../app/rules/rule.ts'
import { facts } from './facts.ts'

const rule = (trigger: object, items: object[] = []) =>
  ruleSchema.parse({
    name: 'Rule',
    trigger,
    conditions: { kind: 'group', match: 'all', items },
    actions: [{ id: '1', kind: 'add-tags', settings: { tags: ['x'] } }],
  })
const meets = (trigger: object, event: Parameters<typeof facts>[0] = {}) =>
  matches(rule(trigger), facts(event).event)

describe('a trigger', () => {
  it('of any event takes any', () => {
    expect(meets({ kind: 'any' })).toBe(true)
  })

  it.each([
    ['its name, whatever the case', { id: null, name: 'completed flow' }, {}, true],
    ['its id, though it was renamed', { id: 'M1', name: 'Old name' }, { metricId: 'M1' }, true],
    [
      'not the name when the ids differ',
      { id: 'M1', name: 'Completed Flow' },
      { metricId: 'M2' },
      false,
    ],
    [
      'an id that was typed as a name',
      { id: null, name: 'M1' },
      { metricId: 'M1', metricName: null },
      true,
    ],
    [
      'the slug of a system webhook',
      { id: null, name: 'Completed Flow' },
      { metricName: 'completed flow' },
      true,
    ],
  ])('knows a metric by %s', (_what, metric, event, expected) => {
    expect(meets({ kind: 'metric', metric }, event)).toBe(expected)
  })

  it('of a flow can ask for its outcome', () => {
    const converted = {
      kind: 'flow',
      flow: { id: null, name: 'Win-back' },
      outcome: { equals: 'Converted' },
    }
    expect(meets(converted)).toBe(true)
    expect(meets(converted, { outcome: 'not_converted' })).toBe(false)
    expect(meets(converted, { outcome: null, properties: {} })).toBe(false)
  })

  it('of a campaign can ask for an engagement', () => {
    const opened = {
      kind: 'campaign',
      campaign: { id: 'C1', name: 'Spring' },
      engagement: 'Opened Email',
    }
    expect(meets(opened, { campaignId: 'C1', metricName: 'Opened Email' })).toBe(true)
    expect(meets(opened, { campaignId: 'C1', metricName: 'Clicked Email' })).toBe(false)
    expect(meets(opened, { campaignId: 'C2', metricName: 'Opened Email' })).toBe(false)
  })
})

describe('a rule', () => {
  const gold = {
    kind: 'test',
    source: 'profile',
    path: 'loyalty_tier',
    type: 'text',
    operator: 'equals',
    value: 'Gold',
  }

  it('goes ahead when its conditions hold', () => {
    expect(decide(rule({ kind: 'any' }, [gold]), facts()).go).toBe(true)
  })

  it('says which condition did not hold, and what was there', () => {
    expect(
      decide(rule({ kind: 'any' }, [gold]), facts({}, { properties: { loyalty_tier: 'Silver' } })),
    ).toMatchObject({
      go: false,
      reason: 'The condition “profile loyalty_tier is Gold” did not hold.',
      why: { parts: [{ held: false, found: 'Silver' }] },
    })
  })

  it('reads as a sentence', () => {
    const trigger = {
      kind: 'flow',
      flow: { id: null, name: 'Win-back' },
      outcome: { equals: 'converted' },
    }
    expect(describeRule(rule(trigger, [gold]))).toBe(
      'Flow Win-back, when branch_outcome is converted, if profile loyalty_tier is Gold',
    )
  })
})
