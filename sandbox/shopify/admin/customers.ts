import { z } from 'zod'
import { displayName, legacyId, type Customer, type CustomerDraft } from '../customer.ts'
import { TakenError, type Store } from '../store.ts'
import { complaintAbout, normalizeTags, withoutTags, withTags } from '../tags.ts'
import { connection } from './connection.ts'
import { refusal, typeOf, type Call, type ResolverGroup, type UserError } from './group.ts'
import { metafieldsOf } from './metafields.ts'
import { changeOrderTags, lastOrderOf } from './orders.ts'
import { parseSearch, satisfies, type Search } from './search.ts'
import { creditAccountsOf } from './store-credit.ts'

const idArgs = z.object({ id: z.string() })
const identifierArgs = z.object({
  identifier: z.object({
    id: z.string().optional(),
    emailAddress: z.string().optional(),
    phoneNumber: z.string().optional(),
    customId: z.unknown().optional(),
  }),
})
const tagArgs = z.object({ id: z.string(), tags: z.array(z.string()) })
const listArgs = z.object({ query: z.string().nullish(), sortKey: z.string().nullish() })
const updateInput = z.strictObject({
  id: z.string(),
  firstName: z.string().nullish(),
  lastName: z.string().nullish(),
  email: z.string().nullish(),
  phone: z.string().nullish(),
  note: z.string().nullish(),
  tags: z.array(z.string()).optional(),
})

const createInput = updateInput.omit({ id: true })

export const customers: ResolverGroup = {
  queries: {
    customer: (args, { store }) => find(store, idArgs.parse(args).id),
    customerByIdentifier: (args, { store }) => {
      const { id, emailAddress, phoneNumber, customId } = identifierArgs.parse(args).identifier
      if (customId !== undefined) throw unsupported('CustomerIdentifierInput.customId')
      if (id !== undefined) return find(store, id)
      return toNode(
        emailAddress !== undefined
          ? store.customerByEmail(emailAddress)
          : store.customerByPhone(phoneNumber ?? ''),
      )
    },
    customers: (args, { store }) => {
      const { query, sortKey } = listArgs.parse(args)
      if (sortKey && sortKey !== 'ID') throw unsupported(`CustomerSortKeys.${sortKey}`)
      const found = [...findCustomers(store, query ?? null)]
      return connection(found, args, (customer) => customer.id, present)
    },
  },

  mutations: {
    tagsAdd: (args, call) =>
      changeTags('tagsAdd', args, call, (tags, given) => withTags(tags, given)),
    tagsRemove: (args, call) =>
      changeTags('tagsRemove', args, call, (tags, given) => withoutTags(tags, given)),
    customerCreate: (args, { store }) => {
      const input = createInput.safeParse(args.input)
      if (!input.success) throw unsupported(`CustomerInput: ${z.prettifyError(input.error)}`)
      const { email, phone } = input.data
      const refuse = (field: string[] | null, message: string) => ({
        customer: null,
        userErrors: [{ field, message }],
      })
      if (email && !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(email))
        return refuse(['email'], 'Email is invalid')
      if (phone && !/^\+\d{6,15}$/.test(phone)) return refuse(['phone'], 'Phone is invalid')
      if (!email && !phone) {
        return refuse(null, 'A name, phone number, or email address must be present')
      }
      try {
        return { customer: present(store.create(input.data)), userErrors: [] }
      } catch (error) {
        if (error instanceof TakenError) return refuse([error.field], error.message)
        throw error
      }
    },
    customerUpdate: (args, { store }) => {
      const input = updateInput.safeParse(args.input)
      if (!input.success) throw unsupported(`CustomerInput: ${z.prettifyError(input.error)}`)
      const { id, tags, ...rest } = input.data
      const customer = existing(store, id)
      if (!customer) return { customer: null, userErrors: [missing] }
      const draft: CustomerDraft = { ...rest, ...(tags && { tags: normalizeTags(tags) }) }
      const userErrors = change(store, customer, draft, 'customerUpdate')
      return { customer: userErrors.length > 0 ? null : present(customer), userErrors }
    },
  },

  nodes: { Customer: (id, { store }) => find(store, id) },
}

/** In order of id. */
export function* findCustomers(store: Store, query: string | null): Generator<Customer> {
  const search = query ? parseSearch(query) : undefined
  for (const each of store.customers) if (!search || matches(each, search)) yield each
}

const missing: UserError = { field: ['id'], message: 'Customer does not exist' }

function changeTags(
  operation: string,
  args: Record<string, unknown>,
  call: Call,
  combine: (tags: readonly string[], given: readonly string[]) => string[],
) {
  const { id, tags } = tagArgs.parse(args)
  if (typeOf(id) === 'Order') {
    call.require('write_orders', operation)
    return changeOrderTags(id, call, (own) => combine(own, normalizeTags(tags)))
  }
  if (typeOf(id) !== 'Customer') throw unsupported(`${operation} on ${typeOf(id)}`)
  call.require('write_customers', operation)
  const customer = existing(call.store, id)
  if (!customer) return { node: null, userErrors: [missing] }
  const next = combine(customer.tags, normalizeTags(tags))
  const userErrors = change(call.store, customer, { tags: next }, operation)
  return { node: userErrors.length > 0 ? null : present(customer), userErrors }
}

function change(
  store: Store,
  customer: Customer,
  draft: CustomerDraft,
  operation: string,
): UserError[] {
  const complaint = draft.tags && complaintAbout(draft.tags)
  if (complaint) return [{ field: ['tags'], message: complaint }]
  try {
    store.change(customer, draft, operation)
    return []
  } catch (error) {
    if (error instanceof TakenError) return [{ field: [error.field], message: error.message }]
    throw error
  }
}

function existing(store: Store, id: string): Customer | undefined {
  typeOf(id)
  return store.customer(id)
}

const find = (store: Store, id: string) => toNode(existing(store, id))
const toNode = (customer: Customer | undefined) => (customer ? present(customer) : null)

function present(customer: Customer) {
  return {
    __typename: 'Customer',
    id: customer.id,
    legacyResourceId: legacyId(customer.id),
    displayName: displayName(customer),
    firstName: customer.firstName,
    lastName: customer.lastName,
    email: customer.email,
    phone: customer.phone,
    defaultEmailAddress: customer.email && { emailAddress: customer.email, validFormat: true },
    defaultPhoneNumber: customer.phone && { phoneNumber: customer.phone },
    note: customer.note,
    tags: customer.tags,
    createdAt: customer.createdAt.toISOString(),
    updatedAt: customer.updatedAt.toISOString(),
    lastOrder: (_args: Record<string, unknown>, { store }: Call) => lastOrderOf(customer.id, store),
    storeCreditAccounts: creditAccountsOf(customer.id),
    ...metafieldsOf(customer.id),
  }
}

function matches(customer: Customer, search: Search): boolean {
  return satisfies(search, ({ field, value, isPhrase }) => {
    switch (field) {
      case null:
        return text(customer).includes(value.toLowerCase())
      case 'email':
        return isValue(customer.email, value, isPhrase)
      case 'phone':
        return isValue(customer.phone, value, true)
      case 'first_name':
        return isValue(customer.firstName, value, true)
      case 'last_name':
        return isValue(customer.lastName, value, true)
      case 'tag':
        return value.split(',').some((tag) => customer.tags.some((own) => isValue(own, tag, true)))
      case 'id':
        return isInRange(Number(legacyId(customer.id)), value)
      default:
        throw unsupported(`search by ${field}`)
    }
  })
}

/** `*` asks for any value at all; an unquoted e-mail address is matched by its tokens. */
function isValue(own: string | null, value: string, isExact: boolean): boolean {
  if (own === null) return false
  if (value === '*') return true
  const [mine, wanted] = [own.toLowerCase(), value.trim().toLowerCase()]
  return isExact ? mine === wanted : mine.split(/[@.+_-]/).includes(wanted) || mine.includes(wanted)
}

function isInRange(id: number, value: string): boolean {
  const [, comparison = '', digits = ''] = /^(>=|<=|>|<)?(\d+)$/.exec(value) ?? []
  const bound = Number(digits)
  switch (comparison) {
    case '>=':
      return id >= bound
    case '<=':
      return id <= bound
    case '>':
      return id > bound
    case '<':
      return id < bound
    default:
      return id === bound
  }
}

const text = (customer: Customer) =>
  [displayName(customer), customer.email, customer.phone, ...customer.tags].join(' ').toLowerCase()

const unsupported = (what: string) =>
  refusal(`not supported by the sandbox: ${what}`, 'SANDBOX_UNSUPPORTED')
