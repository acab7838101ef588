export interface CallCount {
  /** HTTP requests to the API, refused ones too. */
  requests: number
  reads: number
  writes: number
  /** By method and path template, such as `GET /api/profiles/{id}`. */
  paths: Record<string, number>
  /** By status of the answer. */
  statuses: Record<string, number>
}

/** Counts what the app asks of Klaviyo, for tests and benchmarks. */
export class Calls {
  #count = none()

  get count(): CallCount {
    return this.#count
  }

  request(method: string, path: string): void {
    this.#count.requests++
    if (method === 'GET') this.#count.reads++
    else this.#count.writes++
    bump(this.#count.paths, `${method} ${path}`)
  }

  answer(status: number): void {
    bump(this.#count.statuses, String(status))
  }

  clear(): void {
    this.#count = none()
  }
}

const none = (): CallCount => ({ requests: 0, reads: 0, writes: 0, paths: {}, statuses: {} })

function bump(counts: Record<string, number>, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1
}
