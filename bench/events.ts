/**
 * From the first POST to the last tag: 2,000 events for 2,000 customers, each upstream call taking
 * 5 ms, no rate limits. Also what the one-process app takes in memory while idle. One JSON line a
 * scenario.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { flowPost, systemPost } from './bodies.ts'
import type { Posted, Subject } from './bodies.ts'
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

for (const database of databases) {
  for (const scenario of ['single events', 'batches of 1,000'] as const)
    await measure(database, scenario)
}

async function measure(
  database: Database,
  scenario: 'single events' | 'batches of 1,000',
): Promise<void> {
  const stage = await openBench(database, upstreamMs)
  try {
    if (database === 'pglite' && scenario === 'single events') {
      await sleep(idleMs)
      print({ bench: 'events', database, scenario: 'idle', rssMb: memoryMb(stage, 'VmRSS') })
    }
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
      upstreamWritesPerEvent: shopify.mutations / events,
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

/** Posts an event for each and waits for the last tag. Answers the seconds in between. */
async function run(stage: BenchStage, people: Subject[], scenario: string): Promise<number> {
  const before = (await stage.shopify.get('/calls', shopifyCalls)).fields['tagsAdd'] ?? 0
  const posts =
    scenario === 'single events'
      ? people.map((subject) => flowPost(stage.secret, 'Completed Flow', subject))
      : Array.from({ length: Math.ceil(people.length / 1_000) }, (_, index) =>
          systemPost(
            stage.secret,
            'Completed Flow',
            people.slice(index * 1_000, (index + 1) * 1_000),
          ),
        )
  const startedAt = performance.now()
  await Promise.all(Array.from({ length: postsAtOnce }, () => postAll(stage.url, posts)))
  const until = Date.now() + givesUpAfterMs
  for (;;) {
    const { fields } = await stage.shopify.get('/calls', shopifyCalls)
    if ((fields['tagsAdd'] ?? 0) - before >= people.length) break
    if (Date.now() > until) throw new Error('the tags did not all arrive')
    await sleep(10)
  }
  const seconds = (performance.now() - startedAt) / 1_000
  await sleep(500)
  const tagged = (await stage.shopify.get(`/journal?shop=${stage.shop}`, journal)).length
  if (tagged < people.length) throw new Error(`${tagged} of ${people.length} customers were tagged`)
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
