import { expect, it } from 'vitest'
import { isFailure, isOver, mostAttempts, pauseBefore } from '../../../app/events/retry.ts'

const hourMs = 3_600_000
const broken = { code: 'down', what: '', remedy: '', retry: 'later' as const }
const busy = { ...broken, code: 'busy', retryAfterMs: 60_000 }

it('waits longer after each failure, up to an hour, for about a day in all', () => {
  const pauses = Array.from({ length: mostAttempts }, (_, index) =>
    pauseBefore(index + 1, broken, 0.5),
  )
  expect(pauses[0]).toBe(10_000)
  expect(Math.max(...pauses)).toBe(hourMs)
  const hours = pauses.reduce((sum, pause) => sum + pause, 0) / hourMs
  expect(hours).toBeGreaterThan(18)
  expect(hours).toBeLessThan(30)
})

it('comes back when a busy upstream wants it to, however often that was', () => {
  expect(pauseBefore(1, busy, 0)).toBe(60_000)
  expect(pauseBefore(20, busy, 1)).toBe(75_000)
})

it('gives up what fails, not what stands in line', () => {
  expect(isFailure(broken)).toBe(true)
  expect(isFailure(busy)).toBe(false)
  expect(isOver(broken, mostAttempts, 0)).toBe(true)
  expect(isOver(broken, mostAttempts - 1, 9 * 24 * hourMs)).toBe(false)
  expect(isOver(busy, mostAttempts, 24 * hourMs)).toBe(false)
  expect(isOver(busy, 0, 4 * 24 * hourMs)).toBe(true)
})

it('leaves alone what must be mended, and what is refused for good', () => {
  expect(isOver({ ...broken, retry: 'mended' }, 99, 99 * 24 * hourMs)).toBe(false)
  expect(isOver(null, 99, 0)).toBe(false)
})
