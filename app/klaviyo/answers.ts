/** What all of Klaviyo's answers are made of. */
import { z } from 'zod'
import { ProblemError } from '../problem.ts'
import { strangeAnswer } from './problems.ts'

export function parse<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body)
  if (!parsed.success) throw new ProblemError(strangeAnswer, { cause: parsed.error })
  return parsed.data
}

export const text = z
  .string()
  .nullish()
  .transform((value) => value ?? null)

/** A page of a list; the cursor is cut out of the address of the next one. */
export function listOf<Item>(item: z.ZodType<Item>) {
  return z
    .object({ data: z.array(item), links: z.object({ next: z.string().nullish() }).nullish() })
    .transform(({ data, links }) => ({
      data,
      next: links?.next
        ? (new URL(links.next).searchParams.get('page[cursor]') ?? undefined)
        : undefined,
    }))
}
