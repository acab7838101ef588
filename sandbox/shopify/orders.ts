/** A store's orders. */
export interface Order {
  id: string
  /** `#1001` */
  name: string
  customerId: string | null
  /** In the store's currency. */
  total: number
  discountCodes: readonly string[]
  tags: string[]
  customAttributes: { key: string; value: string | null }[]
  note: string | null
  createdAt: Date
  updatedAt: Date
}

export interface OrderDraft {
  customerId: string | null
  total: number
  discountCodes: readonly string[]
  tags?: string[]
  customAttributes?: { key: string; value: string | null }[]
  /** Now when left out. */
  createdAt?: Date
}

const dayMs = 24 * 3_600_000

/** Older ones are for apps with `read_all_orders` only, which Shopify grants on request. */
export const isRecent = ({ createdAt }: Order): boolean =>
  createdAt.getTime() > Date.now() - 60 * dayMs

export class Orders {
  readonly #orders = new Map<string, Order>()
  readonly #firstId: number

  constructor(ordinal: number) {
    this.#firstId = 5_500_000_000_000 + ordinal * 1_000_000_000
  }

  get all(): Order[] {
    return [...this.#orders.values()]
  }

  get(id: string): Order | undefined {
    return this.#orders.get(id)
  }

  add(draft: OrderDraft): Order {
    const now = new Date()
    const order = {
      tags: [],
      customAttributes: [],
      createdAt: now,
      ...draft,
      id: `gid://shopify/Order/${this.#firstId + this.#orders.size + 1}`,
      name: `#${1001 + this.#orders.size}`,
      note: null,
      updatedAt: now,
    }
    this.#orders.set(order.id, order)
    return order
  }

  change(order: Order, changed: Partial<Pick<Order, 'tags' | 'customAttributes' | 'note'>>): Order {
    const next = { ...order, ...changed, updatedAt: new Date() }
    this.#orders.set(order.id, next)
    return next
  }
}
