import { z } from 'zod'
import type { Order } from '../orders.ts'
import { displayName, legacyId } from '../customer.ts'
import type { Store } from '../store.ts'
import { connection } from './connection.ts'
import { refusal, type ResolverGroup } from './group.ts'
import { isWhen, parseSearch, satisfies, type Search } from './search.ts'

const idArgs = z.object({ id: z.string() })
const listArgs = z.object({
  query: z.string().nullish(),
  sortKey: z.enum(['ID', 'CREATED_AT', 'UPDATED_AT', 'PROCESSED_AT']).nullish(),
})

export const orders: ResolverGroup = {
  queries: {
    order: (args, { store }) => find(idArgs.parse(args).id, store),
    orders: (args, { store }) => {
      const { query, sortKey } = listArgs.parse(args)
      const search = query ? parseSearch(query) : undefined
      const at = sortKey === 'UPDATED_AT' ? 'updatedAt' : 'createdAt'
      const found = store.orders.all
        .filter((order) => !search || matches(order, search))
        .sort((a, b) => a[at].getTime() - b[at].getTime() || (a.id < b.id ? -1 : 1))
      return connection(
        found,
        args,
        ({ id }) => id,
        (order) => present(order, store),
      )
    },
  },
  mutations: {},
  nodes: { Order: (id, { store }) => find(id, store) },
}

function find(id: string, store: Store) {
  const order = store.orders.get(id)
  return order ? present(order, store) : null
}

function present(order: Order, store: Store) {
  const customer = order.customerId === null ? undefined : store.customer(order.customerId)
  const money = { amount: order.total.toFixed(2), currencyCode: store.seed.currencyCode }
  const total = { shopMoney: money, presentmentMoney: money }
  return {
    __typename: 'Order',
    id: order.id,
    legacyResourceId: legacyId(order.id),
    name: order.name,
    customer: customer
      ? { __typename: 'Customer', id: customer.id, displayName: displayName(customer) }
      : null,
    discountCode: order.discountCodes[0] ?? null,
    discountCodes: [...order.discountCodes],
    totalPriceSet: total,
    currentTotalPriceSet: total,
    currencyCode: money.currencyCode,
    tags: order.tags,
    customAttributes: order.customAttributes,
    note: order.note,
    createdAt: order.createdAt.toISOString(),
    updatedAt: order.updatedAt.toISOString(),
  }
}

function matches(order: Order, search: Search): boolean {
  return satisfies(search, ({ field, value }) => {
    switch (field) {
      case 'id':
        return legacyId(order.id) === value
      case 'name':
        return order.name.replace('#', '') === value.replace('#', '')
      case 'customer_id':
        return order.customerId !== null && legacyId(order.customerId) === value
      case 'updated_at':
        return isWhen(order.updatedAt, value)
      case 'created_at':
        return isWhen(order.createdAt, value)
      case 'tag':
        return order.tags.some((tag) => tag.toLowerCase() === value.toLowerCase())
      default:
        throw refusal(`not supported by the sandbox: search by ${field}`, 'SANDBOX_UNSUPPORTED')
    }
  })
}
