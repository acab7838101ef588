/**
 * The metafield sync of a store's profiles, from its start until it is finished: without rate limits,
 * once more with 1 % changed, and within Klaviyo's limits, in real time. Web and worker are one
 * process. One JSON line a scenario; `npm run bench:sync -- 1000000` takes so many profiles.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { AdminSession } from '../sandbox/admin-session.ts'
import { databases, memoryMb, openBench, print } from './stage.ts'
import type { BenchStage, Database } from './stage.ts'

const given = process.argv.slice(2)
const profiles = Number(given.find((each) => /^\d+$/.test(each)) ?? 100_000)
const chosen = databases.filter((database) => given.includes(database))
const onDatabases = chosen.length > 0 ? chosen : (['postgresql'] as const)

const upstreamMs = 5
const presets = ['klaviyo.predicted_ltv', 'klaviyo.churn_tier', 'klaviyo.next_order_date']

const overview = z.object({
  current: z.object({ sync: z.object({ id: z.string() }) }).nullable(),
})
const progress = z.object({
  sync: z.object({
    state: z.string(),
    phase: z.string(),
    counts: z.object({ changed: z.number(), toWrite: z.number(), written: z.number() }),
    times: z.record(z.string(), z.number()),
    problem: z.object({ code: z.string() }).nullable(),
  }),
})

for (const database of onDatabases) {
  await withoutLimits(database)
  // More would take hours and tell nothing else.
  if (profiles <= 100_000) await withLimits(database)
}

async function withoutLimits(database: Database): Promise<void> {
  // So fast that the app's own pace is never in the way.
  const stage = await openBench(database, upstreamMs, {
    apart: false,
    env: { KLAVIYO_TIME_SCALE: '100000' },
  })
  try {
    await fill(stage)
    await measure(stage, database, 'no limits', null)
    await stage.klaviyo.post('/profiles/rescore', { account: stage.account, share: 0.01 })
    await measure(stage, database, '1 % changed', null)
  } finally {
    await stage.close()
  }
}

async function withLimits(database: Database): Promise<void> {
  const stage = await openBench(database, upstreamMs, {
    apart: false,
  })
  try {
    await fill(stage)
    await stage.klaviyo.post('/limits', { account: stage.account, enabled: true })
    await measure(stage, database, 'within limits', secondsToRead())
  } finally {
    await stage.close()
  }
}

/** The least that Klaviyo's limits let the reading take: 150 pages a minute, 10 a second at most. */
function secondsToRead(): number {
  const last = Math.ceil(profiles / 100) - 1
  return Math.floor(last / 150) * 60 + (last % 150) / 10
}

async function fill({ klaviyo, shopify, shop, account, sandbox }: BenchStage): Promise<void> {
  await klaviyo.post('/profiles/bulk', { account, count: profiles, prefix: 'bench', ids: false })
  await shopify.post('/customers/bulk', { shop, count: profiles, prefix: 'bench' })
  const form = new URLSearchParams({ intent: 'presets' })
  for (const preset of presets) form.append('preset', preset)
  const response = await new AdminSession(sandbox, shop).fetch(
    `/app/sync?_data=${encodeURIComponent('routes/app.sync._index')}`,
    { method: 'POST', body: form },
  )
  if (!(await response.text()).includes('"ok":true')) throw new Error('no mappings')
}

async function measure(
  stage: BenchStage,
  database: Database,
  scenario: string,
  leastSeconds: number | null,
): Promise<void> {
  const admin = new AdminSession(stage.sandbox, stage.shop)
  const startedAt = performance.now()
  await admin.submit('/app/sync', 'app.sync._index', {
    intent: 'start',
    kind: 'all',
    isDry: 'false',
  })
  const { current } = overview.parse(
    await (await admin.load('/app/sync', 'app.sync._index')).json(),
  )
  const path = `/app/sync/${current?.sync.id}/progress`
  for (;;) {
    const { sync } = progress.parse(
      await (await admin.load(path, 'app.sync.$syncId.progress')).json(),
    )
    if (sync.phase === 'over') {
      const { counts, state, problem, times } = sync
      if (state !== 'done' || problem || counts.written !== counts.toWrite) {
        throw new Error(`the sync ended badly: ${JSON.stringify(sync)}`)
      }
      const seconds = (performance.now() - startedAt) / 1_000
      print({
        bench: 'sync',
        database,
        scenario,
        profiles,
        seconds: Number(seconds.toFixed(1)),
        changed: counts.changed,
        written: counts.written,
        peakRssMb: memoryMb(stage, 'VmHWM'),
        ...(leastSeconds === null
          ? {}
          : { ratioToReadLimit: Number((seconds / leastSeconds).toFixed(3)) }),
        ...Object.fromEntries(
          Object.entries(times).map(([what, ms]) => [`${what}Seconds`, Math.round(ms / 1_000)]),
        ),
      })
      return
    }
    await sleep(500)
  }
}
