import { z } from 'zod'
import type { Explanation } from '../rules/conditions.ts'

const explanation: z.ZodType<Explanation> = z.lazy(() =>
  z.object({
    held: z.boolean(),
    text: z.string(),
    found: z.string().nullable(),
    parts: z.array(explanation),
  }),
)

/** An explanation as it was stored, or null where there is none. */
export function explanationOf(why: unknown): Explanation | null {
  return explanation.safeParse(why).data ?? null
}
