/** Interrupts metafield syncs at random: killed, paused, tokens ended; the end is always the same. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { z } from 'zod'
import { eventually, openSeededStage, shopA } from '../harness/stage.ts'
import type { Stage } from '../harness/stage.ts'
import { mapping, Syncing } from '../harness/sync.ts'

const interruptions = 30
const people = 2_000
const account = 'demo-one'

let stage: Stage
beforeAll(async () => {
  stage = await openSeededStage({ latencyMs: 20, env: { KLAVIYO_TIME_SCALE: '3' } })
}, 180_000)
afterAll(() => stage.close())

/** Every customer's metafields of a namespace: how many, and a digest of who has which with what. */
const state = z.object({ count: z.number(), digest: z.string() })
const stateOf = (namespace: string) =>
  stage.shopify.get(`/metafields/state?shop=${shopA}&namespace=${namespace}`, state)

const map = (syncing: Syncing, namespace: string) =>
  Promise.all([
    syncing.map(mapping('predicted_ltv', { namespace })),
    syncing.map(
      mapping('next_order', {
        namespace,
        source: { kind: 'prediction', field: 'expected_date_of_next_order' },
        type: 'date_time',
        decimals: null,
        whenEmpty: 'delete',
      }),
    ),
  ])

it(`comes to the same end after ${interruptions} interruptions as without any`, async () => {
  const syncing = new Syncing(stage.admin(shopA))
  await stage.klaviyo.post('/limits', { account, timeScale: 3 })
  await stage.klaviyo.post('/profiles/bulk', {
    account,
    count: people,
    prefix: 'night',
    unscored: 0.1,
    ids: false,
  })
  await stage.shopify.post('/customers/bulk', { shop: shopA, count: people, prefix: 'night' })

  await map(syncing, 'calm')
  const calm = await syncing.run({}, 120_000)
  expect(calm.counts.written).toBe(calm.counts.toWrite)
  await syncing.unmapAll()

  await map(syncing, 'storm')
  await stage.shopify.post('/bulk', { rowsPerSecond: 200 })
  let id = await syncing.start()
  for (let each = 0; each < interruptions; each++) {
    await sleep(50 + Math.random() * 1_000)
    const { state: stands } = await syncing.report(id)
    // Whatever a sync believes to have written, the next one must not rely on more than that.
    if (stands !== 'running') id = await syncing.start()
    if (each % 3 === 1) await interruptByState(syncing, id)
    else if (each % 3 === 2) await stage.shopify.post('/tokens/expire', { shop: shopA })
    else {
      await Promise.all(stage.sandbox.apps.map((app) => app.stop('SIGKILL')))
      await stage.sandbox.restart()
    }
  }
  await stage.shopify.post('/bulk', { rowsPerSecond: null })
  let last = await syncing.over(id, 240_000)
  if (last.state === 'canceled') last = await syncing.run({}, 240_000)
  expect(last).toMatchObject({ state: 'done', counts: { failed: 0 } })
  const expected = await stateOf('calm')
  expect(expected.count).toBe(calm.counts.written)
  expect(await stateOf('storm')).toEqual(expected)
  // And it knows what it wrote.
  expect((await syncing.run({}, 120_000)).counts.toWrite).toBe(0)
}, 900_000)

async function interruptByState(syncing: Syncing, id: string): Promise<void> {
  await syncing.tell(id, 'pause')
  await sleep(100)
  await syncing.tell(id, 'resume')
  if (Math.random() > 0.3) return
  const canceled = await syncing.tell(id, 'cancel')
  if (canceled.ok) await eventually(() => syncing.over(id))
}
