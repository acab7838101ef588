/**
 * Carries annotations of orders out. Repeating one changes nothing: an attribute that has its value
 * is not written again, and tags are added and removed by name.
 *
 * Shopify replaces an order's attributes as a whole and can't compare and set. So they are read
 * again right before they are written, and merged; what somebody else writes in the moment between
 * would be lost. Nothing is done in that moment but the writing.
 */
import { z } from 'zod'
import type { Problem } from '../problem.ts'
import type { AdminApi } from '../shopify/admin.ts'
import { pagesOf } from '../shopify/batch.ts'
import { orderGid } from '../shopify/orders.ts'
import type { Attribute, StoredOrder } from '../shopify/orders.ts'
import { orderGone } from '../shopify/problems.ts'
import type { Applied, Intent, Services } from './action.ts'

const attributes = z.array(z.object({ key: z.string(), value: z.string() }))

export const orderAnnotation = z.object({
  order: orderGid,
  /** To be noted; none of the keys was there. */
  attributes,
  /** To be taken out, where they still hold this. */
  dropped: attributes,
  addTags: z.array(z.string()),
  removeTags: z.array(z.string()),
})
export type OrderAnnotation = z.infer<typeof orderAnnotation>

type Write = Intent<OrderAnnotation>

/** All that goes to one order. */
interface Merged {
  order: StoredOrder
  writes: Write[]
  attributes: Attribute[]
  addTags: string[]
  removeTags: string[]
}

/** So few are read and written at a time that the writing follows on the reading. */
const ordersAtATime = 20

const writeWithinMs = 5_000

export async function applyToOrders(
  intents: Write[],
  { shopify }: Pick<Services, 'shopify'>,
): Promise<Applied[]> {
  const outcomes = new Map<string, Applied>()
  const groups = [...Map.groupBy(intents, ({ change }) => change.order).values()]
  for (const page of pagesOf(groups, ordersAtATime)) await applyPage(page, shopify, outcomes)
  return intents.map(({ stepId }) => outcomes.get(stepId) ?? { ok: true })
}

async function applyPage(
  groups: Write[][],
  shopify: AdminApi,
  outcomes: Map<string, Applied>,
): Promise<void> {
  const questions = groups.flatMap(([first]) =>
    first ? [{ customer: first.customer, ref: { by: 'id', id: first.change.order } } as const] : [],
  )
  const found = await shopify.findOrders(questions)
  const due = groups.flatMap((writes, index): Merged[] => {
    const order = found[index]
    if (order) return [merge(order, writes, outcomes)]
    for (const { stepId } of writes) outcomes.set(stepId, { ok: false, problem: orderGone })
    return []
  })
  const problems = await shopify.changeOrders(
    due.map(({ order, attributes, addTags, removeTags }) => ({
      order: order.id,
      attributes: isSame(attributes, order.attributes) ? null : attributes,
      addTags,
      removeTags,
    })),
    writeWithinMs,
  )
  for (const [index, { writes }] of due.entries()) {
    const problem = problems[index]
    for (const { stepId } of writes) {
      outcomes.set(stepId, problem ? { ok: false, problem } : { ok: true })
    }
  }
}

/** One after the other; those whose key somebody else has filled since are to be decided anew. */
function merge(order: StoredOrder, writes: Write[], outcomes: Map<string, Applied>): Merged {
  const merged: Merged = {
    order,
    writes: [],
    attributes: order.attributes,
    addTags: [],
    removeTags: [],
  }
  for (const write of writes) {
    const { attributes, dropped, addTags, removeTags } = write.change
    const held = new Map(merged.attributes.map(({ key, value }) => [key, value]))
    if (attributes.some(({ key, value }) => (held.get(key) ?? value) !== value)) {
      outcomes.set(write.stepId, { ok: false, decideAnew: true, problem: filledMeanwhile })
      continue
    }
    merged.writes.push(write)
    merged.attributes = [
      ...merged.attributes.filter(
        (each) => !dropped.some(({ key, value }) => key === each.key && value === each.value),
      ),
      ...attributes.filter(({ key }) => !held.has(key)),
    ]
    merged.addTags = [...merged.addTags.filter((tag) => !removeTags.includes(tag)), ...addTags]
    merged.removeTags = [
      ...merged.removeTags.filter((tag) => !addTags.includes(tag)),
      ...removeTags,
    ]
  }
  return merged
}

const isSame = (a: Attribute[], b: Attribute[]) => JSON.stringify(a) === JSON.stringify(b)

const filledMeanwhile: Problem = {
  code: 'order-changed',
  what: 'Somebody else noted something under the same name on the order meanwhile.',
  remedy: 'It is read and decided anew by itself.',
  retry: 'later',
  retryAfterMs: 1_000,
}
