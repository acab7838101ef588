import type { Clock } from '../patience.ts'
import { longestPauseMs } from '../patience.ts'

/** Requests that Klaviyo takes within a second and within a minute. */
export interface Limits {
  burst: number
  steady: number
}

/**
 * Hands out the moments at which requests may start. Klaviyo counts in fixed windows whose edges we
 * don't know; no span of a second or a minute holding more than the limit keeps within any of them.
 */
export class Pace {
  readonly #limits: Limits
  readonly #clock: Clock
  readonly #secondMs: number
  /** The last `steady` starts, oldest first; some may lie ahead. */
  #starts: number[] = []
  #pausedUntil = 0

  /** `timeScale`: how many times faster than ours the account's time goes, in a sandbox. */
  constructor(limits: Limits, clock: Clock, timeScale = 1) {
    this.#limits = limits
    this.#clock = clock
    this.#secondMs = 1_000 / timeScale
  }

  /**
   * Resolves when a request may start. Returns the milliseconds to wait instead, and lets nothing
   * start, where that is longer than a caller should be kept.
   */
  async turn(): Promise<{ go: true } | { go: false; waitMs: number }> {
    const now = this.#clock.now()
    const start = now + this.waitMs()
    if (start - now > longestPauseMs) return { go: false, waitMs: start - now }
    this.#starts.push(start)
    if (this.#starts.length > this.#limits.steady) this.#starts.shift()
    if (start > now) await this.#clock.sleep(start - now)
    return { go: true }
  }

  /** How long a request that came now would wait. */
  waitMs(): number {
    const now = this.#clock.now()
    const start = Math.max(
      now,
      this.#pausedUntil,
      this.#startBefore(this.#limits.burst) + this.#secondMs,
      this.#startBefore(this.#limits.steady) + 60 * this.#secondMs,
    )
    return start - now
  }

  /** Nothing starts for that long: Klaviyo said that the window is used up. */
  pause(ms: number): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, this.#clock.now() + ms)
  }

  #startBefore(count: number): number {
    return this.#starts.at(-count) ?? -Infinity
  }
}
