import type { Resource } from './document.ts'

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json }

export interface Location {
  address1: string | null
  address2: string | null
  city: string | null
  country: string | null
  latitude: number | string | null
  longitude: number | string | null
  region: string | null
  zip: string | null
  timezone: string | null
  ip: string | null
}

export interface PredictiveAnalytics {
  historic_clv: number | null
  predicted_clv: number | null
  total_clv: number | null
  historic_number_of_orders: number | null
  predicted_number_of_orders: number | null
  average_days_between_orders: number | null
  average_order_value: number | null
  churn_probability: number | null
  expected_date_of_next_order: string | null
  ranked_channel_affinity: string[] | null
}

/** The attributes of a profile that a caller may set, named as in Klaviyo's API. */
export interface ProfileFields {
  email: string | null
  phone_number: string | null
  external_id: string | null
  first_name: string | null
  last_name: string | null
  organization: string | null
  locale: string | null
  title: string | null
  image: string | null
}

export type ProfileDraft = Partial<ProfileFields> & {
  location?: Partial<Location>
  /** A `null` takes the property away. */
  properties?: Record<string, Json>
  predictive_analytics?: Partial<PredictiveAnalytics>
  /** When they agreed to marketing. */
  subscribedAt?: string | null
}

export interface Profile {
  type: 'profile'
  id: string
  attributes: ProfileFields & {
    created: string
    updated: string
    last_event_date: string | null
    location: Location
    properties: Record<string, Json>
  }
  relationships: Resource['relationships']
  /** Sent only when asked for, all null for a profile that Klaviyo has not scored. */
  predictive: PredictiveAnalytics
  subscribedAt: string | null
}

/** What Klaviyo says of a profile that it has not scored: all there, each of them null. */
export const unscored: Readonly<PredictiveAnalytics> = {
  historic_clv: null,
  predicted_clv: null,
  total_clv: null,
  historic_number_of_orders: null,
  predicted_number_of_orders: null,
  average_days_between_orders: null,
  average_order_value: null,
  churn_probability: null,
  expected_date_of_next_order: null,
  ranked_channel_affinity: null,
}

export function blankProfile(id: string, now: string): Profile {
  return {
    type: 'profile',
    id,
    attributes: {
      email: null,
      phone_number: null,
      external_id: null,
      first_name: null,
      last_name: null,
      organization: null,
      locale: null,
      title: null,
      image: null,
      created: now,
      updated: now,
      last_event_date: null,
      location: {
        address1: null,
        address2: null,
        city: null,
        country: null,
        latitude: null,
        longitude: null,
        region: null,
        zip: null,
        timezone: null,
        ip: null,
      },
      properties: {},
    },
    relationships: { lists: null, segments: null, 'push-tokens': null, conversation: null },
    predictive: { ...unscored },
    subscribedAt: null,
  }
}

/** Klaviyo writes times to the second, with the offset spelt out: `2026-11-08T00:00:00+00:00`. */
export function isoSeconds(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}+00:00`
}
