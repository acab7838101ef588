/**
 * What went wrong, in words for the person who can mend it.
 *
 * A `Problem` is data: it is stored with runs and shown on screens. `ProblemError` carries one
 * through code that throws. Whoever catches asks only `retry`; whoever shows asks only the words.
 */
import { z } from 'zod'
import { cut } from './text.ts'

/** Who waits for what: `never` = the same input fails again, `later` = time heals it, `mended` = the connection must be mended first. */
const retry = z.enum(['never', 'later', 'mended'])

export const problemSchema = z.object({
  /** Stable machine name, kebab-case, for grouping: `klaviyo-key-refused`. */
  code: z.string(),
  /** What happened, one plain sentence. Never holds a secret or personal data. */
  what: z.string(),
  /** What the merchant can do about it, one plain sentence. */
  remedy: z.string(),
  retry,
  /** The upstream asked for at least this pause before the next try. */
  retryAfterMs: z.number().optional(),
  /** Which side has to be mended when `retry` is `mended`. */
  side: z.enum(['klaviyo', 'shopify']).optional(),
})

export type Problem = z.infer<typeof problemSchema>

export class ProblemError extends Error {
  readonly problem: Problem
  constructor(problem: Problem, options?: ErrorOptions) {
    super(`${problem.code}: ${problem.what}`, options)
    this.name = 'ProblemError'
    this.problem = problem
  }
}

/** The problem inside any thrown value; what we did not foresee is ours, and worth another try. */
export function problemOf(thrown: unknown): Problem {
  if (thrown instanceof ProblemError) return thrown.problem
  return {
    code: 'internal',
    what: 'The app ran into an unexpected error.',
    remedy: 'It is tried again by itself. If it stays, contact support with the time of this run.',
    retry: 'later',
  }
}

const longestWords = 300

/**
 * What another service says of a request, less what is that request's own: addresses, phone numbers,
 * ids. It may be a person's, and without it the same trouble reads the same each time.
 */
export function generalWords(words: string): string {
  // Cut before the search too, which takes the square of a long word's time.
  const general = cut(words, 2_000)
    .replace(/gid:\/\/\S+|\S+@\S+|\+[\d\s().-]{6,}\d/g, '…')
    .replace(/[\w-]{7,}/g, (token) => (digitsOf(token) >= 3 ? '…' : token))
  return cut(general, longestWords)
}

const digitsOf = (text: string): number => text.replace(/\D/g, '').length

/** A field of a form or a stored document that is wrong: where, why, what to do instead. */
export interface FieldProblem {
  /** Path in the document, as zod gives it joined by dots: `actions.0.tags.1`. */
  field: string
  message: string
}
