/**
 * One document to a store and back: in the store's pace, and again when time heals it.
 *
 * shopify-app-remix's client reads Retry-After's seconds as milliseconds and gives up on THROTTLED,
 * so it is called without retries of its own and they are made here. Repeating is safe because every
 * operation we send is idempotent, or sent as one that is not.
 */
import pLimit from 'p-limit'
import { z } from 'zod'
import { patiently } from '../patience.ts'
import type { Clock } from '../patience.ts'
import { ProblemError } from '../problem.ts'
import type { GraphqlCall } from './admin.ts'
import { answerOf, numberOf } from './batch.ts'
import type { Ask, Batch, Document, ReturnOf } from './batch.ts'
import { Bucket } from './bucket.ts'
import {
  answerIn,
  busy,
  graphqlError,
  problemOfError,
  problemOfThrown,
  tooLate,
} from './problems.ts'
import type { GraphqlError } from './problems.ts'

const requestsAtATime = 6

/** What all that talk to one store share. */
export interface Line {
  bucket: Bucket
  slots: ReturnType<typeof pLimit>
  clock: Clock
}

export const openLine = (clock: Clock): Line => ({
  bucket: new Bucket(clock),
  slots: pLimit(requestsAtATime),
  clock,
})

export interface Answer {
  data: Record<string, unknown>
  /** About single fields; what concerns the whole document was thrown. */
  errors: GraphqlError[]
  /** That answered, where the answer says so. */
  apiVersion: string | null
}

/**
 * Resolves with what Shopify answered, or rejects with a ProblemError. `in line` is for work: it
 * waits behind all that was sent before. A small question with a person waiting goes `at once`.
 * `onceWithinMs` is for what must not happen twice: it is not sent when its turn comes later than
 * that, and not again unless Shopify surely did not carry it out.
 */
export function send(
  graphql: GraphqlCall,
  batch: Batch,
  line: Line,
  place: 'in line' | 'at once' | { onceWithinMs: number } = 'in line',
): Promise<Answer> {
  const { bucket, clock, slots } = line
  let { points } = batch
  const latest = typeof place === 'object' ? clock.now() + place.onceWithinMs : Infinity
  const tries = () =>
    patiently(attempt, {
      clock,
      // Not after a time-out: the caller has waited long enough.
      mayRepeat: ({ code }) =>
        code === 'shopify-busy' ||
        (latest === Infinity && (code === 'shopify-down' || code === 'shopify-unreachable')),
    })
  return place === 'at once' ? tries() : slots(tries)

  async function attempt(): Promise<Answer> {
    if (place !== 'at once') await bucket.turn(points)
    if (clock.now() > latest) throw new ProblemError(tooLate)
    const { data, errors = [], extensions, headers } = answerBody.parse(await call())
    const cost = extensions?.cost
    if (cost) {
      const { maximumAvailable, currentlyAvailable, restoreRate } = cost.throttleStatus
      bucket.learn({
        maximum: maximumAvailable,
        available: currentlyAvailable,
        restoredPerSecond: restoreRate,
      })
    }
    if (errors.some(({ extensions }) => extensions?.code === 'THROTTLED')) {
      // From now on it costs what Shopify says, and the bucket knows how long that takes to come.
      points = Math.max(points, cost?.requestedQueryCost ?? 0)
      throw new ProblemError(busy(bucket.waitFor(points) + Math.random() * jitterMs))
    }
    const general = errors.find(({ path }) => !path?.length) ?? (data ? undefined : errors[0])
    if (general) throw new ProblemError(problemOfError(general))
    return { data: data ?? {}, errors, apiVersion: headers?.['X-Shopify-Api-Version']?.[0] ?? null }
  }

  async function call(): Promise<unknown> {
    try {
      const response = await graphql(batch.document, { variables: batch.variables })
      return await response.json()
    } catch (thrown) {
      const answer = answerIn(thrown)
      if (answer === undefined) throw new ProblemError(problemOfThrown(thrown))
      return answer
    }
  }
}

/** The answer's part for one ask. Throws a ProblemError where the answer holds an error of it. */
export function resultOf<D extends Document>(
  answer: Answer,
  ask: Ask<D>,
  number: number,
): ReturnOf<D> {
  const error = answer.errors.find(({ path }) => numberOf(path) === number)
  if (error) throw new ProblemError(problemOfError(error))
  return answerOf(answer.data, ask, number)
}

/** Parts those who were throttled together. */
const jitterMs = 250

const answerBody = z.object({
  data: z.record(z.string(), z.unknown()).nullish(),
  errors: z.array(graphqlError).optional(),
  extensions: z
    .object({
      cost: z
        .object({
          requestedQueryCost: z.number(),
          throttleStatus: z.object({
            maximumAvailable: z.number(),
            currentlyAvailable: z.number(),
            restoreRate: z.number().positive(),
          }),
        })
        .optional(),
    })
    .optional(),
  headers: z.record(z.string(), z.array(z.string())).optional().catch(undefined),
})
