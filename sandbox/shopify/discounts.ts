/** A store's discount codes. */
export interface Discount {
  id: string
  kind: 'basic' | 'free-shipping'
  title: string
  code: string
  startsAt: Date
  endsAt: Date | null
  usageLimit: number | null
  appliesOncePerCustomer: boolean
  /** Global ids; empty = everybody. */
  customers: readonly string[]
  /** Of 1, or in the store's currency; null for free shipping. */
  worth: { percentage: number } | { amount: number; eachItem: boolean } | null
  /** Global ids of collections or products; empty = the whole order. */
  items: readonly string[]
  minimum: { subtotal: number } | { quantity: number } | null
  combinesWith: { orderDiscounts: boolean; productDiscounts: boolean; shippingDiscounts: boolean }
  createdAt: Date
  updatedAt: Date
  /** Who used it. */
  uses: readonly (string | null)[]
}

export type DiscountDraft = Omit<Discount, 'id' | 'createdAt' | 'updatedAt' | 'uses'>

export type DiscountStatus = 'ACTIVE' | 'EXPIRED' | 'SCHEDULED'

export function statusOf({ startsAt, endsAt }: Discount, now = new Date()): DiscountStatus {
  if (endsAt && endsAt <= now) return 'EXPIRED'
  return startsAt > now ? 'SCHEDULED' : 'ACTIVE'
}

/** Shopify compares codes without regard to case. */
const keyOf = (code: string) => code.trim().toUpperCase()

export class Discounts {
  readonly #byCode = new Map<string, Discount>()
  readonly #byId = new Map<string, Discount>()
  #nextId = 1_400_000_000_001

  get all(): Discount[] {
    return [...this.#byId.values()]
  }

  byCode(code: string): Discount | undefined {
    return this.#byCode.get(keyOf(code))
  }

  byId(id: string): Discount | undefined {
    return this.#byId.get(id)
  }

  add(draft: DiscountDraft): Discount {
    const now = new Date()
    const id = `gid://shopify/DiscountCodeNode/${this.#nextId++}`
    const discount = { ...draft, id, createdAt: now, updatedAt: now, uses: [] }
    this.#keep(discount)
    return discount
  }

  change(discount: Discount, changed: Partial<DiscountDraft> & Pick<Partial<Discount>, 'uses'>) {
    const next = { ...discount, ...changed, updatedAt: new Date() }
    this.#keep(next)
    return next
  }

  delete(discount: Discount): void {
    this.#byId.delete(discount.id)
    this.#byCode.delete(keyOf(discount.code))
  }

  #keep(discount: Discount): void {
    this.#byId.set(discount.id, discount)
    this.#byCode.set(keyOf(discount.code), discount)
  }
}

/** Why the checkout would not take the code, or undefined. */
export function refusalAtCheckout(discount: Discount, customer: string | null): string | undefined {
  const { usageLimit, uses, customers, appliesOncePerCustomer, code } = discount
  if (statusOf(discount) !== 'ACTIVE') return `${code} is not active`
  if (usageLimit !== null && uses.length >= usageLimit) return `${code} has reached its usage limit`
  if (customers.length > 0 && (customer === null || !customers.includes(customer))) {
    return `${code} isn't available to this customer`
  }
  if (appliesOncePerCustomer && uses.includes(customer)) return `${code} was used by this customer`
  return undefined
}
