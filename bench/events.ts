/**
 * From the first POST to the last effect: 2,000 events for 2,000 customers, each upstream call taking
 * 5 ms, no rate limits. The effect is a tag, or a discount code written back to the profile. Also what
 * the one-process app takes in memory while idle. One JSON line a scenario.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { codeSettings } from './code-settings.ts'
import { flowPost, systemPost } from './bodies.ts'
import type { Posted, Subject } from './bodies.ts'
import { addRule } from '../sandbox/seed.ts'
import { databases, memoryMb, openBench, print } from './stage.ts'
import type { BenchStage, Database } from './stage.ts'

const events = 2_000
const upstreamMs = 5
const postsAtOnce = 16
const givesUpAfterMs = 120_000
const idleMs = 5_000

const created = z.object({ ids: z.array(z.string()) })
const klaviyoCalls = z.object({ requests: z.number(), reads: z.number() })
const shopifyCalls = z.object({
  queries: z.number(),
  mutations: z.number(),
  fields: z.record(z.string(), z.number()),
})
const journal = z.array(z.unknown())
const codes = z.array(z.object({ code: z.string(), customers: z.array(z.string()) }))
const profiles = z.array(
  z.object({ properties: z.object({ discount_code: z.string().optional() }) }),
)

type Scenario = 'single events' | 'batches of 1,000' | 'discount codes'

const metricOf = (scenario: Scenario) =>
  scenario === 'discount codes' ? 'Added to Cart' : 'Completed Flow'

for (const database of databases) {
  for (const scenario of ['single events', 'batches of 1,000', 'discount codes'] as const)
    await measure(database, scenario)
}

async function measure(database: Database, scenario: Scenario): Promise<void> {
  const stage = await openBench(database, upstreamMs)
  try {
    if (database === 'pglite' && scenario === 'single events') {
      await sleep(idleMs)
      print({ bench: 'events', database, scenario: 'idle', rssMb: memoryMb(stage, 'VmRSS') })
    }
    if (scenario === 'discount codes') await addCodeRule(stage)
    await run(stage, await makePeople(stage, 'warm', 200), scenario)
    const people = await makePeople(stage, 'bench', events)
    await stage.shopify.delete('/calls')
    await stage.klaviyo.delete('/calls')
    const seconds = await run(stage, people, scenario)
    const klaviyo = await stage.klaviyo.get('/calls', klaviyoCalls)
    const shopify = await stage.shopify.get('/calls', shopifyCalls)
    print({
      bench: 'events',
      database,
      scenario,
      events,
      seconds: Number(seconds.toFixed(2)),
      eventsPerSecond: Math.round(events / seconds),
      upstreamReadsPerEvent: (klaviyo.reads + shopify.queries) / events,
      upstreamWritesPerEvent: (shopify.mutations + klaviyo.requests - klaviyo.reads) / events,
      peakRssMb: memoryMb(stage, 'VmHWM'),
    })
  } finally {
    await stage.close()
  }
}

/** The same people as customers in Shopify and as profiles in Klaviyo. */
async function makePeople(
  { shopify, klaviyo, shop, account }: BenchStage,
  prefix: string,
  count: number,
): Promise<Subject[]> {
  const { ids } = created.parse(await klaviyo.post('/profiles/bulk', { account, count, prefix }))
  const emails = ids.map((_id, index) => `${prefix}${index}@example.com`)
  await shopify.post(
    '/customers',
    emails.map((email) => ({ shop, email })),
  )
  return ids.map((profileId, index) => ({
    eventId: `${prefix}-${index}`,
    profileId,
    email: emails[index] ?? '',
  }))
}

/** A code of its own for each, written back to the profile. */
async function addCodeRule({ sandbox }: BenchStage): Promise<void> {
  await addRule(sandbox, {
    name: 'Cart code',
    trigger: {
      kind: 'metric',
      metric: { id: null, name: metricOf('discount codes') },
      outcome: null,
    },
    conditions: { kind: 'group', match: 'all', items: [] },
    actions: [
      {
        id: 'code',
        kind: 'discount-code',
        settings: codeSettings('CART-'),
      },
      {
        id: 'write-back',
        kind: 'set-profile-properties',
        settings: {
          properties: [{ key: 'discount_code', value: '{{ discount.code }}', as: 'text' }],
        },
      },
    ],
    noCustomer: { then: 'skip' },
  })
}

/** Codes that reached the profile of the customer they were made for. */
async function deliveredCodes(stage: BenchStage): Promise<number> {
  const made = await stage.shopify.get(`/discounts?shop=${stage.shop}`, codes)
  const known = new Set(made.map(({ code }) => code))
  const all = await stage.klaviyo.get(`/profiles?account=${stage.account}`, profiles)
  const held = new Set(all.flatMap(({ properties }) => properties.discount_code ?? []))
  return [...held].filter((code) => known.has(code)).length
}

/** How many of the events have had their effect. */
async function effects(stage: BenchStage, scenario: Scenario): Promise<number> {
  if (scenario === 'discount codes') return deliveredCodes(stage)
  return (await stage.shopify.get('/calls', shopifyCalls)).fields['tagsAdd'] ?? 0
}

/** Posts an event for each and waits for the last effect. Answers the seconds in between. */
async function run(stage: BenchStage, people: Subject[], scenario: Scenario): Promise<number> {
  const before = await effects(stage, scenario)
  const metric = metricOf(scenario)
  const posts =
    scenario === 'single events'
      ? people.map((subject) => flowPost(stage.secret, metric, subject))
      : Array.from({ length: Math.ceil(people.length / 1_000) }, (_, index) =>
          systemPost(stage.secret, metric, people.slice(index * 1_000, (index + 1) * 1_000)),
        )
  const startedAt = performance.now()
  await Promise.all(Array.from({ length: postsAtOnce }, () => postAll(stage.url, posts)))
  const until = Date.now() + givesUpAfterMs
  for (;;) {
    if ((await effects(stage, scenario)) - before >= people.length) break
    if (Date.now() > until) throw new Error('the effects did not all arrive')
    // Counting codes is work for the sandbox, which shares the machine.
    await sleep(scenario === 'discount codes' ? 200 : 10)
  }
  const seconds = (performance.now() - startedAt) / 1_000
  await sleep(500)
  const had =
    scenario === 'discount codes'
      ? await deliveredCodes(stage)
      : (await stage.shopify.get(`/journal?shop=${stage.shop}`, journal)).length
  if (had < people.length) throw new Error(`${had} of ${people.length} customers had the effect`)
  return seconds
}

async function postAll(url: string, posts: Posted[]): Promise<void> {
  for (let post = posts.pop(); post; post = posts.pop()) {
    const response = await fetch(url, { method: 'POST', ...post })
    if (response.status !== 202)
      throw new Error(`refused: ${response.status} ${await response.text()}`)
    await response.arrayBuffer()
  }
}
