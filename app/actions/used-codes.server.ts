import { prisma } from '../db/client.server.ts'
import type { LostSteps } from './action.ts'

export const codeWasUsed = 'The code was used, so it stays.'
export const codeIsOver = 'The code has ended already.'

/** Of steps that made codes, those whose code is over, or was used as far as the orders were read. */
export async function usedCodes(stepIds: string[], shop: string): Promise<LostSteps[]> {
  const own = { shopId: shop, stepId: { in: stepIds } }
  const [used, over] = await Promise.all([
    prisma.issuedCode.count({ where: { ...own, usedAt: { not: null } } }),
    prisma.issuedCode.count({
      where: {
        ...own,
        usedAt: null,
        OR: [
          { endsAt: { lte: new Date() } },
          { replacedAt: { not: null } },
          { deletedAt: { not: null } },
        ],
      },
    }),
  ])
  return [
    { reason: codeWasUsed, count: used },
    { reason: codeIsOver, count: over },
  ]
}
