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
  const key = stage.sandbox.shops.find(({ shop }) => shop === shopA)?.klaviyoKey ?? ''
  await stage.admin(shopB).submit('/app/settings', 'app.settings', { intent: 'connect', key })
  for (const shop of [shopA, shopB]) {
    await stage.shopify.post('/customers/bulk', { shop, count: people, prefix: 'shared' })
  }
  first = new Syncing(stage.admin(shopA))
  second = new Syncing(stage.admin(shopB))
  for (const each of [first, second]) await each.map(mapping('predicted_ltv'))
}, 180_000)
afterAll(() => stage.close())

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

it.runIf(database === 'postgresql')(
  'starts by itself once its hour has come, in each shop, once',
  async () => {
    // The hour is the test's to choose only in the database.
    await stage.query(`update "Shop" set "nextSyncAt" = now() - interval '1 minute'`)
    const nights = async (syncing: Syncing) =>
      (await syncing.overview()).history.syncs.filter(({ isNightly }) => isNightly)
    for (const each of [first, second]) {
      const night = await eventually(async () => {
        const [found] = await nights(each)
        expect(found?.phase).toBe('over')
        return found
      }, 110_000)
      expect(night).toMatchObject({ state: 'done', counts: { toWrite: 0 } })
      expect(await nights(each)).toHaveLength(1)
      const { nextAt } = (await each.overview()).schedule
      expect(Date.parse(nextAt ?? '')).toBeGreaterThan(Date.now())
    }
  },
  240_000,
)
