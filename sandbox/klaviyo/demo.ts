import { people, type DemoStore, type Person } from '../people.ts'
import type { AccountSeed, CampaignSeed, FlowSeed, MetricSeed } from './account.ts'
import { groups } from './groups.ts'
import { predictions } from './predictions.ts'
import type { ProfileDraft } from './profile.ts'

/** What the app asks of a key, so that the demo key lacks nothing. */
const appScopes = [
  'accounts:read',
  'profiles:read',
  'profiles:write',
  'events:read',
  'events:write',
  'metrics:read',
  'flows:read',
  'campaigns:read',
  'lists:read',
  'lists:write',
  'segments:read',
]

const metrics: MetricSeed[] = [
  { name: 'Completed Flow', integration: 'api' },
  { name: 'Received Email', integration: 'klaviyo' },
  { name: 'Opened Email', integration: 'klaviyo' },
  { name: 'Clicked Email', integration: 'klaviyo' },
  { name: 'Bounced Email', integration: 'klaviyo' },
  { name: 'Marked Email as Spam', integration: 'klaviyo' },
  { name: 'Unsubscribed from Email Marketing', integration: 'klaviyo' },
  { name: 'Received SMS', integration: 'klaviyo' },
  { name: 'Clicked SMS', integration: 'klaviyo' },
  { name: 'Subscribed to List', integration: 'klaviyo' },
  { name: 'Unsubscribed from List', integration: 'klaviyo' },
  { name: 'Active on Site', integration: 'api' },
  { name: 'Viewed Product', integration: 'api' },
  { name: 'Added to Cart', integration: 'api' },
  { name: 'Checkout Started', integration: 'shopify' },
  { name: 'Placed Order', integration: 'shopify' },
  { name: 'Ordered Product', integration: 'shopify' },
  { name: 'Fulfilled Order', integration: 'shopify' },
  { name: 'Refunded Order', integration: 'shopify' },
]

const flows: FlowSeed[] = [
  { name: 'Win-back', status: 'live', trigger: 'Metric' },
  { name: 'Abandoned Cart', status: 'live', trigger: 'Metric' },
  { name: 'Welcome Series', status: 'live', trigger: 'Added to List' },
  { name: 'Post-purchase Thank You', status: 'live', trigger: 'Metric' },
  { name: 'Birthday', status: 'manual', trigger: 'Date Based' },
  { name: 'Sunset Unengaged', status: 'draft', trigger: 'Unconfigured' },
]

const campaigns: CampaignSeed[] = [
  { name: 'Spring Collection', channel: 'email', status: 'Sent' },
  { name: 'We Miss You – 15% Inside', channel: 'email', status: 'Sent' },
  { name: 'Black Friday Early Access', channel: 'email', status: 'Scheduled' },
  { name: 'Flash Sale Tonight', channel: 'sms', status: 'Sent' },
]

const cities: readonly [city: string, region: string, country: string, timezone: string][] = [
  ['New York', 'New York', 'United States', 'America/New_York'],
  ['Boston', 'Massachusetts', 'United States', 'America/New_York'],
  ['Lyon', 'Auvergne-Rhône-Alpes', 'France', 'Europe/Paris'],
  ['Berlin', 'Berlin', 'Germany', 'Europe/Berlin'],
  ['Manchester', 'England', 'United Kingdom', 'Europe/London'],
]

/** People whom Klaviyo knows, from a sign-up form, but who never bought: no customer in Shopify. */
const subscribersOnly: ProfileDraft[] = [
  { first_name: 'Quentin', last_name: 'Marsh', email: 'quentin.marsh@example.com' },
  { first_name: 'Rosa', email: 'rosa@example.net', properties: { sign_up_form: 'Footer' } },
  { first_name: 'Sven', phone_number: '+12025550190' },
  // Known by a tracking id alone: no address by which a customer could be found.
  { external_id: 'browser-7f3a', properties: { last_viewed: 'Linen Shirt' } },
]

/** The Klaviyo accounts of the demo stores, one each, with a key that has every scope the app needs. */
export function demoAccounts(): AccountSeed[] {
  return [
    {
      ...shared('demo-one'),
      id: 'DmoN1a',
      organization: 'Demo One',
      timezone: 'US/Eastern',
      currency: 'USD',
      keys: { pk_demo_one_00000000000000000000000000: appScopes },
    },
    {
      ...shared('demo-two'),
      id: 'DmoT2b',
      organization: 'Demo Two',
      timezone: 'Europe/Berlin',
      currency: 'EUR',
      keys: { pk_demo_two_00000000000000000000000000: appScopes },
    },
  ]
}

function shared(handle: DemoStore) {
  return {
    handle,
    senderEmail: `hello@${handle}.example`,
    website: `https://${handle}.example`,
    profiles: [...people[handle].map(profileOf), ...subscribersOnly],
    metrics,
    flows,
    campaigns,
    ...groups,
  }
}

function profileOf({ firstName, lastName, email, phone }: Person, index: number): ProfileDraft {
  const [city, region, country, timezone] = cities[index % cities.length] ?? []
  return {
    first_name: firstName,
    last_name: lastName,
    email,
    phone_number: phone,
    location: { city, region, country, timezone },
    properties: {
      loyalty_tier: ['bronze', 'silver', 'gold'][index % 3] ?? null,
      favourite_category: ['Knitwear', 'Shoes', 'Outerwear', 'Denim'][index % 4] ?? null,
      reviews_written: index % 5,
      accepts_surveys: index % 2 === 0,
    },
    subscribedAt: index % 3 === 2 ? null : '2025-04-14T08:00:00+00:00',
    // Klaviyo scores nobody before enough orders came in.
    predictive_analytics: index % 5 === 4 ? {} : predictions(index),
  }
}
