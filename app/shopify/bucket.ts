import type { Clock } from '../patience.ts'
import { longestPauseMs } from '../patience.ts'
import type { AdminBudget } from './admin.ts'

/**
 * The store's leaky bucket as its answers show it. Points are booked before a request starts, so
 * that those who wait stand in a line.
 */
export class Bucket {
  readonly #clock: Clock
  #told: AdminBudget | null = null
  #toldAt = 0
  /** Points that were booked since the store told, or that still wait for their turn. */
  #booked = 0
  #waiting = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /**
   * Resolves when a request of so many points may start. Returns the milliseconds to wait instead,
   * and books nothing, where that is longer than a caller should be kept.
   */
  async turn(points: number): Promise<{ go: true } | { go: false; waitMs: number }> {
    const waitMs = this.waitFor(points)
    if (waitMs > longestPauseMs) return { go: false, waitMs }
    this.#booked += points
    if (waitMs > 0) {
      this.#waiting += points
      await this.#clock.sleep(waitMs)
      this.#waiting -= points
    }
    return { go: true }
  }

  /** What an answer told. It counts all that has started by now, and nothing that still waits. */
  learn(told: AdminBudget): void {
    this.#told = told
    this.#toldAt = this.#clock.now()
    this.#booked = this.#waiting
  }

  get budget(): AdminBudget | null {
    return this.#told && { ...this.#told, available: Math.max(0, Math.floor(this.#left())) }
  }

  /** Milliseconds until so many points are there; zero as long as nothing is known. */
  waitFor(points: number): number {
    if (!this.#told) return 0
    // More than the bucket holds is never there: such a request starts on a full one.
    const missing = Math.min(points, this.#told.maximum) - this.#left()
    return missing <= 0 ? 0 : Math.ceil((missing / this.#told.restoredPerSecond) * 1_000)
  }

  #left(): number {
    if (!this.#told) return Infinity
    const { available, maximum, restoredPerSecond } = this.#told
    const restored = ((this.#clock.now() - this.#toldAt) / 1_000) * restoredPerSecond
    return Math.min(maximum, available + restored) - this.#booked
  }
}
