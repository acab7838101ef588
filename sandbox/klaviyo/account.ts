import { randomUUID } from 'node:crypto'
import { Population } from '../population.ts'
import { ProfileCrowd, type CrowdDraft } from './crowd.ts'
import type { Resource } from './document.ts'
import { Group, type GroupSeed } from './groups.ts'
import { isProfileId, namedId, namedUlid, newEventId, newProfileId } from './ids.ts'
import { Imports } from './imports.ts'
import { Limits } from './limits.ts'
import { predictions } from './predictions.ts'
import {
  blankProfile,
  isoSeconds,
  unscored,
  type Json,
  type Profile,
  type ProfileDraft,
  type ProfileFields,
} from './profile.ts'
import { refusals } from './refusal.ts'

export interface AccountSeed {
  /** How the page and the control door name the account, such as `demo-one`. */
  handle: string
  /** Klaviyo's account id, which is the public API key too. */
  id: string
  organization: string
  senderEmail: string
  website: string
  timezone: string
  currency: string
  /** Private keys and the scopes each was made with. */
  keys: Record<string, readonly string[]>
  profiles: readonly ProfileDraft[]
  metrics: readonly MetricSeed[]
  flows: readonly FlowSeed[]
  campaigns: readonly CampaignSeed[]
  lists: readonly GroupSeed[]
  segments: readonly GroupSeed[]
}

export interface MetricSeed {
  name: string
  integration: keyof typeof integrations
}

export interface FlowSeed {
  name: string
  status: 'draft' | 'manual' | 'live'
  trigger: 'Added to List' | 'Date Based' | 'Metric' | 'Unconfigured'
}

export interface CampaignSeed {
  name: string
  channel: 'email' | 'sms' | 'mobile_push'
  status: 'Draft' | 'Scheduled' | 'Sent'
}

export interface Metric extends Resource {
  attributes: {
    name: string
    created: string
    updated: string
    integration: (typeof integrations)[keyof typeof integrations]
  }
}

export interface Flow extends Resource {
  attributes: {
    name: string
    status: string
    archived: boolean
    created: string
    updated: string
    trigger_type: string
  }
}

export interface Campaign extends Resource {
  attributes: { name: string; status: string; archived: boolean; [attribute: string]: unknown }
  channel: CampaignSeed['channel']
}

export interface Event extends Resource {
  /** Whole seconds since 1970: Klaviyo keeps no finer time. */
  timestamp: number
  metric: Metric
  profile: Profile
  attributes: {
    timestamp: number
    event_properties: Record<string, Json>
    datetime: string
    uuid: string
  }
}

export interface EventDraft {
  metric: string
  profile: Profile
  properties: Record<string, Json>
  at?: Date
  /** The second stands in for it when it is left out, as Klaviyo does. */
  uniqueId?: string
  value?: number
  currency?: string
}

/** One write that changed something. What a retry repeated without effect is not in it. */
export interface JournalEntry {
  at: string
  account: string
  kind: 'profile' | 'event'
  id: string
  change: Record<string, unknown>
}

/** Where a metric's events come from. */
export const integrations = {
  klaviyo: {
    object: 'integration',
    id: '0rG4eQ',
    key: 'klaviyo',
    name: 'Klaviyo',
    category: 'Internal',
    image_url: 'https://www.klaviyo.com/media/images/integrations/klaviyo.png',
  },
  shopify: {
    object: 'integration',
    id: '0eMvjm',
    key: 'shopify',
    name: 'Shopify',
    category: 'eCommerce',
    image_url: 'https://www.klaviyo.com/media/images/integrations/shopify.png',
  },
  api: {
    object: 'integration',
    id: '7FtS4J',
    key: 'api',
    name: 'API',
    category: 'API',
    image_url: 'https://www.klaviyo.com/media/images/integrations/api.png',
  },
} as const

/** What a profile may weigh, counted as JSON. */
const maxProfileBytes = 100_000

/** One Klaviyo account of the sandbox with everything that belongs to it. */
export class Account {
  readonly seed: AccountSeed
  readonly limits = new Limits()
  readonly imports = new Imports()
  readonly journal: JournalEntry[] = []
  readonly metrics: Metric[]
  readonly flows: Flow[]
  readonly campaigns: Campaign[]
  readonly lists: Group[]
  readonly segments: Group[]
  /** In order of time. */
  readonly events: Event[] = []

  readonly #profiles = new Population<Profile>()
  readonly #prefixes = new Set<string>()
  readonly #byAddress = new Map<string, Profile>()
  #rescored = 0
  readonly #eventsById = new Map<string, Event>()
  readonly #eventKeys = new Map<string, Event>()
  readonly #metricsByName = new Map<string, Metric>()

  constructor(seed: AccountSeed) {
    this.seed = seed
    const since = isoSeconds(Date.UTC(2025, 2, 3, 9, 30))
    const dated = { created: since, updated: since }
    const { handle } = seed
    this.metrics = seed.metrics.map(({ name, integration }) =>
      this.#newMetric(name, integration, since),
    )
    this.flows = seed.flows.map(({ name, status, trigger }) => ({
      type: 'flow',
      id: namedId(handle, 'flow', name),
      attributes: { name, status, archived: false, ...dated, trigger_type: trigger },
      relationships: { 'flow-actions': null, tags: null },
    }))
    this.campaigns = seed.campaigns.map(({ name, channel, status }) => ({
      type: 'campaign',
      id: namedUlid(handle, 'campaign', name),
      channel,
      attributes: {
        name,
        status,
        archived: false,
        audiences: { included: [namedId(handle, 'list', seed.lists[0]?.name ?? '')], excluded: [] },
        send_options: { use_smart_sending: true },
        tracking_options: null,
        send_strategy: { method: 'static', datetime: since, options: null },
        created_at: since,
        scheduled_at: status === 'Draft' ? null : since,
        updated_at: since,
        send_time: status === 'Sent' ? since : null,
      },
      relationships: { 'campaign-messages': null, tags: null },
    }))
    this.lists = seed.lists.map(
      (each) =>
        new Group('list', namedId(handle, 'list', each.name), each, {
          ...dated,
          opt_in_process: 'double_opt_in',
        }),
    )
    this.segments = seed.segments.map(
      (each) =>
        new Group('segment', namedId(handle, 'segment', each.name), each, {
          definition: null,
          ...dated,
          is_active: true,
          is_processing: false,
          is_starred: false,
        }),
    )
    for (const draft of seed.profiles) this.createProfile(draft)
  }

  /** In order of id, which is the order of creation. */
  get profiles(): Pick<Population<Profile>, 'length' | 'at' | typeof Symbol.iterator> {
    return this.#profiles
  }

  profile(id: string): Profile | undefined {
    return this.#profiles.get(id)
  }

  profileBy(field: 'email' | 'phone_number' | 'external_id', address: string): Profile | undefined {
    const known = this.#byAddress.get(addressKey(field, address))
    return known ?? (field === 'email' ? this.#profiles.inCrowd(address) : undefined)
  }

  /** Finds a profile by whatever names it: id, e-mail address or phone number. */
  profileNamed(name: string): Profile | undefined {
    return (
      this.profile(name) ?? this.profileBy('email', name) ?? this.profileBy('phone_number', name)
    )
  }

  event(id: string): Event | undefined {
    return this.#eventsById.get(id)
  }

  /** @throws {Refusal} 409 when another profile has one of its addresses. */
  createProfile(draft: ProfileDraft): Profile {
    this.#refuseTaken(draft)
    const profile = blankProfile(newProfileId(), isoSeconds(Date.now()))
    this.#apply(profile, draft)
    this.#profiles.add(profile)
    return profile
  }

  /**
   * Creates many at once, at next to no cost: each is made up when it is asked for.
   *
   * @returns them, in order.
   */
  createCrowd(draft: CrowdDraft): ProfileCrowd {
    const { prefix } = draft
    const crowd = new ProfileCrowd(draft)
    const isTaken = [...this.#byAddress.values()].some(
      ({ attributes: { email } }) => email && crowd.indexOfEmail(email) !== undefined,
    )
    if (isTaken || this.#prefixes.has(prefix)) {
      throw new Error(`There are profiles with addresses like ${prefix}0@example.com`)
    }
    this.#prefixes.add(prefix)
    this.#profiles.addCrowd(crowd)
    return crowd
  }

  /**
   * Gives a share of all profiles other predictions, or none, spread evenly over the account. Doing
   * it again begins with the next.
   *
   * @returns how many.
   */
  rescore(share: number, to: 'other' | 'none'): number {
    const all = this.#profiles.length
    const count = Math.round(all * share)
    this.#rescored++
    for (let each = 0; each < count; each++) {
      const position = (Math.floor((each * all) / count) + this.#rescored) % all
      const origin = this.#profiles.origin(position)
      if (origin?.crowd instanceof ProfileCrowd) {
        origin.crowd.rescore(origin.index, to)
        continue
      }
      const profile = this.#profiles.at(position)
      const scores = to === 'none' ? unscored : predictions(position + this.#rescored * 7_919)
      if (profile) Object.assign(profile.predictive, scores)
    }
    return count
  }

  /**
   * Changes what the draft names and nothing else; a `null` clears.
   *
   * @throws {Refusal} 409 when another profile has one of its addresses, 400 when it grows too big.
   */
  updateProfile(profile: Profile, draft: ProfileDraft): void {
    this.#refuseTaken(draft, profile)
    const before = JSON.stringify([profile.attributes, profile.predictive])
    if (before.length + JSON.stringify(draft).length > maxProfileBytes) {
      throw refusals.invalid('The profile exceeds the maximum size of 100KB.', {
        pointer: '/data/attributes',
      })
    }
    this.#keep(profile)
    this.#unindex(profile)
    this.#apply(profile, draft)
    if (JSON.stringify([profile.attributes, profile.predictive]) === before) return
    profile.attributes.updated = isoSeconds(Date.now())
    this.#note('profile', profile.id, { ...draft })
  }

  deleteProfile(profile: Profile): void {
    this.#unindex(profile)
    this.#profiles.remove(profile)
  }

  /** Folds one profile into another, which keeps what it has: the source's id is gone after that. */
  merge(source: Profile, destination: Profile): void {
    const { attributes: given, predictive } = source
    const { attributes: own } = destination
    const fields = {
      ...addressesOf(given),
      first_name: given.first_name,
      last_name: given.last_name,
    }
    const missing = Object.entries(fields).filter(([field]) => !Reflect.get(own, field))
    const isUnscored = Object.values(destination.predictive).every((value) => value === null)
    this.deleteProfile(source)
    this.updateProfile(destination, {
      ...Object.fromEntries(missing),
      properties: { ...given.properties, ...own.properties },
      ...(isUnscored ? { predictive_analytics: predictive } : {}),
    })
    for (const event of this.events) {
      if (event.profile.id !== source.id) continue
      event.profile = destination
      event.relationships = {
        ...event.relationships,
        profile: { type: 'profile', id: destination.id },
      }
    }
  }

  /** The metric of this name, made when nobody sent it before, as Klaviyo does. */
  metricNamed(name: string): Metric {
    const known = this.#metricsByName.get(name)
    if (known) return known
    const metric = this.#newMetric(name, 'api', isoSeconds(Date.now()))
    this.metrics.push(metric)
    return metric
  }

  /**
   * Records an event. One whose `unique_id` this profile already has for this metric changes
   * nothing: Klaviyo keeps the first.
   *
   * @returns the event that now stands, be it new or the earlier one.
   */
  recordEvent(draft: EventDraft): Event {
    const { properties } = draft
    const profile = this.#keep(draft.profile)
    const metric = this.metricNamed(draft.metric)
    const timestamp = Math.floor((draft.at?.getTime() ?? Date.now()) / 1_000)
    const uniqueId = draft.uniqueId ?? String(timestamp)
    const key = `${metric.id} ${profile.id} ${uniqueId}`
    const earlier = this.#eventKeys.get(key)
    if (earlier) return earlier

    const datetime = isoSeconds(timestamp * 1_000)
    const event_properties: Record<string, Json> = { ...properties }
    if (draft.value !== undefined) event_properties['$value'] = draft.value
    if (draft.currency !== undefined) event_properties['$currency_code'] = draft.currency
    event_properties['$event_id'] = uniqueId
    const event: Event = {
      type: 'event',
      id: newEventId(),
      timestamp,
      metric,
      profile,
      attributes: {
        timestamp,
        event_properties,
        datetime,
        uuid: randomUUID(),
      },
      relationships: {
        profile: { type: 'profile', id: profile.id },
        metric: { type: 'metric', id: metric.id },
        attributions: null,
      },
    }
    this.#insert(event)
    this.#eventsById.set(event.id, event)
    this.#eventKeys.set(key, event)
    const last = profile.attributes.last_event_date
    if (last === null || last < datetime) profile.attributes.last_event_date = datetime
    this.#note('event', event.id, {
      metric: metric.attributes.name,
      profile: profile.id,
      uniqueId,
      properties,
    })
    return event
  }

  #insert(event: Event): void {
    let at = this.events.length
    for (; at > 0; at--) {
      const before = this.events[at - 1]
      if (!before || before.timestamp < event.timestamp) break
      if (before.timestamp === event.timestamp && before.id < event.id) break
    }
    this.events.splice(at, 0, event)
  }

  #newMetric(name: string, integration: keyof typeof integrations, since: string): Metric {
    const metric: Metric = {
      type: 'metric',
      id: namedId(this.seed.handle, 'metric', name),
      attributes: {
        name,
        created: since,
        updated: since,
        integration: integrations[integration],
      },
      relationships: { 'flow-triggers': null },
    }
    this.#metricsByName.set(name, metric)
    return metric
  }

  #apply(profile: Profile, draft: ProfileDraft): void {
    const {
      location,
      properties,
      predictive_analytics: predictive,
      subscribedAt,
      ...fields
    } = draft
    const { attributes } = profile
    Object.assign(attributes, fields)
    Object.assign(attributes.location, location)
    Object.assign(profile.predictive, predictive)
    if (subscribedAt !== undefined) profile.subscribedAt = subscribedAt
    const held = Object.entries({ ...attributes.properties, ...properties })
    attributes.properties = Object.fromEntries(held.filter(([, value]) => value !== null))
    for (const key of addressKeys(attributes)) this.#byAddress.set(key, profile)
  }

  /** Writes down who was only made up so far. */
  #keep(profile: Profile): Profile {
    const kept = this.#profiles.settle(profile)
    for (const key of addressKeys(kept.attributes)) this.#byAddress.set(key, kept)
    return kept
  }

  #unindex({ attributes }: Profile): void {
    for (const key of addressKeys(attributes)) this.#byAddress.delete(key)
  }

  #refuseTaken(draft: ProfileDraft, self?: Profile): void {
    for (const key of addressKeys(draft)) {
      const other = this.#byAddress.get(key)
      if (other && other !== self) throw refusals.duplicateProfile(other.id)
    }
    const inCrowd = draft.email ? this.#profiles.inCrowd(draft.email) : undefined
    if (inCrowd && inCrowd.id !== self?.id) throw refusals.duplicateProfile(inCrowd.id)
  }

  #note(kind: JournalEntry['kind'], id: string, change: Record<string, unknown>): void {
    this.journal.push({
      at: new Date().toISOString(),
      account: this.seed.handle,
      kind,
      id,
      change,
    })
  }
}

/** @throws {Refusal} 400 for what can't be the id of a profile, 404 for one that nobody has. */
export function existingProfile(account: Account, id: string): Profile {
  if (!isProfileId(id)) {
    throw refusals.invalid(`'${id}' is not a valid profile id.`, { pointer: '/data/id' })
  }
  const profile = account.profile(id)
  if (!profile) throw refusals.notFound('profile', id)
  return profile
}

const addressesOf = ({ email, phone_number, external_id }: ProfileFields) => ({
  email,
  phone_number,
  external_id,
})

function addressKeys({ email, phone_number, external_id }: Partial<ProfileFields>): string[] {
  const keys: string[] = []
  if (email) keys.push(addressKey('email', email))
  if (phone_number) keys.push(addressKey('phone_number', phone_number))
  if (external_id) keys.push(addressKey('external_id', external_id))
  return keys
}

function addressKey(field: string, address: string): string {
  return `${field} ${field === 'email' ? address.toLowerCase() : address}`
}
