import type { Session } from 'klaviyo-api'
import { z } from 'zod'
import { systemClock } from '../patience.ts'
import type { Clock } from '../patience.ts'
import { ProblemError, problemOf } from '../problem.ts'
import { countEvents, readEvents } from './events.server.ts'
import { neededScopes } from './klaviyo.ts'
import type {
  Json,
  Klaviyo,
  KlaviyoApi,
  KlaviyoCampaign,
  KlaviyoProfile,
  NeededScope,
  NewEvent,
  ProfileOptions,
  PropertyWrite,
} from './klaviyo.ts'
import { importSlow, strangeAnswer } from './problems.ts'
import { listOf, parse, predictedShape, profileShape, text } from './shapes.ts'
import { Allowance, sessionFor } from './transport.server.ts'
import type { BucketName } from './transport.server.ts'

export interface KlaviyoOptions {
  /** Origin, `https://a.klaviyo.com`. */
  baseUrl: string
  clock?: Clock
  /** For one try, connecting included. */
  answerTimeoutMs?: number
  /** How many times faster than ours its time goes: a sandbox's may. */
  timeScale?: number
}

const usualAnswerTimeoutMs = 15_000

/** The way to Klaviyo. One a process: pacing is known to it alone. */
export function createKlaviyo({
  baseUrl,
  clock = systemClock,
  answerTimeoutMs = usualAnswerTimeoutMs,
  timeScale = 1,
}: KlaviyoOptions): Klaviyo {
  const allowances = new Map<string, Allowance>()
  return {
    forAccount(key, accountId) {
      const allowance = (accountId && allowances.get(accountId)) || new Allowance(clock, timeScale)
      if (accountId) allowances.set(accountId, allowance)
      const sessionWith: SessionWith = (scope, bucket = scope) =>
        sessionFor({ key, allowance, scope, bucket, answerTimeoutMs })
      return apiWith(baseUrl, sessionWith, allowance)
    },
  }
}

type SessionWith = (scope: NeededScope, bucket?: BucketName) => Session

/** Some 2,000 modules and 60 MB: not before the first call. */
const client = () => import('klaviyo-api')

function apiWith(baseUrl: string, session: SessionWith, allowance: Allowance): KlaviyoApi {
  const { clock } = allowance

  async function profilesApi() {
    const { ProfilesApi } = await client()
    return at(baseUrl, new ProfilesApi(session('profiles:read')))
  }
  async function predictionsApi() {
    const { ProfilesApi } = await client()
    return at(baseUrl, new ProfilesApi(session('profiles:read', 'predictions')))
  }
  async function segmentsApi() {
    const { SegmentsApi } = await client()
    return at(baseUrl, new SegmentsApi(session('segments:read')))
  }
  async function profilesWriter() {
    const { ProfilesApi } = await client()
    return at(baseUrl, new ProfilesApi(session('profiles:write')))
  }
  async function importWriter() {
    const { ProfilesApi } = await client()
    return at(baseUrl, new ProfilesApi(session('lists:write')))
  }
  async function importReader() {
    const { ProfilesApi } = await client()
    return at(baseUrl, new ProfilesApi(session('lists:read')))
  }
  async function eventsWriter() {
    const { EventsApi } = await client()
    return at(baseUrl, new EventsApi(session('events:write')))
  }
  async function eventsReader() {
    const { EventsApi } = await client()
    return at(baseUrl, new EventsApi(session('events:read')))
  }
  async function metricsApi() {
    const { MetricsApi } = await client()
    return at(baseUrl, new MetricsApi(session('metrics:read')))
  }
  async function flowsApi() {
    const { FlowsApi } = await client()
    return at(baseUrl, new FlowsApi(session('flows:read')))
  }
  async function campaignsApi() {
    const { CampaignsApi } = await client()
    return at(baseUrl, new CampaignsApi(session('campaigns:read')))
  }
  async function accountsApi() {
    const { AccountsApi } = await client()
    return at(baseUrl, new AccountsApi(session('accounts:read')))
  }

  const readAccounts = async () =>
    (await accountsApi()).getAccounts({
      fieldsAccount: ['contact_information.organization_name'],
    })

  async function setProperties(id: string, properties: Record<string, Json>): Promise<void> {
    const api = await profilesWriter()
    await api.updateProfile(id, { data: { type: 'profile', id, attributes: { properties } } })
  }

  async function startImport(writes: PropertyWrite[]): Promise<string> {
    const data = writes.map(({ profileId: id, properties }) => ({
      type: 'profile' as const,
      id,
      attributes: { properties },
    }))
    const api = await importWriter()
    const { body } = await api.bulkImportProfiles({
      data: { type: 'profile-bulk-import-job', attributes: { profiles: { data } } },
    })
    return parse(jobBody, body).data.id
  }

  /** Resolves with how many profiles the import could not take. */
  async function importOver(id: string): Promise<number> {
    const api = await importReader()
    const until = clock.now() + longestImportMs
    for (let pauseMs = 200; clock.now() < until; pauseMs = Math.min(pauseMs * 1.5, 5_000)) {
      await clock.sleep(pauseMs)
      const { status, failedCount } = parse(jobBody, (await api.getBulkImportProfilesJob(id)).body)
        .data.attributes
      if (status === 'complete') return failedCount
      if (status === 'cancelled') break
    }
    throw new ProblemError(importSlow)
  }

  /** Ids of the profiles that the import could not take, as far as it names them. */
  async function refusedBy(id: string): Promise<string[]> {
    const api = await importReader()
    const errors = await allPages(listOf(importError), (pageCursor) =>
      api.getErrorsForBulkImportProfilesJob(id, { pageCursor, pageSize: 100 }),
    )
    return errors.flatMap(({ attributes }) => attributes.originalPayload?.id ?? [])
  }

  async function importProperties(writes: PropertyWrite[]): Promise<Set<string>> {
    const taken = new Set<string>()
    for (const page of importsOf(writes)) {
      const id = await startImport(page)
      const failed = await importOver(id)
      const refused = failed > 0 ? await refusedBy(id) : []
      // What it does not name could be any of them.
      if (refused.length < failed) continue
      for (const { profileId } of page) if (!refused.includes(profileId)) taken.add(profileId)
    }
    return taken
  }

  async function recordEvent({ profileId, metric, uniqueId, at: time, properties }: NewEvent) {
    const api = await eventsWriter()
    await api.createEvent({
      data: {
        type: 'event',
        attributes: {
          uniqueId,
          time,
          properties,
          metric: { data: { type: 'metric', attributes: { name: metric } } },
          profile: { data: { type: 'profile', id: profileId, attributes: {} } },
        },
      },
    })
  }

  /** The cheapest use of each scope; a write is one that Klaviyo has to refuse for its content. */
  const probes: Record<NeededScope, () => Promise<unknown>> = {
    'lists:read': async () => (await importReader()).getBulkImportProfilesJobs({ pageSize: 1 }),
    'lists:write': () => startImport([]),
    'accounts:read': readAccounts,
    'profiles:read': async () =>
      (await profilesApi()).getProfiles({ pageSize: 1, fieldsProfile: ['created'] }),
    'segments:read': async () =>
      (await segmentsApi()).getSegments({ pageSize: 1, fieldsSegment: ['name'] }),
    'metrics:read': async () => (await metricsApi()).getMetrics({ fieldsMetric: ['name'] }),
    'flows:read': async () => (await flowsApi()).getFlows({ pageSize: 1, fieldsFlow: ['name'] }),
    'campaigns:read': async () =>
      (await campaignsApi()).getCampaigns(inChannel('email'), {
        pageSize: 1,
        fieldsCampaign: ['name'],
      }),
    'events:read': async () =>
      (await eventsReader()).getEvents({ pageSize: 1, fieldsEvent: ['datetime'] }),
    'profiles:write': () => setProperties(nobody, {}),
    'events:write': () =>
      recordEvent({
        profileId: nobody,
        metric: '',
        uniqueId: nobody,
        at: new Date(),
        properties: {},
      }),
  }

  async function findProfiles(
    field: ProfileField,
    values: string[],
    { predictive = false }: ProfileOptions = {},
  ): Promise<KlaviyoProfile[]> {
    const api = await (predictive ? predictionsApi() : profilesApi())
    const read = async (page: string[]): Promise<KlaviyoProfile[]> => {
      try {
        const { body } = await api.getProfiles({
          filter: `any(${field},${JSON.stringify(page)})`,
          fieldsProfile: ['email', 'phone_number', 'first_name', 'last_name', 'properties'],
          pageSize: profilesPerPage,
          ...(predictive ? { additionalFieldsProfile: ['predictive_analytics'] } : {}),
        })
        return parse(profilesBody, body).data
      } catch (error) {
        if (problemOf(error).code !== 'klaviyo-refused') throw error
        // One value that Klaviyo can't take spoils the whole page: halve until it stands alone.
        if (page.length === 1) {
          // A flawless id can't be what Klaviyo minds.
          if (field === 'id' && page.every(isUlid)) throw error
          return []
        }
        const middle = Math.ceil(page.length / 2)
        return (await Promise.all([read(page.slice(0, middle)), read(page.slice(middle))])).flat()
      }
    }
    return (await Promise.all(pagesOf(values).map(read))).flat()
  }

  return {
    async account() {
      const { body } = await readAccounts()
      const { data } = parse(accountsBody, body)
      const [account] = data
      if (!account) throw new ProblemError(strangeAnswer)
      const { organizationName } = account.attributes.contactInformation
      return { id: account.id, name: organizationName }
    },

    scopes: () =>
      Promise.all(
        neededScopes.map(async ({ scope, purpose }) => ({
          scope,
          state: await stateOf(probes[scope]),
          purpose,
        })),
      ),

    async profiles(ids, options) {
      const found = await findProfiles('id', ids.filter(isPlausibleId), options)
      return new Map(found.map((profile) => [profile.id, profile]))
    },

    async profilesByEmail(emails, options) {
      const found = await findProfiles(
        'email',
        emails.map((email) => email.toLowerCase()),
        options,
      )
      return new Map(
        found.flatMap((profile) => (profile.email ? [[profile.email.toLowerCase(), profile]] : [])),
      )
    },

    async profilesByPhone(phones, options) {
      const found = await findProfiles('phone_number', phones, options)
      return new Map(found.flatMap((profile) => (profile.phone ? [[profile.phone, profile]] : [])))
    },

    async profilePage(after, segmentId) {
      const asked = { ...predicted(), ...(after === null ? {} : { pageCursor: after }) }
      const { body } =
        segmentId === null
          ? await (await predictionsApi()).getProfiles({ ...asked, sort: 'created' })
          : await (await segmentsApi()).getProfilesForSegment(segmentId, asked)
      const { data, next } = parse(predictedBody, body)
      return { profiles: data, next: next ?? null }
    },

    async predictedProfiles(by, value) {
      const filter = `equals(${by},${JSON.stringify(value)})`
      const { body } = await (await predictionsApi()).getProfiles({ ...predicted(), filter })
      return parse(predictedBody, body).data
    },

    async segments() {
      const api = await segmentsApi()
      return allPages(segmentsBody, (pageCursor) =>
        api.getSegments({ pageCursor, fieldsSegment: ['name'] }),
      )
    },

    async metrics() {
      const api = await metricsApi()
      return allPages(metricsBody, (pageCursor) =>
        api.getMetrics({ pageCursor, fieldsMetric: ['name', 'integration'] }),
      )
    },

    async flows() {
      const api = await flowsApi()
      return allPages(flowsBody, (pageCursor) =>
        api.getFlows({ pageCursor, fieldsFlow: ['name', 'status', 'archived'] }),
      )
    },

    async campaigns() {
      const api = await campaignsApi()
      const lists = await Promise.all(
        channels.map((channel) =>
          allPages(campaignsBody(channel), (pageCursor) =>
            api.getCampaigns(inChannel(channel), {
              pageCursor,
              fieldsCampaign: ['name', 'status'],
            }),
          ),
        ),
      )
      return lists.flat()
    },

    events: async (range, page) => readEvents(await eventsReader(), range, page),
    countEvents: async (range, most) => countEvents(await eventsReader(), range, most),

    setProperties,
    importProperties,
    recordEvent,

    budget: () => allowance.budget,
    pageWaitMs: (segmentId) =>
      allowance.pace(segmentId === null ? 'predictions' : 'segments:read').waitMs(),
  }
}

function at<Api extends { basePath: string }>(baseUrl: string, api: Api): Api {
  api.basePath = baseUrl
  return api
}

async function stateOf(probe: () => Promise<unknown>): Promise<'granted' | 'missing' | 'unknown'> {
  try {
    await probe()
    return 'granted'
  } catch (error) {
    const { code, retry } = problemOf(error)
    if (code === 'klaviyo-scope-missing') return 'missing'
    // Klaviyo looked at the content: it had let the key in.
    if (code === 'klaviyo-refused') return 'granted'
    // The key's own trouble is not about one scope.
    if (retry === 'mended') throw error
    return 'unknown'
  }
}

/** A well-formed id that nobody has. */
const nobody = '00000000000000000000000000'

type ProfileField = 'id' | 'email' | 'phone_number'

const profilesPerPage = 100

/** What a list of profiles is asked for when predictions are wanted. */
const predicted = () => ({
  additionalFieldsProfile: ['predictive_analytics' as const],
  fieldsProfile: [
    'email' as const,
    'phone_number' as const,
    'first_name' as const,
    'last_name' as const,
    'properties' as const,
    'predictive_analytics' as const,
  ],
  pageSize: profilesPerPage,
})

/** A filter travels in the URL, and 8 KB is what servers on the way are sure to take. */
const longestFilter = 6_000

/** Ids are letters and digits (ULIDs today); what isn't needs no request. */
const isPlausibleId = (id: string) => /^[A-Za-z0-9]{1,64}$/.test(id)
const isUlid = (id: string) => /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/.test(id)

/** Distinct values by pages, odd ones last, so that these spoil few pages if any. */
function pagesOf(values: string[]): string[][] {
  const distinct = [...new Set(values)].sort((a, b) => Number(isUlid(b)) - Number(isUlid(a)))
  const pages: string[][] = []
  let page: string[] = []
  let length = 0
  for (const value of distinct) {
    const added = encodeURIComponent(JSON.stringify(value)).length + 3
    if (page.length === profilesPerPage || (page.length > 0 && length + added > longestFilter)) {
      pages.push(page)
      page = []
      length = 0
    }
    page.push(value)
    length += added
  }
  if (page.length > 0) pages.push(page)
  return pages
}

/** https://developers.klaviyo.com/en/reference/bulk_import_profiles, with room for the frame. */
const profilesPerImport = 10_000
const mostImportBytes = 4_900_000

function importsOf(writes: PropertyWrite[]): PropertyWrite[][] {
  const pages: PropertyWrite[][] = []
  let bytes = Infinity
  for (const write of writes) {
    const size = Buffer.byteLength(JSON.stringify(write)) + 60
    const page = pages.at(-1)
    if (page && page.length < profilesPerImport && bytes + size <= mostImportBytes) {
      page.push(write)
      bytes += size
    } else {
      pages.push([write])
      bytes = size
    }
  }
  return pages
}

/** The events of a batch wait for it; what takes longer is tried again later, to the same end. */
const longestImportMs = 60_000

const jobBody = z.object({
  data: z.object({
    id: z.string(),
    attributes: z.object({
      status: z.string(),
      failedCount: z
        .number()
        .nullish()
        .transform((n) => n ?? 0),
    }),
  }),
})

const importError = z.object({
  attributes: z.object({ originalPayload: z.object({ id: z.string().nullish() }).nullish() }),
})

const channels = ['email', 'sms', 'mobile_push'] as const
const inChannel = (channel: KlaviyoCampaign['channel']) => `equals(messages.channel,'${channel}')`

async function allPages<Item>(
  schema: z.ZodType<{ data: Item[]; next: string | undefined }>,
  read: (pageCursor: string | undefined) => Promise<{ body: unknown }>,
): Promise<Item[]> {
  const items: Item[] = []
  let cursor: string | undefined
  do {
    const { body } = await read(cursor)
    const { data, next } = parse(schema, body)
    items.push(...data)
    cursor = next
  } while (cursor)
  return items
}

// The client turns answers into its own camelCase classes without checking them: we do.

const accountsBody = z.object({
  data: z.array(
    z.object({
      id: z.string(),
      attributes: z.object({ contactInformation: z.object({ organizationName: z.string() }) }),
    }),
  ),
})

const profilesBody = z.object({ data: z.array(profileShape) })

const metricsBody = listOf(
  z
    .object({
      id: z.string(),
      attributes: z.object({
        name: text,
        integration: z.object({ name: text }).nullish(),
      }),
    })
    .transform(({ id, attributes: { name, integration } }) => ({
      id,
      name: name ?? id,
      integration: integration?.name ?? null,
    })),
)

const predictedBody = listOf(predictedShape)

const segmentsBody = listOf(
  z
    .object({ id: z.string(), attributes: z.object({ name: text }) })
    .transform(({ id, attributes: { name } }) => ({ id, name: name ?? id })),
)

const flowsBody = listOf(
  z
    .object({
      id: z.string(),
      attributes: z.object({ name: text, status: text, archived: z.boolean().nullish() }),
    })
    .transform(({ id, attributes: { name, status, archived } }) => ({
      id,
      name: name ?? id,
      status,
      isArchived: archived ?? false,
    })),
)

const campaignsBody = (channel: KlaviyoCampaign['channel']) =>
  listOf(
    z
      .object({ id: z.string(), attributes: z.object({ name: z.string(), status: z.string() }) })
      .transform(({ id, attributes }) => ({ id, ...attributes, channel })),
  )
