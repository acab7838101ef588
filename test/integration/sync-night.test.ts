/** The syncs of many shops: those that share a Klaviyo account, and those that a night starts. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { database, eventually, openSeededStage, shopA, shopB } from '../harness/stage.ts'
import type { Stage } from '../harness/stage.ts'
import { mapping, Syncing } from '../harness/sync.ts'

const shared = 'demo-one'
const people = 1_500

let stage: Stage
let first: Syncing
let second: Syncing

beforeAll(async () => {
  stage = await openSeededStage({ env: { KLAVIYO_TIME_SCALE: '1000' } })
  await stage.klaviyo.post('/limits', { account: shared, enabled: false })
  await stage.klaviyo.post('/profiles/bulk', {
    account: shared,
    count: people,
    prefix: 'shared',
    ids: false,
  })
  await connect(shopA)
  for (const shop of [shopA, shopB]) {
    await stage.shopify.post('/customers/bulk', { shop, count: people, prefix: 'shared' })
  }
  first = new Syncing(stage.admin(shopA))
  second = new Syncing(stage.admin(shopB))
  for (const each of [first, second]) await each.map(mapping('predicted_ltv'))
}, 180_000)
afterAll(() => stage.close())

/** The second shop, with the Klaviyo account of that shop. */
async function connect(owner: string): Promise<void> {
  const key = stage.sandbox.shops.find(({ shop }) => shop === owner)?.klaviyoKey ?? ''
  await stage.admin(shopB).submit('/app/settings', 'app.settings', { intent: 'connect', key })
}

it('of two shops that share an account, the one that started first reads first', async () => {
  await stage.klaviyo.post('/latency', { ms: 150 })
  const earlier = await first.start()
  const later = await second.start()
  const readMeanwhile: number[] = []
  await eventually(async () => {
    // In this order: what the later one is seen to have read, it read before the earlier one's look.
    const { counts } = await second.report(later)
    const { phase } = await first.report(earlier)
    if (phase === 'reading') readMeanwhile.push(counts.profiles)
    expect(phase).toMatch(/^(writing|over)$/)
  }, 60_000)
  expect(readMeanwhile.length).toBeGreaterThan(1)
  expect(Math.max(...readMeanwhile)).toBe(0)
  await stage.klaviyo.post('/latency', { ms: 0 })
  for (const report of [await first.over(earlier), await second.over(later)]) {
    expect(report.state).toBe('done')
    expect(report.counts.profiles).toBeGreaterThanOrEqual(people)
    expect(report.counts.written).toBe(report.counts.toWrite)
    expect(report.counts.written).toBeGreaterThan(0)
  }
})

it('of an account that is replaced ends, and nothing of it is written any more', async () => {
  await stage.klaviyo.post('/latency', { ms: 300 })
  const started = await second.start()
  await eventually(async () =>
    expect((await second.report(started)).counts.profiles).toBeGreaterThan(0),
  )
  await second.tell(started, 'pause')
  await connect(shopB)
  await stage.klaviyo.post('/latency', { ms: 0 })
  const report = await second.over(started)
  expect(report).toMatchObject({ state: 'canceled', problem: { code: 'sync-account-replaced' } })
  await connect(shopA)
  expect((await second.run()).state).toBe('done')
})

it.runIf(database === 'postgresql')(
  'starts by itself once its hour has come, once, and behind a paused one later',
  async () => {
    await stage.klaviyo.post('/latency', { ms: 500 })
    const paused = await second.start()
    await second.tell(paused, 'pause')
    await stage.klaviyo.post('/latency', { ms: 0 })
    // The hour is the test's to choose only in the database.
    await stage.query(`update "Shop" set "nextSyncAt" = now() - interval '1 minute'`)
    const nights = async (syncing: Syncing) => {
      const { current, history } = await syncing.overview()
      return [...(current ? [current.sync] : []), ...history.syncs].filter(
        ({ isNightly }) => isNightly,
      )
    }
    const nextAt = async (syncing: Syncing) =>
      Date.parse((await syncing.overview()).schedule.nextAt ?? '')

    const night = await eventually(async () => {
      const [found] = await nights(first)
      expect(found?.phase).toBe('over')
      return found
    }, 110_000)
    expect(night).toMatchObject({ state: 'done', counts: { toWrite: 0 } })
    expect(await nights(first)).toHaveLength(1)
    expect(await nextAt(first)).toBeGreaterThan(Date.now())

    await eventually(async () => expect(await nextAt(second)).toBeGreaterThan(Date.now()))
    expect(await nextAt(second)).toBeLessThan(Date.now() + 16 * 60_000)
    expect(await nights(second)).toHaveLength(0)
  },
  240_000,
)
