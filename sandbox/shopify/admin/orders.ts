import { z } from 'zod'
import { displayName, legacyId } from '../customer.ts'
import { isRecent, type Order } from '../orders.ts'
import type { Store } from '../store.ts'
import { complaintAbout, normalizeTags } from '../tags.ts'
import { connection } from './connection.ts'
import { refusal, type Call, type ResolverGroup, type UserError } from './group.ts'
import { isWhen, parseSearch, satisfies, type Search } from './search.ts'

const idArgs = z.object({ id: z.string() })
const updateInput = z.strictObject({
  id: z.string(),
  customAttributes: z.array(z.strictObject({ key: z.string(), value: z.string() })).optional(),
  tags: z.array(z.string()).transform(normalizeTags).optional(),
  note: z.string().nullish(),
})
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
        .filter((order) => isRecent(order) && (!search || matches(order, search)))
        .sort((a, b) => a[at].getTime() - b[at].getTime() || (a.id < b.id ? -1 : 1))
      return connection(
        found,
        args,
        ({ id }) => id,
        (order) => present(order, store),
      )
    },
  },
  mutations: {
    orderUpdate: (args, { store }) => {
      const input = updateInput.safeParse(args.input)
      if (!input.success) {
        const why = z.prettifyError(input.error)
        throw refusal(`not supported by the sandbox: OrderInput: ${why}`, 'SANDBOX_UNSUPPORTED')
      }
      const { id, ...changed } = input.data
      const order = readable(store, id)
      if (!order) return { order: null, userErrors: [missing] }
      const userErrors = complaintsAbout(changed)
      if (userErrors.length > 0) return { order: null, userErrors }
      return { order: present(store.orders.change(order, changed), store), userErrors: [] }
    },
  },
  nodes: { Order: (id, { store }) => find(id, store) },
}

const missing: UserError = { field: ['id'], message: 'Order does not exist' }

/** The orders that an app without `read_all_orders` gets to see. */
function readable(store: Store, id: string): Order | undefined {
  const order = store.orders.get(id)
  return order && isRecent(order) ? order : undefined
}

function find(id: string, store: Store) {
  const order = readable(store, id)
  return order ? present(order, store) : null
}

/** The customer's newest order, as the app may see it. */
export function lastOrderOf(customerId: string, store: Store) {
  const own = store.orders.all.filter((order) => order.customerId === customerId && isRecent(order))
  const last = own.sort((a, b) => a.createdAt.getTime() - b.createdAt.getTime()).at(-1)
  return last ? present(last, store) : null
}

/** `tagsAdd` and `tagsRemove` on an order. */
export function changeOrderTags(
  id: string,
  { store }: Call,
  combine: (tags: readonly string[]) => string[],
) {
  const order = readable(store, id)
  if (!order) return { node: null, userErrors: [missing] }
  const tags = combine(order.tags)
  const userErrors = complaintsAbout({ tags })
  if (userErrors.length > 0) return { node: null, userErrors }
  return { node: present(store.orders.change(order, { tags }), store), userErrors: [] }
}

function complaintsAbout({ tags, customAttributes }: Partial<Order>): UserError[] {
  const complaint = tags && complaintAbout(tags)
  if (complaint) return [{ field: ['tags'], message: complaint }]
  if (customAttributes?.some(({ key }) => key.trim() === '')) {
    return [{ field: ['customAttributes'], message: "Key can't be blank" }]
  }
  return []
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
    number: Number(order.name.replace(/\D/g, '')),
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
