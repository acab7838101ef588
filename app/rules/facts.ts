/** What a rule decides upon. Plain values that came from outside; nothing here does I/O. */

/** JSON as it was parsed: what a Klaviyo property may hold. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json }

/** One Klaviyo event as rules see it, whatever format it came in. */
export interface EventFacts {
  metricId: string | null
  metricName: string | null
  flowId: string | null
  flowName: string | null
  campaignId: string | null
  campaignName: string | null
  /** The flow's branch, e.g. `converted`. */
  outcome: string | null
  profileId: string | null
  email: string | null
  /** E.164. */
  phone: string | null
  occurredAt: Date
  properties: Record<string, Json>
}

/** A Klaviyo profile as rules see it. */
export interface ProfileFacts {
  id: string
  email: string | null
  /** E.164. */
  phone: string | null
  firstName: string | null
  lastName: string | null
  /** Custom properties, keys as in Klaviyo. */
  properties: Record<string, Json>
  /** Predictive analytics, keys as in Klaviyo; read only for rules that use them. */
  predictive?: Record<string, Json>
}

/** The customer in Shopify, as templates see it. */
export interface CustomerFacts {
  /** `gid://shopify/Customer/1` */
  id: string
  tags: string[]
}

/** All that decides: same facts, same plan. */
export interface Facts {
  event: EventFacts
  profile: ProfileFacts | null
  /** Known once the event was tied to its customer: to actions, not to conditions. */
  customer?: CustomerFacts
  /** The rule that is being run. */
  rule?: { id: string; name: string }
  /** What earlier actions of the run made for later ones, by name: `discount`. */
  given?: Record<string, Json>
  shop: { timeZone: string }
}
