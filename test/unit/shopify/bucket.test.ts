import { beforeEach, expect, it } from 'vitest'
import type { Clock } from '../../../app/patience.ts'
import { Bucket } from '../../../app/shopify/bucket.ts'

let now = 0
const naps: number[] = []
const clock: Clock = {
  now: () => now,
  sleep(ms) {
    naps.push(ms)
    now += ms
    return Promise.resolve()
  },
}

beforeEach(() => {
  naps.length = 0
})

function bucketWith(available: number, itsClock = clock) {
  const bucket = new Bucket(itsClock)
  bucket.learn({ maximum: 2_000, available, restoredPerSecond: 100 })
  return bucket
}

it('lets requests start until the store has told how much there is', async () => {
  const bucket = new Bucket(clock)
  await bucket.turn(1_000)
  expect(naps).toEqual([])
  expect(bucket.budget).toBeNull()
})

it('waits for exactly the points that are missing', async () => {
  await bucketWith(200).turn(500)
  expect(naps).toEqual([3_000])
})

it('lets nobody overtake: each waits for what those before it have taken', async () => {
  const bucket = bucketWith(500)
  const started: string[] = []
  await Promise.all([
    bucket.turn(500).then(() => started.push('first')),
    bucket.turn(500).then(() => started.push('second')),
    bucket.turn(10).then(() => started.push('third')),
  ])
  expect(started).toEqual(['first', 'second', 'third'])
  expect(naps).toEqual([5_000, 100])
})

it('counts what has come back since the store told', async () => {
  const bucket = bucketWith(0)
  now += 5_000
  expect(bucket.budget?.available).toBe(500)
  await bucket.turn(500)
  expect(naps).toEqual([])
})

it('goes on as soon as an answer tells of more than was reckoned with', async () => {
  const bucket = bucketWith(0, { ...clock, sleep: () => new Promise<void>(() => undefined) })
  const turn = bucket.turn(500)
  bucket.learn({ maximum: 2_000, available: 600, restoredPerSecond: 100 })
  await turn
  expect(bucket.budget?.available).toBe(100)
})
