import { describe, expect, it } from 'vitest'
import { eventOfPast, parseFlow } from '../../../app/events/formats.ts'
import type { InboundEvent } from '../../../app/events/formats.ts'
import { isSameEvent } from '../../../app/events/same-event.ts'

const dayMs = 24 * 3_600_000
const at = new Date('2026-03-01T12:00:00Z')

function pastEvent(properties: Record<string, string> = {}, id = 'K1'): InboundEvent {
  const metric = { metricId: 'M1', metricName: 'Placed Order' }
  const read = eventOfPast({
    ...metric,
    id,
    profileId: 'P1',
    email: null,
    phone: null,
    at,
    properties,
  })
  if (!read) throw new Error('too deep')
  return read
}

function flowEvent(body: object, delayMs: number) {
  const receivedAt = new Date(at.getTime() + delayMs)
  const parsed = parseFlow(
    { metric: 'placed_order', profile_id: 'P1', ...body },
    {
      flowId: 'F1',
      receivedAt,
    },
  )
  if (!parsed.ok || !parsed.events[0]) throw new Error('refused')
  return { facts: parsed.events[0].facts, receivedAt }
}

describe('an event of Klaviyo’s history and one of a flow’s webhook', () => {
  const past = pastEvent({ $event_id: 'order-1' })

  it('are the same by Klaviyo’s id, days later too, and told apart by it', () => {
    expect(isSameEvent(past, flowEvent({ event_id: 'order-1' }, 9 * dayMs))).toBe(true)
    expect(isSameEvent(past, flowEvent({ event_id: 'K1' }, 9 * dayMs))).toBe(true)
    expect(isSameEvent(past, flowEvent({ event_id: 'order-2' }, 1_000))).toBe(false)
  })

  it('pass for the same without an id, for as long as a flow may wait', () => {
    for (const [event, body] of [
      [past, {}],
      [pastEvent(), { event_id: 'order-1' }],
    ] as const) {
      expect(isSameEvent(event, flowEvent(body, 29 * dayMs))).toBe(true)
      expect(isSameEvent(event, flowEvent(body, 31 * dayMs))).toBe(false)
      expect(isSameEvent(event, flowEvent(body, -dayMs))).toBe(false)
    }
  })

  it('are two where they are of different metrics', () => {
    expect(isSameEvent(past, flowEvent({ metric: 'Opened Email' }, 1_000))).toBe(false)
    expect(isSameEvent(past, flowEvent({ metric: '', metric_id: 'M2' }, 1_000))).toBe(false)
    expect(isSameEvent(past, flowEvent({ metric: '', metric_id: 'M1' }, 1_000))).toBe(true)
  })
})
