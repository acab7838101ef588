/**
 * Klaviyo as the app knows it: what can be asked, and what comes back.
 *
 * Every call rejects with a `ProblemError` whose words a merchant understands.
 */
import { z } from 'zod'

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json }

export interface KlaviyoProfile {
  id: string
  email: string | null
  /** E.164. */
  phone: string | null
  firstName: string | null
  lastName: string | null
  /** Custom properties, keys as in Klaviyo. */
  properties: Record<string, Json>
  /** Only where it was asked for. */
  predictive?: Predictions
}

export interface ProfileOptions {
  /** Klaviyo lets them be read far less often: 100 profiles a request, 150 requests a minute. */
  predictive?: boolean
}

/** What Klaviyo predicts of a profile, as its API names it; all null until it has scored it. A type, so that it counts as JSON. */
export type Predictions = {
  historic_clv: number | null
  predicted_clv: number | null
  total_clv: number | null
  historic_number_of_orders: number | null
  predicted_number_of_orders: number | null
  average_days_between_orders: number | null
  average_order_value: number | null
  churn_probability: number | null
  /** ISO 8601. */
  expected_date_of_next_order: string | null
  /** The best first. */
  ranked_channel_affinity: string[] | null
}

export interface PredictedProfile extends KlaviyoProfile {
  predictions: Predictions
}

export interface ProfilePage {
  profiles: PredictedProfile[]
  /** Of the page behind it; null = this was the last one. */
  next: string | null
}

export interface KlaviyoSegment {
  id: string
  name: string
}

export interface KlaviyoMetric {
  id: string
  name: string
  /** The app the metric comes from: "Shopify", "Klaviyo", "API", … */
  integration: string | null
}

export interface KlaviyoFlow {
  id: string
  name: string
  /** `draft`, `manual` or `live`. */
  status: string | null
  isArchived: boolean
}

export interface KlaviyoCampaign {
  id: string
  name: string
  status: string
  channel: 'email' | 'sms' | 'mobile_push'
}

/** The scopes a private key needs, each with what the app does with it. */
export const neededScopes = [
  { scope: 'accounts:read', purpose: 'shows which Klaviyo account is connected' },
  { scope: 'profiles:read', purpose: 'reads the person behind an event to find the customer' },
  { scope: 'metrics:read', purpose: 'offers your metrics in the rule editor' },
  { scope: 'flows:read', purpose: 'offers your flows in the rule editor' },
  { scope: 'campaigns:read', purpose: 'offers your campaigns in the rule editor' },
  { scope: 'profiles:write', purpose: 'sets profile properties where a rule says so' },
  { scope: 'events:read', purpose: 'reads past events where you run a rule over the past' },
  { scope: 'events:write', purpose: 'records events where a rule says so' },
  { scope: 'lists:read', purpose: 'follows writes to many profiles at once, else one by one' },
  { scope: 'lists:write', purpose: 'writes to many profiles at once, else one by one' },
  { scope: 'segments:read', purpose: 'offers your segments for the metafield sync' },
] as const

export type NeededScope = (typeof neededScopes)[number]['scope']

/** Of each needed scope: does the key have it? `unknown` = Klaviyo could not be asked just now. */
export const scopeReport = z.array(
  z.object({
    scope: z.string(),
    state: z.enum(['granted', 'missing', 'unknown']),
    purpose: z.string(),
  }),
)
export type ScopeReport = z.infer<typeof scopeReport>

/** What Klaviyo said last of the account's allowance. */
export interface KlaviyoBudget {
  /** Requests in the current window. */
  limit: number
  remaining: number
  /** Until the window starts anew, counted from when it was said. */
  resetMs: number
}

export interface PropertyWrite {
  profileId: string
  properties: Record<string, Json>
}

export interface NewEvent {
  profileId: string
  /** Name of the metric; Klaviyo makes one that it does not know. */
  metric: string
  uniqueId: string
  at: Date
  properties: Record<string, Json>
}

/** An event as Klaviyo keeps it. */
export interface KlaviyoEvent {
  id: string
  profileId: string | null
  email: string | null
  /** E.164. */
  phone: string | null
  at: Date
  properties: Record<string, Json>
}

/** Events of a metric from a moment on and before another. */
export interface EventRange {
  metricId: string
  from: Date
  to: Date
}

/** One Klaviyo account, seen with one private key. */
export interface KlaviyoApi {
  /** The account the key belongs to. */
  account(): Promise<{ id: string; name: string }>
  /** Probes each needed scope with its cheapest read. Rejects when the key itself is refused. */
  scopes(): Promise<ScopeReport>
  /** Any number of ids, by id. What does not exist, or can't be an id, is absent. */
  profiles(ids: string[], options?: ProfileOptions): Promise<Map<string, KlaviyoProfile>>
  /** By the e-mail in lower case. */
  profilesByEmail(emails: string[], options?: ProfileOptions): Promise<Map<string, KlaviyoProfile>>
  /** By the phone number in E.164, as given. */
  profilesByPhone(phones: string[], options?: ProfileOptions): Promise<Map<string, KlaviyoProfile>>
  /**
   * A page of all profiles, or of a segment's, with what Klaviyo predicts of them. `after` = a page's
   * `next`; null = from the start.
   */
  profilePage(after: string | null, segmentId: string | null): Promise<ProfilePage>
  /** How long `profilePage` would have to wait for its turn. */
  pageWaitMs(segmentId: string | null): number
  /** Those with this e-mail or phone number, with what Klaviyo predicts of them. */
  predictedProfiles(by: 'email' | 'phone_number', value: string): Promise<PredictedProfile[]>
  segments(): Promise<KlaviyoSegment[]>
  metrics(): Promise<KlaviyoMetric[]>
  flows(): Promise<KlaviyoFlow[]>
  /** Of all channels. */
  campaigns(): Promise<KlaviyoCampaign[]>
  /** Sets custom properties, null clears one. Repeating it changes nothing. */
  setProperties(profileId: string, properties: Record<string, Json>): Promise<void>
  /** A page of events, oldest first; `next` is the cursor of the one behind it. */
  events(
    range: EventRange,
    page: { size: number; cursor: string | null },
  ): Promise<{ events: KlaviyoEvent[]; next: string | null }>
  /** How many there are. `isMore`: it was not counted to the end, there being that many. */
  countEvents(range: EventRange, most: number): Promise<{ count: number; isMore: boolean }>
  /**
   * Sets custom properties of many profiles, each named once, in a few requests; resolves when Klaviyo
   * is through, with the ids of the profiles that took them. Of the others `setProperties` tells why
   * not. Repeating it changes nothing.
   */
  importProperties(writes: PropertyWrite[]): Promise<Set<string>>
  /** Records an event, once for each `uniqueId` of a profile and metric. */
  recordEvent(event: NewEvent): Promise<void>
  /** Null until an answer told. */
  budget(): KlaviyoBudget | null
}

/** Answers an API per key. Keys of one account share its allowance, as they do at Klaviyo. */
export interface Klaviyo {
  /** `accountId` null: not known yet, so the key is paced by itself. */
  forAccount(key: string, accountId: string | null): KlaviyoApi
}

/**
 * The key out of what the merchant pasted, or why it can't be one. Only the prefix is Klaviyo's
 * promise; what follows it is left to Klaviyo.
 */
export function checkKeyShape(
  pasted: string,
): { ok: true; key: string } | { ok: false; message: string } {
  const key = pasted.trim()
  if (/^pk_[\x21-\x7e]+$/.test(key)) return { ok: true, key }
  return { ok: false, message: whyNoKey(key) }
}

function whyNoKey(text: string): string {
  if (text === '') return 'Paste your private Klaviyo key. It starts with pk_.'
  if (/^[A-Za-z0-9]{6}$/.test(text)) {
    return 'This is the public site ID. Paste a private key instead: it starts with pk_.'
  }
  if (/^pk_/.test(text)) {
    return 'This key is cut off, or holds spaces or characters that no key has. Copy it again.'
  }
  return 'A private Klaviyo key starts with pk_. Create one in Klaviyo under Settings > API keys.'
}
