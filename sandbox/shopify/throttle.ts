export const planNames = ['Standard', 'Advanced', 'Plus'] as const
export type PlanName = (typeof planNames)[number]

/**
 * Points a second by plan (https://shopify.dev/docs/apps/build/apis/graphql-admin/rate-limits). The
 * size of the bucket is not documented and live stores differ; twenty seconds' worth is assumed.
 */
export const plans = {
  Standard: { restoreRate: 100, maximumAvailable: 2_000 },
  Advanced: { restoreRate: 200, maximumAvailable: 4_000 },
  Plus: { restoreRate: 1_000, maximumAvailable: 20_000 },
} satisfies Record<PlanName, BucketSettings>

export interface BucketSettings {
  /** Points that come back each second. */
  restoreRate: number
  /** Points in a full bucket. */
  maximumAvailable: number
}

export interface ThrottleStatus extends BucketSettings {
  currentlyAvailable: number
}

/** The leaky bucket that Shopify keeps for each pair of app and store. */
export class Bucket {
  isEnforced = true
  #settings: BucketSettings
  #available: number
  #readAt = performance.now()

  constructor(settings: BucketSettings) {
    this.#settings = settings
    this.#available = settings.maximumAvailable
  }

  get status(): ThrottleStatus {
    this.#restore()
    return { ...this.#settings, currentlyAvailable: Math.floor(this.#available) }
  }

  /** Starts over with other limits and a full bucket. */
  configure(settings: Partial<BucketSettings>): void {
    this.#settings = { ...this.#settings, ...settings }
    this.#available = this.#settings.maximumAvailable
  }

  /** Takes `points`; false, and nothing taken, when they aren't there. */
  take(points: number): boolean {
    if (!this.isEnforced) return true
    this.#restore()
    if (points > this.#available) return false
    this.#available -= points
    return true
  }

  /** Gives back what a query was charged ahead of its run and did not use. */
  refund(points: number): void {
    if (this.isEnforced) this.#available += points
  }

  #restore(): void {
    const now = performance.now()
    const restored = ((now - this.#readAt) / 1000) * this.#settings.restoreRate
    this.#available = Math.min(this.#settings.maximumAvailable, this.#available + restored)
    this.#readAt = now
  }
}
