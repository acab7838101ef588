/** Sees that the metafields have their definitions before anything is written. */
import { v7 as uuidv7 } from 'uuid'
import { typeDiffers } from '../actions/metafield-writes.ts'
import { ProblemError } from '../problem.ts'
import type { Problem } from '../problem.ts'
import type { SyncMapping } from './document.ts'
import { leased } from './lease.server.ts'
import { isFilterable, nameOf } from './mapping.ts'
import type { Pass } from './pass.server.ts'

/** Mappings whose type is not the store's are left out of the sync, and its report says so. */
export async function defineAll(pass: Pass): Promise<void> {
  const { isDry, lease, shop, shopify, syncId } = pass
  const existing = new Map(
    (await shopify.metafieldDefinitions()).map(({ name, type }) => [name, type]),
  )
  const fit: SyncMapping[] = []
  const unfit: { mapping: SyncMapping; has: string }[] = []
  for (const mapping of pass.mappings) {
    const { document } = mapping
    const name = nameOf(document)
    let has = existing.get(name) ?? null
    if (has === null && !isDry) {
      has = await shopify.defineMetafield(name, document.type, {
        title: document.name,
        description: document.description,
        isPinned: document.isPinned,
        isFilterable: isFilterable(document.type),
      })
    }
    if (has === null || has === document.type) fit.push(mapping)
    else unfit.push({ mapping, has })
  }
  await leased(lease, async (tx) => {
    await tx.syncFinding.createMany({
      data: unfit.map(({ mapping: { document }, has }) => {
        const { code, what } = typeDiffers(nameOf(document), has, document.type)
        const metafield = nameOf(document)
        return { id: uuidv7(), shopId: shop, syncId, kind: 'error' as const, metafield, code, what }
      }),
    })
    await tx.sync.update({
      where: { id: syncId },
      data: { isDefined: true, mappings: fit, failed: { increment: unfit.length } },
    })
  })
  pass.mappings = fit
  if (fit.length === 0) throw new ProblemError(nothingFits)
}

const nothingFits: Problem = {
  code: 'sync-nothing-fits',
  what: 'Every metafield of the mappings has another type in this store.',
  remedy: 'Change the types of the mappings to those of the store, or choose other keys.',
  retry: 'never',
}
