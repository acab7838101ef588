/** Writes a page without a bulk operation: for the few changes of a small night. */
import { customerGid } from '../shopify/admin.ts'
import type { MetafieldResult } from '../shopify/admin.ts'
import { ProblemError } from '../problem.ts'
import { nameOf } from './mapping.ts'
import { entriesOf } from './pass.server.ts'
import type { Pass } from './pass.server.ts'
import { settlePage } from './settle.server.ts'
import type { Outcome } from './settle.server.ts'

export async function writeDirectly(pass: Pass, pageId: string): Promise<void> {
  const { mappings, shopify } = pass
  const entries = await entriesOf(pass, pageId)
  const refs = entries.flatMap(({ customer, values }) =>
    values.flatMap(([index, value]) => {
      const document = mappings[index]?.document
      if (!document) return []
      const owner = customerGid.parse(`gid://shopify/Customer/${customer}`)
      return [{ customer: owner, name: nameOf(document), type: document.type, value }]
    }),
  )
  // A page holds values to set or to delete, never both.
  const sets = refs.flatMap(({ value, ...ref }) => (value === null ? [] : [[{ ...ref, value }]]))
  const results =
    sets.length > 0 ? await shopify.setMetafields(sets) : await shopify.deleteMetafields(refs)
  for (const result of results) {
    if (result.outcome === 'refused' && result.problem.retry === 'mended') {
      throw new ProblemError(result.problem)
    }
  }
  const outcomes = results.map(outcomeOf).values()
  const perEntry = entries.map(({ values }) => values.map(() => outcomes.next().value ?? 'again'))
  await settlePage(pass, pageId, (entry) => perEntry[entry] ?? [])
}

function outcomeOf(result: MetafieldResult): Outcome {
  if (result.outcome === 'written') return 'written'
  if (result.outcome === 'stale') return 'again'
  return result.problem.retry === 'later' ? 'again' : result.problem
}
