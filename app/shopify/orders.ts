/** Orders of a store as the app knows them. */
import { z } from 'zod'
import type { CustomerGid } from './admin.ts'

/** Global id of an order, `gid://shopify/Order/1`. Parse to get one. */
export const orderGid = z
  .string()
  .regex(/^gid:\/\/shopify\/Order\/\d+$/)
  .brand<'OrderGid'>()
export type OrderGid = z.infer<typeof orderGid>

/** Which order is meant. */
export type OrderRef =
  /** The newest of the customer's. */
  | { by: 'latest' }
  | { by: 'id'; id: OrderGid }
  /** `#1001`; the # may be left out. */
  | { by: 'name'; name: string }

export interface OrderQuestion {
  customer: CustomerGid
  ref: OrderRef
}

/** What Shopify's admin shows under "Additional details". */
export interface Attribute {
  key: string
  value: string
}

/** An order as it stands in Shopify. */
export interface StoredOrder {
  id: OrderGid
  name: string
  /** Global id; null = a guest's. */
  customer: string | null
  tags: string[]
  attributes: Attribute[]
}

export interface OrderChange {
  order: OrderGid
  /** All that the order shall have from now on: Shopify replaces the whole list. Null = as they are. */
  attributes: Attribute[] | null
  addTags: string[]
  removeTags: string[]
}

/** Shopify's own ids have more digits than any order's number. */
const fewestDigitsOfAnId = 10

/** The order that a text means: its global id, the number in its address in the admin, or its name. */
export function orderRefOf(text: string): OrderRef {
  const digits = /^(?:gid:\/\/shopify\/Order\/)?(\d+)$/.exec(text)?.[1]
  const isId = text.startsWith('gid:') || (digits?.length ?? 0) >= fewestDigitsOfAnId
  return digits !== undefined && isId
    ? { by: 'id', id: orderGid.parse(`gid://shopify/Order/${digits}`) }
    : { by: 'name', name: text }
}

/** Tells references apart; the same for the same. */
export function keyOfRef(ref: OrderRef): string {
  if (ref.by === 'latest') return 'latest'
  return ref.by === 'id' ? ref.id : `name ${foldName(ref.name)}`
}

/** Names without what people leave out. */
export const foldName = (name: string): string => name.trim().replace(/^#/, '').toLowerCase()
