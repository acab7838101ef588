/** Discount codes of a store as the app knows them. */
import { z } from 'zod'
import type { Problem } from '../problem.ts'
import type { CustomerGid } from './admin.ts'

/** A decimal as Shopify takes it, `12.5`. */
const amount = z.string()

const gid = (type: string) => z.string().regex(new RegExp(`^gid://shopify/${type}/\\d+$`))

/** What a code is good for. */
export const codeTerms = z.object({
  worth: z.discriminatedUnion('kind', [
    /** 0 < percent ≤ 100. */
    z.object({ kind: z.literal('percentage'), percent: z.number() }),
    /** In the store's currency, once or off each item. */
    z.object({ kind: z.literal('amount'), amount, eachItem: z.boolean() }),
    z.object({ kind: z.literal('free-shipping') }),
  ]),
  /** Without a meaning for free shipping. */
  items: z.discriminatedUnion('on', [
    z.object({ on: z.literal('order') }),
    z.object({ on: z.literal('collections'), ids: z.array(gid('Collection')) }),
    z.object({ on: z.literal('products'), ids: z.array(gid('Product')) }),
  ]),
  minimum: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('none') }),
    z.object({ kind: z.literal('subtotal'), amount }),
    z.object({ kind: z.literal('quantity'), quantity: z.number() }),
  ]),
  combinesWith: z.object({
    orderDiscounts: z.boolean(),
    productDiscounts: z.boolean(),
    shippingDiscounts: z.boolean(),
  }),
})
export type CodeTerms = z.infer<typeof codeTerms>

/** A code for one customer, to be used once. */
export interface NewCode {
  code: string
  title: string
  customer: CustomerGid
  startsAt: Date
  endsAt: Date
  terms: CodeTerms
}

export type CodeResult =
  | { outcome: 'made' }
  /** The store has a discount with this code. Perhaps it is this very one. */
  | { outcome: 'taken' }
  | { outcome: 'refused'; problem: Problem }

/** A code as it stands in Shopify. */
export interface StoredCode {
  /** Of its discount. */
  id: string
  code: string
  title: string
  /** Global ids of who may use it; empty = everybody, or who is not told apart. */
  customers: string[]
  endsAt: Date | null
  /** Neither ended nor yet to begin. */
  isLive: boolean
  uses: number
}

/** An order as far as it tells of codes. */
export interface OrderOfCodes {
  id: string
  createdAt: Date
  discountCodes: string[]
  /** What it comes to today, refunds taken off. Decimal and ISO 4217, in the store's currency. */
  total: { amount: string; currency: string }
}

export interface OrderPage {
  orders: OrderOfCodes[]
  /** Null on the last page. */
  next: string | null
}
