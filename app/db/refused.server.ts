import { z } from 'zod'
import { Prisma } from './generated/client.ts'

const refusal = z.object({
  driverAdapterError: z.object({ cause: z.object({ originalCode: z.string() }) }),
})

/**
 * Whether the database refused a statement for the values in it: the same values are refused again.
 * https://www.postgresql.org/docs/current/errcodes-appendix.html: 22 = data exception, 54 = limit
 * of the program exceeded.
 */
export function isRefusedForData(error: unknown): boolean {
  if (!(error instanceof Prisma.PrismaClientKnownRequestError)) return false
  const code = refusal.safeParse(error.meta).data?.driverAdapterError.cause.originalCode
  return code !== undefined && /^(22|54)/.test(code)
}
