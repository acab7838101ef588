import { z } from 'zod'
import { existingProfile, type Account, type Event, type Metric } from './account.ts'
import { page, render, type Listing, type Query, type Resource } from './document.ts'
import type { Condition, Filterable } from './filter.ts'
import type { Group } from './groups.ts'
import { isProfileId } from './ids.ts'
import { tiers, type Tier } from './limits.ts'
import { mostImported } from './imports.ts'
import type { Json, Profile, ProfileDraft } from './profile.ts'
import { refusals } from './refusal.ts'

export interface Call {
  account: Account
  query: Query
  /** From the path, empty where the path has none. */
  id: string
  body: unknown
}

export type Answer = { status: 200 | 201; document: object } | { status: 202; document?: object }

export interface Endpoint {
  method: 'GET' | 'POST' | 'PATCH'
  path: string
  scopes: readonly string[]
  tier: Tier
  /** A narrower bucket that some calls fall into as well. */
  stricter?(query: Query): { name: string; tier: Tier } | undefined
  answer(call: Call): Answer
}

const ok = (document: object): Answer => ({ status: 200, document })

const within = ['greater-or-equal', 'greater-than', 'less-or-equal', 'less-than'] as const
const given = ['any', 'equals'] as const

/** The calls of Klaviyo's API that the sandbox answers; anything else is 404. */
export const endpoints: readonly Endpoint[] = [
  {
    method: 'GET',
    path: '/api/accounts',
    scopes: ['accounts:read'],
    tier: tiers.XS,
    answer: ({ account, query }) =>
      ok({
        data: [render(accountResource(account), query)],
        links: { self: query.url, next: null, prev: null },
      }),
  },
  {
    method: 'GET',
    path: '/api/metrics',
    scopes: ['metrics:read'],
    tier: tiers.M,
    answer: ({ account, query }) =>
      list(query, account.metrics, {
        filterable: { 'integration.name': ['equals'], 'integration.category': ['equals'] },
        sortable: ['id'],
        usualSort: 'id',
        pageSize: { usual: 200, max: 200 },
      }),
  },
  {
    method: 'GET',
    path: '/api/flows',
    scopes: ['flows:read'],
    tier: tiers.S,
    answer: ({ account, query }) =>
      list(query, account.flows, {
        filterable: {
          id: ['any'],
          name: ['contains', 'ends-with', 'equals', 'starts-with'],
          status: ['equals'],
          archived: ['equals'],
          created: ['equals', ...within],
          updated: ['equals', ...within],
          trigger_type: ['equals'],
        },
        sortable: ['created', 'id', 'name', 'status', 'trigger_type', 'updated'],
        usualSort: 'id',
        pageSize: { usual: 50, max: 50 },
      }),
  },
  {
    method: 'GET',
    path: '/api/campaigns',
    scopes: ['campaigns:read'],
    tier: tiers.M,
    answer: campaigns,
  },
  {
    method: 'GET',
    path: '/api/lists',
    scopes: ['lists:read'],
    tier: tiers.L,
    answer: ({ account, query }) => list(query, account.lists, groups({})),
  },
  {
    method: 'GET',
    path: '/api/segments',
    scopes: ['segments:read'],
    tier: tiers.L,
    answer: ({ account, query }) =>
      list(query, account.segments, groups({ is_active: given, is_starred: ['equals'] })),
  },
  {
    method: 'GET',
    path: '/api/lists/{id}',
    scopes: ['lists:read'],
    tier: tiers.L,
    stricter: (query) => dearer(query, 'list', 'profile_count', tiers.XS),
    answer: (call) => oneGroup(call, groupOf(call.account.lists, 'list', call.id)),
  },
  {
    method: 'GET',
    path: '/api/lists/{id}/profiles',
    scopes: ['lists:read', 'profiles:read'],
    tier: tiers.L,
    stricter: (query) => dearer(query, 'profile', 'predictive_analytics', tiers.M),
    answer: (call) => members(call, groupOf(call.account.lists, 'list', call.id)),
  },
  {
    method: 'GET',
    path: '/api/segments/{id}',
    scopes: ['segments:read'],
    tier: tiers.L,
    stricter: (query) => dearer(query, 'segment', 'profile_count', tiers.XS),
    answer: (call) => oneGroup(call, groupOf(call.account.segments, 'segment', call.id)),
  },
  {
    // Unlike a list's: the description names no narrower limit for predictions here.
    method: 'GET',
    path: '/api/segments/{id}/profiles',
    scopes: ['profiles:read', 'segments:read'],
    tier: tiers.L,
    answer: (call) => members(call, groupOf(call.account.segments, 'segment', call.id)),
  },
  {
    method: 'GET',
    path: '/api/profiles',
    scopes: ['profiles:read'],
    tier: tiers.L,
    stricter: (query) => dearer(query, 'profile', 'predictive_analytics', tiers.M),
    answer: profiles,
  },
  {
    method: 'GET',
    path: '/api/profiles/{id}',
    scopes: ['profiles:read'],
    tier: tiers.L,
    answer: ({ account, query, id }) =>
      ok({ data: renderProfile(existingProfile(account, id), query) }),
  },
  {
    method: 'PATCH',
    path: '/api/profiles/{id}',
    scopes: ['profiles:write'],
    tier: tiers.L,
    answer: updateProfile,
  },
  {
    method: 'POST',
    path: '/api/profile-merge',
    scopes: ['profiles:write'],
    tier: tiers.M,
    answer: mergeProfiles,
  },
  {
    method: 'POST',
    path: '/api/profile-bulk-import-jobs',
    scopes: ['lists:write', 'profiles:write'],
    tier: tiers.M,
    answer: startImport,
  },
  {
    method: 'GET',
    path: '/api/profile-bulk-import-jobs',
    scopes: ['lists:read', 'profiles:read'],
    tier: tiers.M,
    answer: ({ account, query }) =>
      list(query, account.imports.all, {
        filterable: { status: given },
        sortable: ['created_at'],
        usualSort: '-created_at',
        pageSize: { usual: 20, max: 100 },
      }),
  },
  {
    method: 'GET',
    path: '/api/profile-bulk-import-jobs/{id}',
    scopes: ['lists:read', 'profiles:read'],
    tier: tiers.M,
    answer: ({ account, query, id }) => ok({ data: render(importJob(account, id), query) }),
  },
  {
    method: 'GET',
    path: '/api/profile-bulk-import-jobs/{id}/import-errors',
    scopes: ['profiles:read'],
    tier: tiers.M,
    answer: ({ account, query, id }) =>
      list(query, importJob(account, id).errors, {
        filterable: {},
        sortable: ['id'],
        usualSort: 'id',
        pageSize: { usual: 20, max: 100 },
      }),
  },
  {
    method: 'GET',
    path: '/api/events',
    scopes: ['events:read'],
    tier: tiers.XL,
    answer: events,
  },
  {
    method: 'GET',
    path: '/api/events/{id}',
    scopes: ['events:read'],
    tier: tiers.M,
    answer: ({ account, query, id }) => {
      const event = account.event(id)
      if (!event) throw refusals.notFound('event', id)
      return ok({ data: render(event, query), ...included([event], query) })
    },
  },
  {
    method: 'POST',
    path: '/api/events',
    scopes: ['events:write'],
    tier: tiers.XL,
    answer: createEvent,
  },
  {
    // Open to Advanced KDP accounts and OAuth apps: no ordinary private key has these scopes.
    method: 'GET',
    path: '/api/webhooks',
    scopes: ['webhooks:read'],
    tier: tiers.XS,
    answer: ({ query }) => ok({ data: [], links: { self: query.url, next: null, prev: null } }),
  },
  {
    method: 'POST',
    path: '/api/webhooks',
    scopes: ['webhooks:write'],
    tier: tiers.XS,
    answer: () => {
      throw refusals.missingScopes(['webhooks:write'])
    },
  },
]

function list(
  query: Query,
  items: readonly Resource[],
  terms: Pick<Listing<Resource>, 'filterable' | 'sortable' | 'usualSort' | 'pageSize'>,
): Answer {
  const { items: shown, links } = page(query, { ...terms, items, read: readAttribute })
  return ok({ data: shown.map((item) => render(item, query)), links })
}

/** Lists and segments are listed alike. */
function groups(more: Filterable) {
  return {
    filterable: {
      id: given,
      name: given,
      created: ['greater-than'],
      updated: ['greater-than'],
      ...more,
    },
    sortable: ['created', 'id', 'name', 'updated'],
    usualSort: 'id',
    pageSize: { usual: 10, max: 10 },
  }
}

function campaigns({ account, query }: Call): Answer {
  const channel = query.filter && /messages\.channel/.test(query.filter)
  if (!channel) {
    throw refusals.invalid(
      "A channel filter is required to list campaigns. Please provide either: equals(messages.channel,'email'), equals(messages.channel,'sms') or equals(messages.channel,'mobile_push').",
      { parameter: 'filter' },
    )
  }
  const { items, links } = page(query, {
    items: account.campaigns,
    filterable: {
      id: ['any'],
      'messages.channel': ['equals'],
      name: ['contains'],
      status: given,
      archived: ['equals'],
      created_at: within,
      scheduled_at: within,
      updated_at: within,
    },
    sortable: ['created_at', 'id', 'name', 'scheduled_at', 'updated_at'],
    usualSort: '-created_at',
    pageSize: { usual: 100, max: 100 },
    read: (campaign, field) =>
      field === 'messages.channel' ? campaign.channel : readAttribute(campaign, field),
  })
  return ok({ data: items.map((item) => render(item, query)), links })
}

/** A narrower bucket for the additional field that costs Klaviyo more. */
function dearer(query: Query, type: string, field: string, tier: Tier) {
  const isAsked = query.list(`additional-fields[${type}]`).includes(field)
  return isAsked ? { name: field, tier } : undefined
}

function profiles({ account, query }: Call): Answer {
  const { items, links } = page<Profile>(query, {
    items: account.profiles,
    filterable: {
      id: given,
      email: given,
      phone_number: given,
      external_id: given,
      created: ['greater-than', 'less-than'],
      updated: ['greater-than', 'less-than'],
    },
    sortable: ['created', 'email', 'id', 'updated'],
    usualSort: 'id',
    storedBy: ['id', 'created'],
    pageSize: { usual: 20, max: 100 },
    read: readAttribute,
    find: (condition) => findProfiles(account, condition),
  })
  return ok({ data: items.map((profile) => renderProfile(profile, query)), links })
}

/** Who is in a list or segment. Here they joined when they were created. */
function members({ account, query }: Call, group: Group): Answer {
  const filterable = {
    email: given,
    phone_number: given,
    joined_group_at: within,
    ...(group.type === 'segment' ? { profile_id: given } : {}),
  }
  const read = (profile: Profile, field: string) => {
    if (field === 'profile_id') return profile.id
    return field === 'joined_group_at' ? profile.attributes.created : readAttribute(profile, field)
  }
  const { items, links } = page<Profile>(query, {
    items: account.profiles,
    holds: (profile) => group.holds(profile),
    filterable,
    sortable: ['joined_group_at'],
    usualSort: '-joined_group_at',
    storedBy: ['joined_group_at'],
    pageSize: { usual: 20, max: 100 },
    read,
    find: ({ field, ...condition }) =>
      findProfiles(account, { ...condition, field: field === 'profile_id' ? 'id' : field }),
  })
  const data = items.map((profile) => {
    const { attributes } = profile
    const joined = { ...attributes, joined_group_at: attributes.created }
    return renderProfile({ ...profile, attributes: joined }, query)
  })
  return ok({ data, links })
}

function groupOf(all: readonly Group[], type: Group['type'], id: string): Group {
  const group = all.find((each) => each.id === id)
  if (!group) throw refusals.notFound(type, id)
  return group
}

function oneGroup({ account, query }: Call, group: Group): Answer {
  const asked = query.list(`additional-fields[${group.type}]`)
  if (asked.some((field) => field !== 'profile_count')) {
    throw refusals.invalid(`'${asked.join(',')}' is not a valid additional field.`, {
      parameter: `additional-fields[${group.type}]`,
    })
  }
  if (asked.length === 0) return ok({ data: render(group, query) })
  let count = 0
  for (const profile of account.profiles) if (group.holds(profile)) count++
  const { id, type, relationships } = group
  const attributes = { ...group.attributes, profile_count: count }
  return ok({ data: render({ id, type, attributes, relationships }, query) })
}

function findProfiles(account: Account, { field, value }: Condition): Profile[] | undefined {
  if (field !== 'id' && field !== 'email' && field !== 'phone_number' && field !== 'external_id')
    return undefined
  const wanted = (Array.isArray(value) ? value : [value]).map(String)
  const malformed = field === 'id' && wanted.find((id) => !isProfileId(id))
  if (malformed) {
    throw refusals.invalid(`'${malformed}' is not a valid profile id.`, { parameter: 'filter' })
  }
  const found = new Map<string, Profile>()
  for (const each of wanted) {
    const profile = field === 'id' ? account.profile(each) : account.profileBy(field, each)
    if (profile) found.set(profile.id, profile)
  }
  return [...found.values()]
}

/**
 * `predictive_analytics` and `subscriptions` come only when asked for; where `fields` names parts of
 * them, only these do.
 */
function renderProfile(profile: Profile, query: Query): object {
  const extra: Record<string, unknown> = {}
  for (const field of query.list('additional-fields[profile]')) {
    if (field === 'predictive_analytics') extra[field] = profile.predictive
    else if (field === 'subscriptions') extra[field] = subscriptions(profile)
    else {
      throw refusals.invalid(`'${field}' is not a valid additional field for 'profile'.`, {
        parameter: 'additional-fields[profile]',
      })
    }
  }
  const fields = query.fields('profile')
  const kept = fields?.filter((field) => !/^(predictive_analytics|subscriptions)/.test(field))
  const parts = fields?.filter((field) => Object.hasOwn(extra, field.split('.')[0] ?? '')) ?? []
  const whole = Object.entries(extra).filter(
    ([name]) => !parts.some((part) => part.startsWith(name)),
  )
  return render({ ...profile, attributes: { ...profile.attributes, ...extra } }, query, [
    ...(kept ?? Object.keys(profile.attributes)),
    ...whole.map(([name]) => name),
    ...parts,
  ])
}

function subscriptions({ attributes: { email, phone_number }, subscribedAt }: Profile): object {
  const consent = (address: string | null) =>
    address && subscribedAt ? 'SUBSCRIBED' : 'NEVER_SUBSCRIBED'
  return {
    email: {
      marketing: {
        can_receive_email_marketing: email !== null,
        consent: consent(email),
        consent_timestamp: email && subscribedAt,
        last_updated: email && subscribedAt,
        method: null,
        method_detail: null,
        custom_method_detail: null,
        double_optin: null,
        suppression: [],
        list_suppressions: [],
      },
    },
    sms: {
      marketing: {
        can_receive_sms_marketing: phone_number !== null && subscribedAt !== null,
        consent: consent(phone_number),
        consent_timestamp: phone_number && subscribedAt,
        method: null,
        method_detail: null,
        last_updated: phone_number && subscribedAt,
      },
    },
    mobile_push: null,
  }
}

function events({ account, query }: Call): Answer {
  const { items, links } = page(query, {
    items: account.events,
    filterable: {
      metric_id: ['equals'],
      profile_id: ['equals'],
      datetime: within,
      timestamp: within,
    },
    sortable: ['datetime', 'timestamp'],
    usualSort: '-datetime',
    storedBy: ['datetime', 'timestamp'],
    pageSize: { usual: 200, max: 1_000 },
    read: (event, field) => {
      if (field === 'metric_id') return event.metric.id
      if (field === 'profile_id') return event.profile.id
      return field === 'timestamp' ? event.timestamp : event.attributes.datetime
    },
  })
  const data = items.map((event) => render(event, query))
  return ok({ data, ...included(items, query), links })
}

function included(shown: readonly Event[], query: Query): { included?: object[] } {
  const wanted = query.list('include')
  if (wanted.length === 0) return {}
  const unknown = wanted.find((each) => !['attributions', 'metric', 'profile'].includes(each))
  if (unknown) {
    throw refusals.invalid(`'${unknown}' is not a valid relationship to include.`, {
      parameter: 'include',
    })
  }
  const metrics = new Set<Metric>()
  const people = new Set<Profile>()
  for (const { metric, profile } of shown) {
    if (wanted.includes('metric')) metrics.add(metric)
    if (wanted.includes('profile')) people.add(profile)
  }
  return {
    included: [
      ...[...metrics].map((metric) => render(metric, query)),
      ...[...people].map((profile) => renderProfile(profile, query)),
    ],
  }
}

const json: z.ZodType<Json> = z.json()
const words = z.string().nullish()
const place = z.union([z.string(), z.number()]).nullish()

const profileAttributes = z.object({
  email: z.email('Invalid email address').nullish(),
  phone_number: z
    .string()
    .regex(
      /^\+[1-9]\d{6,14}$/,
      'Invalid phone number format (Example of a valid format: +12345678901)',
    )
    .nullish(),
  external_id: words,
  first_name: words,
  last_name: words,
  organization: words,
  locale: words,
  title: words,
  image: words,
  location: z
    .object({
      address1: words,
      address2: words,
      city: words,
      country: words,
      latitude: place,
      longitude: place,
      region: words,
      zip: words,
      timezone: words,
      ip: words,
    })
    .nullish(),
  properties: z.record(z.string(), json).nullish(),
})

const profilePatch = z.object({
  data: z.object({
    type: z.literal('profile'),
    id: z.string(),
    attributes: profileAttributes.default({}),
    meta: z
      .object({
        patch_properties: z
          .object({
            append: z.record(z.string(), json).optional(),
            unappend: z.record(z.string(), json).optional(),
            unset: z.union([z.string(), z.array(z.string())]).optional(),
          })
          .optional(),
      })
      .optional(),
  }),
})

function updateProfile({ account, query, id, body }: Call): Answer {
  const { data } = parse(profilePatch, body)
  const profile = existingProfile(account, id)
  if (data.id !== id) {
    throw refusals.invalid('The id in the body must match the id in the path.', {
      pointer: '/data/id',
    })
  }
  const draft = toDraft(data.attributes)
  const held = profile.attributes.properties
  const { append = {}, unappend = {}, unset = [] } = data.meta?.patch_properties ?? {}
  const properties: Record<string, Json> = { ...draft.properties }
  for (const [name, value] of Object.entries(append)) {
    properties[name] = [...many(held[name]), ...many(value)]
  }
  for (const [name, value] of Object.entries(unappend)) {
    const gone = many(value)
    properties[name] = many(held[name]).filter((each) => !gone.includes(each))
  }
  for (const name of [unset].flat()) properties[name] = null
  account.updateProfile(profile, { ...draft, properties })
  return ok({ data: renderProfile(profile, query) })
}

const profileMerge = z.object({
  data: z.object({
    type: z.literal('profile-merge'),
    id: z.string(),
    relationships: z.object({
      profiles: z.object({
        data: z
          .array(z.object({ type: z.literal('profile'), id: z.string() }))
          .length(1, 'Exactly one source profile is required.'),
      }),
    }),
  }),
})

function mergeProfiles({ account, query, body }: Call): Answer {
  const { id, relationships } = parse(profileMerge, body).data
  const destination = existingProfile(account, id)
  const source = existingProfile(account, relationships.profiles.data[0]?.id ?? '')
  if (source.id === destination.id) {
    throw refusals.invalid('A profile cannot be merged into itself.', { pointer: '/data/id' })
  }
  // Klaviyo only queues it.
  setTimeout(() => {
    const [from, into] = [account.profile(source.id), account.profile(destination.id)]
    if (from && into) account.merge(from, into)
  }, mergeMs).unref()
  const self = `${query.origin}/api/profiles/${id}/`
  return { status: 201, document: { data: { type: 'profile', id, links: { self } } } }
}

/** How long a merge takes here. */
const mergeMs = 150

const importCreate = z.object({
  data: z.object({
    type: z.literal('profile-bulk-import-job'),
    attributes: z.object({
      profiles: z.object({
        data: z
          .array(z.object({ type: z.literal('profile') }).loose())
          .min(1, 'At least one profile is required.')
          .max(mostImported, `The maximum number of profiles is ${mostImported}.`),
      }),
    }),
  }),
})

const importedProfile = z.object({
  id: z.string().nullish(),
  attributes: profileAttributes.default({}),
})

function startImport({ account, query, body }: Call): Answer {
  const { data } = parse(importCreate, body).data.attributes.profiles
  const job = account.imports.start(data, (payload) => {
    const { id, attributes } = parse(importedProfile, payload)
    const draft = toDraft(attributes)
    const known = id
      ? existingProfile(account, id)
      : draft.email
        ? account.profileBy('email', draft.email)
        : undefined
    if (known) account.updateProfile(known, draft)
    else account.createProfile(draft)
  })
  return { status: 202, document: { data: render(job, query) } }
}

function importJob(account: Account, id: string) {
  const job = account.imports.get(id)
  if (!job) throw refusals.notFound('profile-bulk-import-job', id)
  return job
}

const many = (value: Json | undefined): Json[] =>
  value === undefined || value === null ? [] : Array.isArray(value) ? value : [value]

const eventCreate = z.object({
  data: z.object({
    type: z.literal('event'),
    attributes: z.object({
      properties: z.record(z.string(), json),
      time: z.iso.datetime({ offset: true }).nullish(),
      value: z.number().nullish(),
      value_currency: words,
      unique_id: words,
      metric: z.object({
        data: z.object({
          type: z.literal('metric'),
          attributes: z.object({ name: z.string().min(1).max(128) }),
        }),
      }),
      profile: z.object({
        data: z.object({
          type: z.literal('profile'),
          id: words,
          attributes: profileAttributes.default({}),
        }),
      }),
    }),
  }),
})

function createEvent({ account, body }: Call): Answer {
  const { attributes } = parse(eventCreate, body).data
  const { id, attributes: person } = attributes.profile.data
  const draft = toDraft(person)
  const { email, phone_number, external_id } = draft
  let profile = id ? existingProfile(account, id) : undefined
  if (email) profile ??= account.profileBy('email', email)
  if (phone_number) profile ??= account.profileBy('phone_number', phone_number)
  if (external_id) profile ??= account.profileBy('external_id', external_id)
  // Whoever is found by an address keeps it as it was first written.
  if (profile?.attributes.email?.toLowerCase() === email?.toLowerCase()) delete draft.email
  if (profile) account.updateProfile(profile, draft)
  else if (email || phone_number || external_id) profile = account.createProfile(draft)
  else {
    throw refusals.invalid(
      'One or more profile identifiers (e.g. id, email, phone_number) are required.',
      { pointer: '/data/attributes/profile/data/attributes' },
    )
  }
  account.recordEvent({
    metric: attributes.metric.data.attributes.name,
    profile,
    properties: attributes.properties,
    at: attributes.time ? new Date(attributes.time) : undefined,
    uniqueId: attributes.unique_id ?? undefined,
    value: attributes.value ?? undefined,
    currency: attributes.value_currency ?? undefined,
  })
  return { status: 202 }
}

/** Only what was named: what is left out stays, `null` clears. */
function toDraft({
  location,
  properties,
  ...fields
}: z.infer<typeof profileAttributes>): ProfileDraft {
  return {
    ...fields,
    ...(location ? { location } : {}),
    ...(properties ? { properties } : {}),
  }
}

function parse<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const pointer = ['', ...(issue?.path ?? [])].map(String).join('/') || '/data'
  throw refusals.invalid(issue?.message ?? 'Invalid input.', { pointer })
}

function readAttribute({ id, attributes }: Resource, field: string): unknown {
  if (field === 'id') return id
  let value: unknown = attributes
  for (const name of field.split('.')) {
    if (value === null || typeof value !== 'object') return undefined
    value = Object.getOwnPropertyDescriptor(value, name)?.value
  }
  return value
}

function accountResource({ seed }: Account): Resource {
  return {
    type: 'account',
    id: seed.id,
    attributes: {
      test_account: false,
      contact_information: {
        default_sender_name: seed.organization,
        default_sender_email: seed.senderEmail,
        website_url: seed.website,
        organization_name: seed.organization,
        street_address: {
          address1: '12 Harbour Street',
          address2: null,
          city: 'Boston',
          region: 'MA',
          country: 'United States',
          zip: '02111',
        },
      },
      industry: 'Ecommerce, Apparel & Accessories',
      timezone: seed.timezone,
      preferred_currency: seed.currency,
      public_api_key: seed.id,
      locale: 'en-US',
    },
  }
}
