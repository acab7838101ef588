import express, { Router, type Response } from 'express'
import { z } from 'zod'
import type { Account } from './account.ts'
import { fault } from './faults.ts'
import type { Platform } from './platform.ts'
import type { Json, Profile } from './profile.ts'
import type { Message } from './webhooks.ts'

/** What Klaviyo puts into one system webhook at most. */
const maxEvents = 1_000

const json: z.ZodType<Json> = z.json()
const words = z.string().nullish()
const accountOnly = z.object({ account: z.string() })
const draft = z.strictObject({
  account: z.string(),
  /** The profile to change; a new one when left out. */
  id: z.string().optional(),
  email: words,
  phone_number: words,
  external_id: words,
  first_name: words,
  last_name: words,
  properties: z.record(z.string(), json).optional(),
  predictive_analytics: z
    .object({
      historic_clv: z.number().nullable(),
      predicted_clv: z.number().nullable(),
      total_clv: z.number().nullable(),
      historic_number_of_orders: z.number().nullable(),
      predicted_number_of_orders: z.number().nullable(),
      average_days_between_orders: z.number().nullable(),
      average_order_value: z.number().nullable(),
      churn_probability: z.number().nullable(),
      expected_date_of_next_order: z.string().nullable(),
      ranked_channel_affinity: z.array(z.string()).nullable(),
    })
    .partial()
    .optional(),
})
const bulk = z.object({
  account: z.string(),
  count: z.int().positive().max(1_000_000),
  prefix: z.string(),
  /** Another seed, other predictions. */
  seed: z.int().min(0).max(1_000).default(0),
  /** The share that Klaviyo has not scored. */
  unscored: z.number().min(0).max(1).default(0),
  /** Whether to answer with their ids, which for a million is much. */
  ids: z.boolean().default(true),
})
const rescoring = z.object({
  account: z.string(),
  share: z.number().min(0).max(1),
  to: z.enum(['other', 'none']).default('other'),
})
const merging = z.object({ account: z.string(), source: z.string(), destination: z.string() })
const membership = z.object({
  account: z.string(),
  /** Name or id of a list or segment. */
  group: z.string(),
  profiles: z.array(z.string()),
  member: z.boolean(),
})
const pastEvents = z.object({
  account: z.string(),
  metric: z.string().min(1),
  count: z.int().positive().max(100_000),
  from: z.iso.datetime({ offset: true }),
  to: z.iso.datetime({ offset: true }),
  properties: z.record(z.string(), json).default({}),
})
const target = z.object({
  account: z.string(),
  url: z.url(),
  secret: z.string(),
  body: z.string().optional(),
})
const sending = z.object({
  account: z.string(),
  format: z.enum(['flow', 'system', 'guide']),
  metric: z.string().min(1),
  /** Name or id. */
  flow: z.string().optional(),
  campaign: z.string().optional(),
  outcome: z.string().optional(),
  properties: z.record(z.string(), json).default({}),
  /** Ids, e-mail addresses or phone numbers. */
  profiles: z.array(z.string()).optional(),
  /** In place of `profiles`: the first so many, starting over when there are fewer. */
  count: z.int().positive().max(maxEvents).optional(),
  /** Events for each profile. */
  times: z.int().positive().max(maxEvents).default(1),
})
const keys = z.object({
  key: z.string().startsWith('pk_'),
  /** Whose key a new one is. */
  account: z.string().optional(),
  valid: z.boolean().optional(),
  scopes: z.array(z.string()).optional(),
})
const limits = z.object({
  /** Every account when left out. */
  account: z.string().optional(),
  enabled: z.boolean().optional(),
  scale: z.number().positive().optional(),
  timeScale: z.number().positive().optional(),
})

/** `/_sandbox/*`: how tests and the page arrange the local Klaviyo and look into it. */
export function control(platform: Platform): Router {
  const router = Router()
  router.use(express.json({ limit: '50mb' }))

  router.get('/accounts', (_request, response) => {
    response.json(
      platform.accounts.map((account) => ({
        handle: account.seed.handle,
        id: account.seed.id,
        organization: account.seed.organization,
        keys: [...platform.keys]
          .filter(([, key]) => key.account === account)
          .map(([key, { isValid, scopes }]) => ({ key, valid: isValid, scopes: [...scopes] })),
        metrics: account.metrics.map(named),
        flows: account.flows.map(named),
        campaigns: account.campaigns.map(named),
        lists: account.lists.map(named),
        segments: account.segments.map(named),
        profiles: account.profiles.length,
        events: account.events.length,
        target: platform.webhooks.target(account) ?? null,
      })),
    )
  })

  router.get('/profiles', (request, response) => {
    const { account, limit } = accountOnly
      .extend({ limit: z.coerce.number().default(1_000_000) })
      .parse(request.query)
    response.json([...accountOf(account).profiles].slice(0, limit).map(shown))
  })
  router.post('/profiles', (request, response) => {
    const drafts = z.union([draft.transform((one) => [one]), z.array(draft)]).parse(request.body)
    const saved = drafts.map(({ account: handle, id, ...fields }) => {
      const account = accountOf(handle)
      if (id === undefined) return account.createProfile(fields)
      const profile = profileOf(account, id)
      account.updateProfile(profile, fields)
      return profile
    })
    response.json(Array.isArray(request.body) ? saved.map(shown) : saved.map(shown)[0])
  })
  router.delete('/profiles', (request, response) => {
    const { account: handle, id } = accountOnly.extend({ id: z.string() }).parse(request.query)
    const account = accountOf(handle)
    account.deleteProfile(profileOf(account, id))
    done(response)
  })
  router.post('/profiles/bulk', (request, response) => {
    const { account, ids, ...asked } = bulk.parse(request.body)
    const crowd = accountOf(account).createCrowd(asked)
    const { count } = crowd
    response.json(ids ? { ids: Array.from({ length: count }, (_, i) => crowd.idOf(i)) } : { count })
  })
  router.post('/profiles/rescore', (request, response) => {
    const { account, share, to } = rescoring.parse(request.body)
    response.json({ changed: accountOf(account).rescore(share, to) })
  })
  router.post('/profiles/merge', (request, response) => {
    const { account: handle, source, destination } = merging.parse(request.body)
    const account = accountOf(handle)
    account.merge(profileOf(account, source), profileOf(account, destination))
    done(response)
  })
  router.post('/members', (request, response) => {
    const { account: handle, group: name, profiles, member } = membership.parse(request.body)
    const account = accountOf(handle)
    const group = chosen('list or segment', [...account.lists, ...account.segments], name)
    for (const each of profiles) group?.say(profileOf(account, each), member)
    done(response)
  })
  router.post('/events/bulk', (request, response) => {
    const { account: handle, metric, count, from, to, properties } = pastEvents.parse(request.body)
    const account = accountOf(handle)
    const [first, last] = [Date.parse(from), Date.parse(to)]
    for (let index = 0; index < count; index++) {
      const profile = account.profiles.at(index % account.profiles.length)
      if (!profile) throw new Error(`${handle} has no profiles`)
      const at = new Date(first + ((last - first) * index) / count)
      account.recordEvent({ metric, profile, properties, at, uniqueId: crypto.randomUUID() })
    }
    response.json({ count })
  })

  router.post('/webhook-targets', (request, response) => {
    const { account, ...aim } = target.parse(request.body)
    platform.webhooks.aim(accountOf(account), aim)
    done(response)
  })
  router.post('/send', (request, response, next) => {
    const asked = sending.parse(request.body)
    const account = accountOf(asked.account)
    platform.webhooks
      .send(account, asked.format, messages(account, asked))
      .then((deliveries) => response.json(deliveries), next)
  })
  router.get('/deliveries', (request, response) => {
    const { account, limit } = accountOnly
      .partial()
      .extend({ limit: z.coerce.number().default(1_000) })
      .parse(request.query)
    const all = platform.webhooks.deliveries
    const own = account === undefined ? all : all.filter((each) => each.account === account)
    response.json(own.slice(-limit).reverse())
  })

  router.get('/journal', (request, response) => {
    const { account } = accountOnly.partial().parse(request.query)
    response.json(accountsOf(account).flatMap(({ journal }) => journal))
  })
  router.get('/calls', (_request, response) => void response.json(platform.calls.count))
  router.delete('/calls', (_request, response) => {
    platform.calls.clear()
    done(response)
  })
  router.post('/faults', (request, response) => {
    platform.faults.add(fault.parse(request.body))
    done(response)
  })
  router.delete('/faults', (_request, response) => {
    platform.faults.clear()
    done(response)
  })
  router.post('/latency', (request, response) => {
    platform.latencyMs = z.object({ ms: z.number().min(0) }).parse(request.body).ms
    done(response)
  })
  router.post('/limits', (request, response) => {
    const { account, enabled, scale, timeScale } = limits.parse(request.body)
    for (const each of accountsOf(account)) {
      if (enabled !== undefined) each.limits.isEnforced = enabled
      if (scale !== undefined) each.limits.scale = scale
      if (timeScale !== undefined) each.limits.timeScale = timeScale
      each.limits.clear()
    }
    done(response)
  })
  router.post('/keys', (request, response) => {
    const { key, account, valid, scopes } = keys.parse(request.body)
    const known = platform.keys.get(key)
    const owner = account === undefined ? known?.account : accountOf(account)
    if (!owner) throw new Error(`Nobody has the key ${key}: name the account it is for`)
    platform.keys.set(key, {
      account: owner,
      isValid: valid ?? known?.isValid ?? true,
      scopes: scopes ? new Set(scopes) : (known?.scopes ?? new Set()),
    })
    done(response)
  })
  router.post('/reset', (_request, response) => {
    platform.reset()
    done(response)
  })

  function accountOf(name: string): Account {
    const account = platform.account(name)
    if (!account) throw new Error(`No account ${name} in the sandbox`)
    return account
  }

  function accountsOf(name: string | undefined): Account[] {
    return name === undefined ? platform.accounts : [accountOf(name)]
  }

  return router
}

/** Records the events that are asked for and says what goes out about each. */
function messages(account: Account, asked: z.infer<typeof sending>): Message[] {
  const { metric, outcome, properties, times } = asked
  const flow = chosen('flow', account.flows, asked.flow)
  const campaign = chosen('campaign', account.campaigns, asked.campaign)
  const recipients = asked.profiles
    ? asked.profiles.map((name) => profileOf(account, name))
    : Array.from({ length: asked.count ?? 1 }, (_, index) => {
        const profile = account.profiles.at(index % account.profiles.length)
        if (!profile) throw new Error(`${account.seed.handle} has no profiles`)
        return profile
      })
  if (recipients.length * times > maxEvents) {
    throw new Error(`At most ${maxEvents} events at once; these are ${recipients.length * times}`)
  }
  const about: Record<string, Json> = { ...properties }
  if (flow) Object.assign(about, { flow_id: flow.id, flow_name: flow.attributes.name })
  if (outcome !== undefined) about['branch_outcome'] = outcome
  if (campaign) {
    Object.assign(about, { $message: campaign.id, 'Campaign Name': campaign.attributes.name })
  }
  return Array.from({ length: times }, () => recipients)
    .flat()
    .map((profile) => ({
      event: account.recordEvent({
        metric,
        profile,
        properties: about,
        uniqueId: crypto.randomUUID(),
      }),
      flow,
      outcome,
      properties,
    }))
}

function chosen<T extends { id: string; attributes: { name: string } }>(
  kind: string,
  all: T[],
  name: string | undefined,
): T | undefined {
  if (name === undefined) return undefined
  const found = all.find(({ id, attributes }) => id === name || attributes.name === name)
  if (!found) throw new Error(`No ${kind} ${name} in the account`)
  return found
}

function profileOf(account: Account, name: string): Profile {
  const profile = account.profileNamed(name)
  if (!profile) throw new Error(`No profile ${name} in ${account.seed.handle}`)
  return profile
}

const named = ({ id, attributes }: { id: string; attributes: { name: string } }) => ({
  id,
  name: attributes.name,
})

const shown = ({ id, attributes, predictive }: Profile) => ({
  id,
  ...attributes,
  predictive_analytics: predictive,
})

const done = (response: Response) => void response.json({ ok: true })
