import { expect, it } from 'vitest'
import { mostAttempts, pauseBefore } from '../../../app/events/retry.ts'

const busy = { code: 'busy', what: '', remedy: '', retry: 'later' as const }

it('waits longer after each attempt, up to an hour, for about a day in all', () => {
  const pauses = Array.from({ length: mostAttempts }, (_, index) =>
    pauseBefore(index + 1, busy, 0.5),
  )
  expect(pauses[0]).toBe(10_000)
  expect(Math.max(...pauses)).toBe(3_600_000)
  const hours = pauses.reduce((sum, pause) => sum + pause, 0) / 3_600_000
  expect(hours).toBeGreaterThan(18)
  expect(hours).toBeLessThan(30)
})

it('never asks again sooner than the upstream wants', () => {
  expect(pauseBefore(1, { ...busy, retryAfterMs: 60_000 }, 0)).toBe(60_000)
})
