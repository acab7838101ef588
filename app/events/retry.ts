/** When an event is tried again, and when no more. Pure. */
import type { Problem } from '../problem.ts'

/** With the pauses below: about a day, as long as Klaviyo itself keeps trying. */
export const mostAttempts = 30

const firstPauseMs = 10_000
const longestPauseMs = 3_600_000

/**
 * Pause before the next attempt in milliseconds, doubling from ten seconds to an hour, never shorter
 * than the upstream asked for. `attempts` counts those that failed, this one included; `chance` in
 * 0..1 spreads a burst.
 */
export function pauseBefore(
  attempts: number,
  { retryAfterMs = 0 }: Problem,
  chance: number,
): number {
  const pause = Math.min(firstPauseMs * 2 ** (attempts - 1), longestPauseMs)
  return Math.max(pause * (0.75 + chance / 2), retryAfterMs)
}
