/** The mappings as a sync carries them. */
import { prisma } from '../db/client.server.ts'
import { mappingDocument } from './document.ts'
import type { SyncMapping } from './document.ts'

/** All that are on, or the one if it is on. */
export async function mappingsFor(shop: string, only: string | null): Promise<SyncMapping[]> {
  const rows = await prisma.mapping.findMany({
    where: { shopId: shop, isEnabled: true, ...(only === null ? {} : { id: only }) },
    orderBy: [{ position: 'asc' }, { id: 'asc' }],
    select: { id: true, slot: true, document: true },
  })
  return rows.map(({ document, ...row }) => ({ ...row, document: mappingDocument.parse(document) }))
}
