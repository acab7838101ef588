/** Orders: find and change, many with few requests. */
import { problemOf } from '../problem.ts'
import type { Problem } from '../problem.ts'
import type { AdminApi } from './admin.ts'
import { pagesOf } from './batch.ts'
import type { Ask, Document, ReturnOf } from './batch.ts'
import {
  addTags,
  findLatestOrder,
  findOrder,
  findOrdersNamed,
  removeTags,
  updateOrder,
} from './documents.ts'
import { foldName, orderGid } from './orders.ts'
import type { OrderChange, OrderQuestion, OrderRef, StoredOrder } from './orders.ts'
import { orderGone, problemOfOrder } from './problems.ts'
import { resultOf } from './send.server.ts'
import type { Answer } from './send.server.ts'

/** Of 17 points at most; Shopify takes 1,000 in one document. */
const lookUpsPerQuery = 50

/** Orders a document: each has up to three changes, which Shopify carries out one by one. */
const ordersPerMutation = 20

type Calls = Pick<AdminApi, 'findOrders' | 'changeOrders'>

interface Means {
  carryOut: <D extends Document>(asks: Ask<D>[]) => Promise<Answer>
  carryOutOnce: <D extends Document>(asks: Ask<D>[], withinMs: number) => Promise<Answer>
}

type LookUp =
  typeof findOrder.document | typeof findOrdersNamed.document | typeof findLatestOrder.document

type Change = typeof updateOrder.document | typeof addTags.document | typeof removeTags.document

export function orderCalls({ carryOut, carryOutOnce }: Means): Calls {
  return {
    async findOrders(questions) {
      const pages = pagesOf(questions, lookUpsPerQuery).map(async (page) => {
        const asks = page.map(lookUpOf)
        const answer = await carryOut(asks)
        return page.map(({ ref }, index) => {
          const ask = asks[index]
          return ask ? foundIn(resultOf<LookUp>(answer, ask, index), ref) : null
        })
      })
      return (await Promise.all(pages)).flat()
    },

    async changeOrders(changes, withinMs) {
      const pages = pagesOf(changes, ordersPerMutation).map(async (page) => {
        const asked = page.flatMap((change, index) =>
          changesOf(change).map((ask) => ({ ask, index })),
        )
        const problems = page.map((): Problem | null => null)
        let answer: Answer
        try {
          answer = await carryOutOnce(
            asked.map(({ ask }) => ask),
            withinMs,
          )
        } catch (error) {
          const problem = problemOf(error)
          return page.map(() => problem)
        }
        for (const [number, { ask, index }] of asked.entries()) {
          problems[index] ??= complaintOf(answer, ask, number)
        }
        return problems
      })
      return (await Promise.all(pages)).flat()
    },
  }
}

function lookUpOf({ customer, ref }: OrderQuestion): Ask<LookUp> {
  switch (ref.by) {
    case 'latest':
      return { operation: findLatestOrder, variables: { id: customer } }
    case 'id':
      return { operation: findOrder, variables: { id: ref.id } }
    case 'name':
      return {
        operation: findOrdersNamed,
        variables: { query: `name:${JSON.stringify(foldName(ref.name))}` },
      }
  }
}

type Node = NonNullable<ReturnOf<typeof findOrder.document>['order']>

function foundIn(result: ReturnOf<LookUp>, ref: OrderRef): StoredOrder | null {
  if ('orders' in result) {
    // The search also finds names that only begin like it.
    const [only, ...others] = result.orders.nodes.filter(
      ({ name }) => ref.by === 'name' && foldName(name) === foldName(ref.name),
    )
    return only && others.length === 0 ? storedOrder(only) : null
  }
  const node =
    'order' in result ? result.order : 'customer' in result ? result.customer?.lastOrder : null
  return node ? storedOrder(node) : null
}

const storedOrder = ({ id, name, tags, customer, customAttributes }: Node): StoredOrder => ({
  id: orderGid.parse(id),
  name,
  customer: customer?.id ?? null,
  tags,
  attributes: customAttributes.map(({ key, value }) => ({ key, value: value ?? '' })),
})

function changesOf({ order, attributes, addTags: add, removeTags: remove }: OrderChange) {
  const asks: Ask<Change>[] = []
  if (attributes) {
    const input = { id: order, customAttributes: attributes }
    asks.push({ operation: updateOrder, variables: { input } })
  }
  if (remove.length > 0) {
    asks.push({ operation: removeTags, variables: { id: order, tags: remove } })
  }
  if (add.length > 0) asks.push({ operation: addTags, variables: { id: order, tags: add } })
  return asks
}

function complaintOf(answer: Answer, ask: Ask<Change>, number: number): Problem | null {
  try {
    const { outcome } = resultOf<Change>(answer, ask, number)
    const [complaint] = outcome?.userErrors ?? []
    return complaint ? problemOfOrder(complaint.message) : null
  } catch (error) {
    const problem = problemOf(error)
    // "Not found" is said in general, and here it is the order.
    return problem.code === 'customer-gone' ? orderGone : problem
  }
}
