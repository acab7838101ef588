import { beforeEach, expect, it } from 'vitest'
import { Pace } from '../../../app/klaviyo/pace.ts'
import type { Clock } from '../../../app/patience.ts'

let now = 0
const naps: number[] = []
const clock: Clock = {
  now: () => now,
  sleep(ms) {
    naps.push(ms)
    return Promise.resolve()
  },
}

beforeEach(() => {
  naps.length = 0
})

it('lets a burst through at once and the rest a second later', async () => {
  const pace = new Pace({ burst: 2, steady: 100 }, clock)
  await Promise.all(Array.from({ length: 5 }, () => pace.turn()))
  expect(naps).toEqual([1_000, 1_000, 2_000])
})

it('lets no minute hold more than the steady limit', async () => {
  const pace = new Pace({ burst: 10, steady: 3 }, clock)
  for (let n = 0; n < 3; n++) await pace.turn()
  now += 50_000
  await pace.turn()
  expect(naps).toEqual([10_000])
})

it('sends the caller away rather than keep it for most of a minute', async () => {
  const pace = new Pace({ burst: 10, steady: 1 }, clock)
  await pace.turn()
  expect(await pace.turn()).toEqual({ go: false, waitMs: 60_000 })
  expect(naps).toEqual([])
})

it('starts nothing while Klaviyo wants a pause', async () => {
  const pace = new Pace({ burst: 10, steady: 100 }, clock)
  pace.pause(4_000)
  await pace.turn()
  expect(naps).toEqual([4_000])
})
