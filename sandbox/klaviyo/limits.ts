/** Calls allowed in each fixed second and each fixed minute. */
export interface Tier {
  burst: number
  steady: number
}

/** https://developers.klaviyo.com/en/docs/rate_limits_and_error_handling */
export const tiers = {
  XS: { burst: 1, steady: 15 },
  S: { burst: 3, steady: 60 },
  M: { burst: 10, steady: 150 },
  L: { burst: 75, steady: 750 },
  XL: { burst: 350, steady: 3_500 },
} as const satisfies Record<string, Tier>

export type Take =
  { ok: true; headers: Record<string, string> } | { ok: false; retryAfterSeconds: number }

interface Window {
  startedAtMs: number
  used: number
}

/** The fixed windows of one account. All of its keys draw on them; each endpoint has its own. */
export class Limits {
  isEnforced = true
  /** Multiplies every limit, also in what the headers tell. */
  scale = 1
  /** How much faster the windows pass, for benchmarks of what takes hours. */
  timeScale = 1
  #windows = new Map<string, Window>()

  /**
   * Counts one call. `stricter` is a second, narrower bucket that some calls fall into; the headers
   * speak of the endpoint's own tier all the same, as Klaviyo's do.
   */
  take(endpoint: string, tier: Tier, stricter?: { name: string; tier: Tier }): Take {
    if (!this.isEnforced) return { ok: true, headers: {} }
    const now = Date.now()
    const [second, minute] = this.#pair(endpoint, tier, now)
    const all = [second, minute]
    if (stricter) all.push(...this.#pair(`${endpoint} ${stricter.name}`, stricter.tier, now))

    const full = all.filter(({ window, quota }) => window.used >= quota)
    if (full.length > 0) {
      const waits = full.map(({ endsAtMs }) => Math.ceil((endsAtMs - now) / 1_000))
      return { ok: false, retryAfterSeconds: Math.max(1, ...waits) }
    }
    for (const { window } of all) window.used++

    // The headers name the window that will run out first.
    const binding = left(second) <= left(minute) ? second : minute
    return {
      ok: true,
      headers: {
        'ratelimit-limit': `${binding.quota}, ${second.quota};w=1, ${minute.quota};w=60`,
        'ratelimit-remaining': String(left(binding)),
        'ratelimit-reset': String(Math.ceil((binding.endsAtMs - now) / 1_000)),
      },
    }
  }

  clear(): void {
    this.#windows.clear()
  }

  #pair(name: string, { burst, steady }: Tier, now: number) {
    return [
      this.#window(`${name} 1s`, burst, 1_000 / this.timeScale, now),
      this.#window(`${name} 60s`, steady, 60_000 / this.timeScale, now),
    ] as const
  }

  #window(name: string, limit: number, lengthMs: number, now: number) {
    const startedAtMs = now - (now % lengthMs)
    let window = this.#windows.get(name)
    if (window?.startedAtMs !== startedAtMs) {
      window = { startedAtMs, used: 0 }
      this.#windows.set(name, window)
    }
    const quota = Math.max(1, Math.floor(limit * this.scale))
    return { window, quota, endsAtMs: startedAtMs + lengthMs }
  }
}

const left = ({ window, quota }: { window: Window; quota: number }) => quota - window.used
