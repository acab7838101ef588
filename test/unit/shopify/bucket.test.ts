import { expect, it } from 'vitest'
import type { Clock } from '../../../app/patience.ts'
import { Bucket } from '../../../app/shopify/bucket.ts'

let now = 0
const naps: number[] = []
const clock: Clock = {
  now: () => now,
  sleep(ms) {
    naps.push(ms)
    return Promise.resolve()
  },
}

function bucketWith(available: number) {
  naps.length = 0
  const bucket = new Bucket(clock)
  bucket.learn({ maximum: 2_000, available, restoredPerSecond: 100 })
  return bucket
}

it('lets requests start until the store has told how much there is', async () => {
  const bucket = new Bucket(clock)
  expect(await bucket.turn(1_000)).toEqual({ go: true })
  expect(bucket.budget).toBeNull()
})

it('waits for exactly the points that are missing', async () => {
  const bucket = bucketWith(200)
  await bucket.turn(500)
  expect(naps).toEqual([3_000])
})

it('lets nobody overtake: each waits for what those before it have booked', async () => {
  const bucket = bucketWith(500)
  await Promise.all([bucket.turn(500), bucket.turn(500), bucket.turn(500)])
  expect(naps).toEqual([5_000, 10_000])
})

it('counts what has come back since the store told', async () => {
  const bucket = bucketWith(0)
  now += 5_000
  expect(bucket.budget?.available).toBe(500)
  await bucket.turn(500)
  expect(naps).toEqual([])
})

it('sends the caller away rather than keep it for long, and books nothing', async () => {
  const bucket = bucketWith(0)
  expect(await bucket.turn(2_000 + 1)).toEqual({ go: true })
  expect(await bucket.turn(500)).toMatchObject({ go: false })
  expect(naps).toEqual([20_000])
})
