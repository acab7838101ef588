/** Reading facts by path. Own properties only: `__proto__` and the like find nothing. */
import type { Facts, Json } from './facts.ts'

/** `a.b[0].c` -> ['a', 'b', '0', 'c'] */
export function pathOf(text: string): string[] {
  return text
    .replaceAll(/\[\s*["']?([^\]"']+)["']?\s*\]/g, '.$1')
    .split('.')
    .map((part) => part.trim())
    .filter((part) => part !== '')
}

function at(root: Json | undefined, path: string[]): Json | undefined {
  let value = root
  for (const part of path) {
    if (value === null || typeof value !== 'object') return undefined
    if (!Object.hasOwn(value, part)) return undefined
    value = Array.isArray(value) ? value[Number(part)] : value[part]
  }
  return value
}

/**
 * The event as templates and conditions see it: its own fields first, then its properties, which are
 * also reachable under `properties`.
 */
export function eventRecord({ event }: Facts): Record<string, Json> {
  return {
    ...event.properties,
    metric: event.metricName ?? event.metricId,
    metric_id: event.metricId,
    flow: event.flowName ?? event.flowId,
    flow_id: event.flowId,
    campaign: event.campaignName ?? event.campaignId,
    campaign_id: event.campaignId,
    outcome: event.outcome,
    email: event.email,
    phone: event.phone,
    profile_id: event.profileId,
    occurred_at: event.occurredAt.toISOString(),
    properties: event.properties,
  }
}

/** The profile in the same manner. Empty where the event has none. */
export function profileRecord({ profile }: Facts): Record<string, Json> {
  if (!profile) return {}
  return {
    ...profile.properties,
    id: profile.id,
    email: profile.email,
    phone: profile.phone,
    first_name: profile.firstName,
    last_name: profile.lastName,
    predictive: profile.predictive ?? null,
    properties: profile.properties,
  }
}

/** The customer in the same manner. Empty where it is not known. */
export function customerRecord({ customer }: Facts): Record<string, Json> {
  return { ...customer }
}

/** A value of the event or the profile. A key that itself holds dots is found too. */
export function read(facts: Facts, source: 'event' | 'profile', path: string): Json | undefined {
  const record = source === 'event' ? eventRecord(facts) : profileRecord(facts)
  return Object.hasOwn(record, path) ? record[path] : at(record, pathOf(path))
}
