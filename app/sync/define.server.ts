/** Sees that the metafields have their definitions before anything is written. */
import { typeDiffers } from '../actions/metafield-writes.ts'
import { ProblemError } from '../problem.ts'
import type { Problem } from '../problem.ts'
import type { SyncMapping } from './document.ts'
import { recordFailures } from './failures.server.ts'
import { leased } from './lease.server.ts'
import { isFilterable, nameOf } from './mapping.ts'
import type { Pass } from './pass.server.ts'

/** Mappings whose type is not the store's are left out of the sync, and its report says so. */
export async function defineAll(pass: Pass): Promise<void> {
  const { isDry, lease, shopify, syncId } = pass
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
    const failures = unfit.map(({ mapping: { document }, has }) => {
      const metafield = nameOf(document)
      const { code, what } = typeDiffers(metafield, has, document.type, 'mapping')
      return { customer: null, metafield, code, what }
    })
    await recordFailures(tx, pass, failures)
    await tx.sync.update({ where: { id: syncId }, data: { isDefined: true, mappings: fit } })
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
