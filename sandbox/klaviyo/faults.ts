import { z } from 'zod'

/** Trouble to make, once or several times, for calls that fit. The first that fits is used up. */
export const fault = z.intersection(
  z.object({
    times: z.int().positive().default(1),
    /** How many fitting calls go well before that, for trouble in the middle of a long walk. */
    after: z.int().min(0).default(0),
    /** Only calls of this path, written as in the table of calls: `/api/profiles/{id}`. */
    path: z.string().optional(),
    method: z.enum(['GET', 'POST', 'PATCH']).optional(),
    account: z.string().optional(),
    /** Whether the call takes effect before it goes wrong, as when an answer is lost on its way. */
    applied: z.boolean().default(false),
  }),
  z.discriminatedUnion('kind', [
    z.object({
      kind: z.literal('status'),
      status: z.int().min(400).max(599),
      retryAfterSeconds: z.int().min(0).optional(),
    }),
    /** The HTML page of Cloudflare that stands in front of Klaviyo. */
    z.object({ kind: z.literal('cloudflare'), status: z.int().default(403) }),
    /** Never answers: what a time-out is made of. */
    z.object({ kind: z.literal('hang') }),
    /** Closes the connection without a word. */
    z.object({ kind: z.literal('drop') }),
  ]),
)

export type Fault = z.infer<typeof fault>

export class Faults {
  #pending: Fault[] = []

  add(added: Fault): void {
    this.#pending.push(added)
  }

  clear(): void {
    this.#pending = []
  }

  /** The fault that a call runs into, used up by one. */
  take(call: { method: string; path: string; account: string | undefined }): Fault | undefined {
    const found = this.#pending.find(
      ({ method, path, account }) =>
        (method === undefined || method === call.method) &&
        (path === undefined || path === call.path) &&
        (account === undefined || account === call.account),
    )
    if (found && found.after > 0) {
      found.after--
      return undefined
    }
    if (found && --found.times === 0) {
      this.#pending = this.#pending.filter((each) => each !== found)
    }
    return found
  }
}
