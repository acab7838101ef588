import type { Clock } from '../patience.ts'
import type { AdminBudget } from './admin.ts'

/** The store's leaky bucket as its answers show it, and the line of requests that wait for points. */
export class Bucket {
  readonly #clock: Clock
  #told: AdminBudget | null = null
  #toldAt = 0
  /** Points of the requests that started since the store told. */
  #started = 0
  #lastInLine = Promise.resolve()
  #news: PromiseWithResolvers<void> = Promise.withResolvers()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Resolves when a request of so many points may start. Nobody overtakes. */
  async turn(points: number): Promise<void> {
    const inFront = this.#lastInLine
    const start: PromiseWithResolvers<void> = Promise.withResolvers()
    this.#lastInLine = start.promise
    await inFront
    // Each answer may tell of more than was reckoned with: Shopify gives back what was charged ahead.
    for (let waitMs = this.waitFor(points); waitMs > 0; waitMs = this.waitFor(points)) {
      await Promise.race([this.#clock.sleep(waitMs), this.#news.promise])
    }
    this.#started += points
    start.resolve()
  }

  /** What an answer told; it is taken to count all that has started. */
  learn(told: AdminBudget): void {
    this.#told = told
    this.#toldAt = this.#clock.now()
    this.#started = 0
    this.#news.resolve()
    this.#news = Promise.withResolvers()
  }

  /** Milliseconds until so many points are there; zero as long as nothing is known. */
  waitFor(points: number): number {
    if (!this.#told) return 0
    // More than the bucket holds is never there: such a request starts on a full one.
    const missing = Math.min(points, this.#told.maximum) - this.#left()
    return missing <= 0 ? 0 : Math.ceil((missing / this.#told.restoredPerSecond) * 1_000)
  }

  get budget(): AdminBudget | null {
    return this.#told && { ...this.#told, available: Math.max(0, Math.floor(this.#left())) }
  }

  #left(): number {
    if (!this.#told) return Infinity
    const { available, maximum, restoredPerSecond } = this.#told
    const restored = ((this.#clock.now() - this.#toldAt) / 1_000) * restoredPerSecond
    return Math.min(maximum, available + restored - this.#started)
  }
}
