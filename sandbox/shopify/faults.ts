import type { Request, Response } from 'express'
import { z } from 'zod'

/** Trouble to make, once or several times, for calls that fit. The first that fits is used up. */
export const fault = z.intersection(
  z.object({
    times: z.int().positive().default(1),
    /** Only calls of this GraphQL operation; of the storage, `upload` or `download`. */
    operation: z.string().optional(),
    shop: z.string().optional(),
    door: z.enum(['graphql', 'oauth', 'storage']).default('graphql'),
    /** Whether the call takes effect before it goes wrong, as when an answer is lost on its way. */
    applied: z.boolean().default(false),
  }),
  z.discriminatedUnion('kind', [
    z.object({
      kind: z.literal('status'),
      status: z.int().min(400).max(599),
      retryAfterSeconds: z.number().optional(),
    }),
    z.object({ kind: z.literal('throttled') }),
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
  take(call: { door: Fault['door']; shop: string; operation?: string }): Fault | undefined {
    const found = this.#pending.find(
      ({ door, shop, operation }) =>
        door === call.door &&
        (shop === undefined || shop === call.shop) &&
        (operation === undefined || operation === call.operation),
    )
    if (found && --found.times === 0) {
      this.#pending = this.#pending.filter((each) => each !== found)
    }
    return found
  }
}

/** Makes a call go wrong; `refuse` answers with a status in the door's own words. */
export function fail(
  request: Request,
  response: Response,
  fault: Fault,
  refuse: (response: Response, status: number) => void,
): void {
  switch (fault.kind) {
    case 'status':
      if (fault.retryAfterSeconds !== undefined) {
        response.set('retry-after', fault.retryAfterSeconds.toFixed(1))
      }
      return refuse(response, fault.status)
    case 'throttled':
      return refuse(response, 429)
    case 'hang':
      return
    case 'drop':
      request.socket.destroy()
  }
}
