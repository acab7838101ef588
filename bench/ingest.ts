/**
 * Acknowledged events a second and how long the acknowledgement takes: single events at
 * concurrency 16, and batches of 1,000. One JSON line a scenario.
 */
import { randomUUID } from 'node:crypto'
import autocannon from 'autocannon'
import { flowPost, systemPost } from './bodies.ts'
import type { Posted } from './bodies.ts'
import { databases, openBench, print } from './stage.ts'
import type { Database } from './stage.ts'

const warmUpRequests = 1_000

interface Scenario {
  name: string
  connections: number
  requests: number
  eventsEach: number
  post: (secret: string) => Posted
}

// No rule is for this metric: acknowledging is what is measured.
const metric = 'Active on Site'
const subject = () => ({
  eventId: randomUUID(),
  profileId: '',
  email: `${randomUUID()}@example.com`,
})

const scenarios: Scenario[] = [
  {
    name: 'single events',
    connections: 16,
    requests: 15_000,
    eventsEach: 1,
    post: (secret) => flowPost(secret, metric, subject()),
  },
  {
    name: 'batches of 1,000',
    connections: 4,
    requests: 60,
    eventsEach: 1_000,
    post: (secret) => systemPost(secret, metric, Array.from({ length: 1_000 }, subject)),
  },
]

for (const database of databases) await measure(database)

async function measure(database: Database): Promise<void> {
  const stage = await openBench(database, 5)
  try {
    const [single] = scenarios
    if (single) await load(stage.url, stage.secret, { ...single, requests: warmUpRequests })
    for (const scenario of scenarios) {
      const result = await load(stage.url, stage.secret, scenario)
      const refused = result.non2xx + result.errors + result.timeouts
      if (refused > 0)
        throw new Error(`${refused} of ${scenario.requests} requests were not acknowledged`)
      print({
        bench: 'ingest',
        database,
        scenario: scenario.name,
        acksPerSecond: Math.round((scenario.requests * scenario.eventsEach) / result.duration),
        p50Ms: result.latency.p50,
        p99Ms: result.latency.p99,
      })
    }
  } finally {
    await stage.close()
  }
}

function load(
  url: string,
  secret: string,
  { connections, requests, post }: Scenario,
): Promise<autocannon.Result> {
  // Made beforehand: the load must not wait for its own bodies.
  const posts = Array.from({ length: requests }, () => post(secret))
  return autocannon({
    url,
    connections,
    amount: requests,
    timeout: 30,
    requests: [
      {
        method: 'POST',
        setupRequest: (request) => ({ ...request, ...posts.pop() }),
      },
    ],
  })
}
