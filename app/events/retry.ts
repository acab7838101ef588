/** When an event is tried again, and when no more. Pure. */
import type { Problem } from '../problem.ts'

/** With the pauses below: about a day, as long as Klaviyo itself keeps trying. */
export const mostAttempts = 30

const firstPauseMs = 10_000
const longestPauseMs = 3_600_000

/** Tens of thousands of writes to a small account take a day; what is older has no use any more. */
const longestQueueMs = 3 * 24 * 3_600_000

/** An upstream that says when to come back is busy, not broken: what stands in line has not failed. */
const isInLine = ({ retryAfterMs }: Problem) => retryAfterMs !== undefined

/** Whether a try that ended so counts towards `mostAttempts`. */
export const isFailure = (problem: Problem | null): boolean =>
  problem?.retry === 'later' && !isInLine(problem)

/** Whether nothing more is tried. `failures` include the last one; `ageMs` is the event's. */
export function isOver(problem: Problem | null, failures: number, ageMs: number): boolean {
  if (problem?.retry !== 'later') return false
  return isInLine(problem) ? ageMs > longestQueueMs : failures >= mostAttempts
}

/**
 * Pause before the next attempt in milliseconds: doubling from ten seconds to an hour, or what the
 * upstream asked for. `failures` include the last one; `chance` in 0..1 spreads a burst.
 */
export function pauseBefore(failures: number, problem: Problem, chance: number): number {
  if (problem.retryAfterMs !== undefined) return problem.retryAfterMs * (1 + chance / 4)
  const pause = Math.min(firstPauseMs * 2 ** (failures - 1), longestPauseMs)
  return pause * (0.75 + chance / 2)
}
