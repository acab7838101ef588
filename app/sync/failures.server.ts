/** What of a sync could not be written: counted by cause, the first of each cause listed. */
import { v7 as uuidv7 } from 'uuid'
import { z } from 'zod'
import type { Tx } from '../db/client.server.ts'
import type { Pass } from './pass.server.ts'
import { mostListed } from './sync.ts'

export interface Failure {
  /** Null = it is about all of them. */
  customer: string | null
  /** `klaviyo.predicted_ltv` */
  metafield: string
  code: string
  what: string
}

export const causesSchema = z.array(
  z.object({ code: z.string(), metafield: z.string(), what: z.string(), count: z.number() }),
)
export type Cause = z.infer<typeof causesSchema>[number]

/** In the transaction that ends what failed. Adds to the sync's count of failures too. */
export async function recordFailures(
  tx: Tx,
  { shop, syncId }: Pick<Pass, 'shop' | 'syncId'>,
  failures: Failure[],
): Promise<void> {
  if (failures.length === 0) return
  const row = await tx.sync.findUniqueOrThrow({
    where: { id: syncId, shopId: shop },
    select: { causes: true },
  })
  const causes = new Map(causesSchema.parse(row.causes).map((cause) => [keyOf(cause), cause]))
  const listed: Failure[] = []
  for (const failure of failures) {
    const { code, metafield, what } = failure
    const cause = causes.get(keyOf(failure)) ?? { code, metafield, what, count: 0 }
    if (cause.count < mostListed) listed.push(failure)
    causes.set(keyOf(failure), { ...cause, count: cause.count + 1 })
  }
  await tx.syncFinding.createMany({
    data: listed.map(({ customer, metafield, code, what }) => ({
      id: uuidv7(),
      shopId: shop,
      syncId,
      kind: 'error' as const,
      customerId: customer === null ? null : BigInt(customer),
      metafield,
      code,
      what,
    })),
  })
  await tx.sync.update({
    where: { id: syncId },
    data: { causes: [...causes.values()], failed: { increment: failures.length } },
  })
}

const keyOf = ({ code, metafield }: Pick<Cause, 'code' | 'metafield'>) => `${code} ${metafield}`
