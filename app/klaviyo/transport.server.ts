/**
 * The transport under `klaviyo-api`: its Session, with what the client lacks. Types and
 * serialisation stay theirs; pacing, time-outs, retries and the words of errors are ours.
 */
import type { Session } from 'klaviyo-api'
import { patiently } from '../patience.ts'
import type { Clock } from '../patience.ts'
import { ProblemError } from '../problem.ts'
import { cleanJson } from '../text.ts'
import type { Json, KlaviyoBudget, NeededScope } from './klaviyo.ts'
import { Pace } from './pace.ts'
import type { Limits } from './pace.ts'
import { busy, problemOfRefusal, timedOut, unreachable } from './problems.ts'

/** The revision klaviyo-api 23 was made for: its own sessions send it, so ours has to. */
const revision = '2026-07-15'

/** A bucket of requests: mostly that of the one endpoint that a scope opens for us. */
export type BucketName = NeededScope | 'predictions'

/** https://developers.klaviyo.com/en/docs/rate_limits_and_error_handling */
const limits: Record<BucketName, Limits> = {
  'accounts:read': { burst: 1, steady: 15 },
  'profiles:read': { burst: 75, steady: 750 },
  'metrics:read': { burst: 10, steady: 150 },
  'flows:read': { burst: 3, steady: 60 },
  'campaigns:read': { burst: 10, steady: 150 },
  'profiles:write': { burst: 75, steady: 750 },
  'events:read': { burst: 350, steady: 3_500 },
  'events:write': { burst: 350, steady: 3_500 },
  // Both used for bulk imports only.
  'lists:read': { burst: 10, steady: 150 },
  'lists:write': { burst: 10, steady: 150 },
  'segments:read': { burst: 75, steady: 750 },
  // Lists of profiles with predictive analytics.
  predictions: { burst: 10, steady: 150 },
}

/** What all keys of an account share at Klaviyo. */
export class Allowance {
  budget: KlaviyoBudget | null = null
  readonly clock: Clock
  readonly #timeScale: number
  readonly #paces = new Map<BucketName, Pace>()

  constructor(clock: Clock, timeScale = 1) {
    this.clock = clock
    this.#timeScale = timeScale
  }

  pace(bucket: BucketName): Pace {
    const known = this.#paces.get(bucket)
    if (known) return known
    const pace = new Pace(limits[bucket], this.clock, this.#timeScale)
    this.#paces.set(bucket, pace)
    return pace
  }
}

export interface SessionOptions {
  key: string
  allowance: Allowance
  /** Tells the bucket, unless one is named, and what is missing when Klaviyo answers 403. */
  scope: NeededScope
  bucket?: BucketName
  /**
   * From the first byte out to the last byte in. Connecting is part of it; Node's fetch gives up on
   * that alone after 10 s (undici's `connectTimeout`), and keeps connections alive.
   */
  answerTimeoutMs: number
}

/** Every request made with the session ends in an answer below 300 or a ProblemError. */
export function sessionFor(options: SessionOptions): Session {
  const { key, allowance, scope, answerTimeoutMs } = options
  const { clock } = allowance
  const pace = allowance.pace(options.bucket ?? scope)

  return {
    applyToRequest(request) {
      request.headers = Object.assign(request.headers ?? {}, {
        Authorization: `Klaviyo-API-Key ${key}`,
        revision,
      })
    },
    requestWithRetry: (request) =>
      patiently(() => send(request), {
        clock,
        // What was not taken in (429) may always be said again, what may have been only if it reads.
        mayRepeat: ({ code }) =>
          code === 'klaviyo-busy' ||
          (request.method === 'GET' && (code === 'klaviyo-down' || code === 'klaviyo-unreachable')),
      }),
    refreshAndRetry: () => false,
  }

  async function send(request: Parameters<Session['requestWithRetry']>[0]) {
    const turn = await pace.turn()
    if (!turn.go) throw new ProblemError(busy(turn.waitMs))
    // Loaded by klaviyo-api anyway, and like it only when first needed.
    const { default: axios } = await import('axios')
    const response = await axios
      .request<Json>({
        ...request,
        adapter: 'fetch',
        signal: AbortSignal.timeout(answerTimeoutMs),
        validateStatus: () => true,
      })
      // The thrown AxiosError holds the key in its headers: it must not travel on, not even as cause.
      .catch((error: unknown) => {
        throw new ProblemError(isTimeout(error) ? timedOut : unreachable)
      })
    const { status } = response
    const data = cleanJson(response.data)
    const header = (name: string) => headerOf(response.headers, name)
    const budget = budgetOf(header)
    if (budget) allowance.budget = budget
    if (budget?.remaining === 0) pace.pause(budget.resetMs)
    if (status < 300) return { ...response, data }

    const problem = problemOfRefusal(
      { status, body: data, retryAfter: header('retry-after') },
      scope,
    )
    if (problem.code === 'klaviyo-busy') pace.pause(problem.retryAfterMs ?? 0)
    throw new ProblemError(problem)
  }
}

function isTimeout(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause.name === 'TimeoutError' || cause.name === 'CanceledError') return true
    if ('code' in cause && String(cause.code).includes('TIMEOUT')) return true
  }
  return false
}

function headerOf(headers: object, name: string): string | undefined {
  const value: unknown = Object.entries(headers).find(([key]) => key.toLowerCase() === name)?.[1]
  return typeof value === 'string' ? value : undefined
}

/** `ratelimit-limit: 75, 75;w=1, 750;w=60` with the remaining requests and seconds of its first. */
function budgetOf(header: (name: string) => string | undefined): KlaviyoBudget | null {
  const [limit, remaining, reset] = ['limit', 'remaining', 'reset'].map((name) =>
    Number.parseInt(header(`ratelimit-${name}`) ?? '', 10),
  )
  if (limit === undefined || remaining === undefined || reset === undefined) return null
  if (Number.isNaN(limit + remaining + reset)) return null
  return { limit, remaining, resetMs: reset * 1_000 }
}
