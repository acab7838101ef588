import { z } from 'zod'
import { statusOf, type Discount, type DiscountDraft } from '../discounts.ts'
import { displayName } from '../customer.ts'
import type { Store } from '../store.ts'
import { connection } from './connection.ts'
import { complaintAboutDiscount, type DiscountComplaint } from './discount-rules.ts'
import { refusal, type Call, type ResolverGroup } from './group.ts'

const decimal = z.union([z.string(), z.number()]).transform(Number)
const date = z.string().transform((text) => new Date(text))
const ids = z.array(z.string())

const shared = {
  title: z.string(),
  code: z.string(),
  startsAt: date,
  endsAt: date.nullish(),
  usageLimit: z.int().nullish(),
  appliesOncePerCustomer: z.boolean().default(false),
  context: z.strictObject({
    all: z.literal('ALL').optional(),
    customers: z.strictObject({ add: ids }).optional(),
  }),
  minimumRequirement: z
    .strictObject({
      quantity: z.strictObject({ greaterThanOrEqualToQuantity: decimal }).optional(),
      subtotal: z.strictObject({ greaterThanOrEqualToSubtotal: decimal }).optional(),
    })
    .nullish(),
  combinesWith: z
    .strictObject({
      orderDiscounts: z.boolean().default(false),
      productDiscounts: z.boolean().default(false),
      shippingDiscounts: z.boolean().default(false),
    })
    .default({ orderDiscounts: false, productDiscounts: false, shippingDiscounts: false }),
}

const basicInput = z.strictObject({
  ...shared,
  customerGets: z.strictObject({
    value: z.union([
      z.strictObject({ percentage: z.number() }),
      z.strictObject({
        discountAmount: z.strictObject({ amount: decimal, appliesOnEachItem: z.boolean() }),
      }),
    ]),
    items: z.union([
      z.strictObject({ all: z.literal(true) }),
      z.strictObject({ collections: z.strictObject({ add: ids }) }),
      z.strictObject({ products: z.strictObject({ productsToAdd: ids }) }),
    ]),
  }),
})
const freeShippingInput = z.strictObject({
  ...shared,
  destination: z.strictObject({ all: z.literal(true) }).optional(),
})

const idArgs = z.object({ id: z.string() })
const codeArgs = z.object({ code: z.string() })
const bulkArgs = z.object({
  ids: ids.nullish(),
  search: z.string().nullish(),
  savedSearchId: z.string().nullish(),
})

export const discounts: ResolverGroup = {
  queries: {
    codeDiscountNodeByCode: (args, { store }) =>
      toNode(store.discounts.byCode(codeArgs.parse(args).code), store),
    codeDiscountNode: (args, { store }) => find(idArgs.parse(args).id, store),
    job: (args, { store }) => {
      const { id } = idArgs.parse(args)
      return store.jobs.has(id) ? presentJob(id, store) : null
    },
  },

  mutations: {
    discountCodeBasicCreate: (args, { store }) => {
      const input = supported(basicInput, args.basicCodeDiscount)
      const { value, items } = input.customerGets
      return create(store, 'basicCodeDiscount', {
        ...draftOf(input),
        kind: 'basic',
        worth:
          'percentage' in value
            ? { percentage: value.percentage }
            : {
                amount: value.discountAmount.amount,
                eachItem: value.discountAmount.appliesOnEachItem,
              },
        items:
          'all' in items
            ? []
            : 'collections' in items
              ? items.collections.add
              : items.products.productsToAdd,
      })
    },
    discountCodeFreeShippingCreate: (args, { store }) => {
      const input = supported(freeShippingInput, args.freeShippingCodeDiscount)
      const draft = { ...draftOf(input), kind: 'free-shipping' as const, worth: null, items: [] }
      return create(store, 'freeShippingCodeDiscount', draft)
    },
    discountCodeDeactivate: (args, { store }) => {
      const discount = store.discounts.byId(idArgs.parse(args).id)
      if (!discount) return { codeDiscountNode: null, userErrors: [missing] }
      const isOver = statusOf(discount) === 'EXPIRED'
      const ended = isOver ? discount : store.discounts.change(discount, { endsAt: new Date() })
      if (!isOver) store.noteDiscount(ended, 'ended', 'discountCodeDeactivate')
      return { codeDiscountNode: toNode(ended, store), userErrors: [] }
    },
    discountCodeDelete: (args, { store }) => {
      const discount = store.discounts.byId(idArgs.parse(args).id)
      if (!discount) return { deletedCodeDiscountId: null, userErrors: [missing] }
      remove(discount, store, 'discountCodeDelete')
      return { deletedCodeDiscountId: discount.id, userErrors: [] }
    },
    discountCodeBulkDelete: (args, { store }) => {
      const { ids: given, search, savedSearchId } = bulkArgs.parse(args)
      if (search != null || savedSearchId != null) {
        throw refusal('not supported by the sandbox: bulk delete by search', 'SANDBOX_UNSUPPORTED')
      }
      if (!given || given.length === 0) {
        const message = "Missing expected argument key: 'ids', 'search' or 'saved_search_id'."
        return {
          job: null,
          userErrors: [{ field: null, code: 'MISSING_ARGUMENT', message, extraInfo: null }],
        }
      }
      const job = store.startJob(() => {
        for (const id of given) {
          const discount = store.discounts.byId(id)
          if (discount) remove(discount, store, 'discountCodeBulkDelete')
        }
      })
      return { job: presentJob(job, store), userErrors: [] }
    },
  },

  nodes: { DiscountCodeNode: (id, { store }: Call) => find(id, store) },
}

const missing = {
  field: ['id'],
  code: 'INVALID',
  message: 'Code discount does not exist.',
  extraInfo: null,
}

function supported<T>(schema: z.ZodType<T>, input: unknown): T {
  const parsed = schema.safeParse(input)
  if (parsed.success) return parsed.data
  throw refusal(
    `not supported by the sandbox: ${z.prettifyError(parsed.error)}`,
    'SANDBOX_UNSUPPORTED',
  )
}

type Input = Omit<z.infer<typeof basicInput>, 'customerGets'>

function draftOf(input: Input): Omit<DiscountDraft, 'kind' | 'worth' | 'items'> {
  const { title, code, startsAt, endsAt, usageLimit, appliesOncePerCustomer } = input
  const { quantity, subtotal } = input.minimumRequirement ?? {}
  return {
    title,
    code: code.trim(),
    startsAt,
    endsAt: endsAt ?? null,
    usageLimit: usageLimit ?? null,
    appliesOncePerCustomer,
    customers: input.context.customers?.add ?? [],
    minimum: quantity
      ? { quantity: quantity.greaterThanOrEqualToQuantity }
      : subtotal
        ? { subtotal: subtotal.greaterThanOrEqualToSubtotal }
        : null,
    combinesWith: input.combinesWith,
  }
}

function create(store: Store, root: string, draft: DiscountDraft) {
  const complaint = complaintAboutDiscount(draft, store)
  if (complaint) return { codeDiscountNode: null, userErrors: [userError(root, complaint)] }
  const discount = store.discounts.add(draft)
  store.noteDiscount(discount, 'created', 'discountCodeCreate')
  return { codeDiscountNode: toNode(discount, store), userErrors: [] }
}

const userError = (root: string, { field, code, message }: DiscountComplaint) => ({
  field: [root, ...field.split('.')],
  code,
  message,
  extraInfo: null,
})

function remove(discount: Discount, store: Store, operation: string): void {
  store.discounts.delete(discount)
  store.noteDiscount(discount, 'deleted', operation)
}

const find = (id: string, store: Store) => toNode(store.discounts.byId(id), store)

const presentJob = (id: string, store: Store) => ({
  __typename: 'Job',
  id,
  done: store.isJobDone(id),
})

function toNode(discount: Discount | undefined, store: Store) {
  if (!discount) return null
  return { __typename: 'DiscountCodeNode', id: discount.id, codeDiscount: present(discount, store) }
}

function present(discount: Discount, store: Store) {
  const { kind, customers, code, startsAt, endsAt, uses } = discount
  const found = customers.flatMap((id) => store.customer(id) ?? [])
  return {
    __typename: kind === 'basic' ? 'DiscountCodeBasic' : 'DiscountCodeFreeShipping',
    title: discount.title,
    status: statusOf(discount),
    startsAt: startsAt.toISOString(),
    endsAt: endsAt?.toISOString() ?? null,
    usageLimit: discount.usageLimit,
    appliesOncePerCustomer: discount.appliesOncePerCustomer,
    asyncUsageCount: uses.length,
    createdAt: discount.createdAt.toISOString(),
    updatedAt: discount.updatedAt.toISOString(),
    combinesWith: { __typename: 'DiscountCombinesWith', ...discount.combinesWith },
    context:
      customers.length > 0
        ? {
            __typename: 'DiscountCustomers',
            customers: found.map((customer) => ({
              __typename: 'Customer',
              id: customer.id,
              displayName: displayName(customer),
            })),
          }
        : { __typename: 'DiscountBuyerSelectionAll', all: 'ALL' },
    codes: (args: Record<string, unknown>) =>
      connection(
        [{ id: discount.id.replace('DiscountCodeNode', 'DiscountRedeemCode'), code }],
        args,
        ({ id }) => id,
        (each) => ({ ...each, asyncUsageCount: uses.length }),
      ),
  }
}
