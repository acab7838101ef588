/** A side lets us work again. */
import type { Tx } from '../db/client.server.ts'

/** What stood in line while a side refused us has its whole time in line before it again. */
export async function restartQueue(tx: Tx, shop: string): Promise<void> {
  await tx.run.updateMany({
    where: { shopId: shop, state: 'waiting' },
    data: { dueSince: new Date() },
  })
}
