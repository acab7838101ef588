/**
 * Klaviyo's history and a flow's webhook may tell of the same event, under keys that have nothing in
 * common. Pure.
 */
import type { EventFacts } from '../rules/facts.ts'
import { isSame } from '../rules/decide.ts'
import { klaviyoKey } from './formats.ts'

/** A flow, and so its webhook, may wait this long after the event. */
export const mostFlowDelayMs = 30 * 24 * 3_600_000

/** Klaviyo's template variable that tells one event of a person and a metric from another. */
const idName = '$event_id'

/**
 * Whether these two of one person are the same event: by Klaviyo's id of it where both have one. Else
 * whatever came so soon after it passes for it: an event is rather left out than handled twice.
 */
export function isSameEvent(
  past: { dedupeKey: string; facts: EventFacts },
  flow: { facts: EventFacts; receivedAt: Date },
): boolean {
  const { metricId, metricName, occurredAt } = past.facts
  const about = { id: flow.facts.metricId, name: flow.facts.metricName ?? '' }
  if (!isSame(about, metricId, metricName)) return false
  const delayMs = flow.receivedAt.getTime() - occurredAt.getTime()
  if (delayMs < -clockSkewMs || delayMs > mostFlowDelayMs) return false
  const [pastId, flowId] = [eventIdOf(past.facts), eventIdOf(flow.facts)]
  if (pastId === null || flowId === null) return true
  return pastId === flowId || past.dedupeKey === klaviyoKey(flowId)
}

const clockSkewMs = 60_000

function eventIdOf({ properties }: EventFacts): string | null {
  const id = Object.hasOwn(properties, idName) ? properties[idName] : null
  return typeof id === 'string' || typeof id === 'number' ? String(id) : null
}
