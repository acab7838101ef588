/** How the app waits for other people's servers. */
import pRetry from 'p-retry'
import { problemOf } from './problem.ts'
import type { Problem } from './problem.ts'

export interface Clock {
  /** Milliseconds since some fixed moment; never goes back. */
  now(): number
  sleep(ms: number): Promise<void>
}

export const systemClock: Clock = {
  now: () => performance.now(),
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
}

/** A pause longer than this is the caller's to plan: the job comes back, the merchant is told. */
export const longestPauseMs = 20_000

const mostTries = 4
const firstBackoffMs = 250

/**
 * Tries again what time heals and `mayRepeat` allows: after exactly the pause that was asked for,
 * else after one that doubles, with jitter so that those who failed together don't return together.
 * Rejects with what the last try threw.
 */
export function patiently<T>(
  attempt: () => Promise<T>,
  { clock, mayRepeat }: { clock: Clock; mayRepeat: (problem: Problem) => boolean },
): Promise<T> {
  return pRetry(attempt, {
    retries: mostTries - 1,
    minTimeout: 0,
    shouldRetry: async ({ error, attemptNumber }) => {
      const problem = problemOf(error)
      if (problem.retry !== 'later' || !mayRepeat(problem)) return false
      const backoffMs = firstBackoffMs * 2 ** (attemptNumber - 1) * (0.5 + Math.random())
      const pauseMs = problem.retryAfterMs ?? backoffMs
      if (pauseMs > longestPauseMs) return false
      await clock.sleep(pauseMs)
      return true
    },
  })
}
