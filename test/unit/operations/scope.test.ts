import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { headDecides, historyOf, mayMatch } from '../../../app/operations/past/scope.ts'
import { matches } from '../../../app/rules/decide.ts'
import type { EventFacts } from '../../../app/rules/facts.ts'
import type { Trigger } from '../../../app/rules/rule.ts'

const text = fc.constantFrom(null, 'A', 'a', 'Placed Order', 'placed_order', 'B')
const wanted = fc
  .record({ id: text, name: fc.constantFrom('', 'A', 'placed order', 'B') })
  .filter(({ id, name }) => id !== null || name !== '')
const outcome = fc.constantFrom(null, { property: 'branch_outcome', equals: 'yes' })

const trigger: fc.Arbitrary<Trigger> = fc.oneof(
  fc.constant({ kind: 'any' as const }),
  fc.record({ kind: fc.constant('metric' as const), metric: wanted, outcome }),
  fc.record({ kind: fc.constant('flow' as const), flow: wanted, outcome }),
  fc.record({ kind: fc.constant('campaign' as const), campaign: wanted, engagement: text }),
)

const event: fc.Arbitrary<EventFacts> = fc.record({
  metricId: text,
  metricName: text,
  flowId: text,
  flowName: text,
  campaignId: text,
  campaignName: text,
  outcome: fc.constantFrom(null, 'yes', 'no'),
  profileId: fc.constant(null),
  email: fc.constant(null),
  phone: fc.constant(null),
  occurredAt: fc.constant(new Date(0)),
  properties: fc.constant({}),
})

describe('the head of an event', () => {
  it('never keeps out what the trigger takes, and decides alone where it says so', () => {
    fc.assert(
      fc.property(trigger, event, (trigger, event) => {
        const isTaken = matches({ trigger }, event)
        if (isTaken) expect(mayMatch(trigger, event)).toBe(true)
        if (headDecides(trigger)) expect(mayMatch(trigger, event)).toBe(isTaken)
      }),
      { numRuns: 2_000 },
    )
  })
})

describe('what is read from Klaviyo’s history', () => {
  const names = new Map([
    ['M1', 'Placed Order'],
    ['M2', 'placed order'],
    ['M3', 'Opened Email'],
  ])
  const of = (trigger: Trigger) => historyOf(trigger, names)

  it('are the metric’s events, by id, or by name however it is written', () => {
    const metric = (id: string | null, name: string): Trigger => ({
      kind: 'metric',
      metric: { id, name },
      outcome: null,
    })
    expect(of(metric('M1', 'Placed Order'))).toEqual({
      metrics: [{ id: 'M1', name: 'Placed Order' }],
    })
    expect(of(metric(null, 'placed_order'))).toMatchObject({
      metrics: [{ id: 'M1' }, { id: 'M2' }],
    })
    expect(of(metric(null, 'Nothing'))).toHaveProperty(
      'without',
      expect.stringContaining('no metric “Nothing”'),
    )
  })

  it('are the engagement’s for a campaign, and none for a flow or any event', () => {
    const campaign = { id: 'C1', name: 'Spring' }
    expect(of({ kind: 'campaign', campaign, engagement: 'opened email' })).toMatchObject({
      metrics: [{ id: 'M3' }],
    })
    const without: Trigger[] = [
      { kind: 'campaign', campaign, engagement: null },
      { kind: 'flow', flow: { id: 'F1', name: '' }, outcome: null },
      { kind: 'any' },
    ]
    for (const trigger of without) expect(of(trigger)).toHaveProperty('without')
  })
})
