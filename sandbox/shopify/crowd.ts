import { crowdEmail, indexInEmail, type Crowd } from '../population.ts'
import type { Customer } from './customer.ts'

export interface CrowdDraft {
  count: number
  /** `${prefix}${index}@example.com` */
  prefix: string
  tags: string[]
}

/** Customers about whom nothing was changed yet. */
export class CustomerCrowd implements Crowd<Customer> {
  readonly count: number
  readonly #draft: CrowdDraft
  readonly #firstId: number
  readonly #now = new Date()

  constructor(draft: CrowdDraft, firstId: number) {
    this.count = draft.count
    this.#draft = draft
    this.#firstId = firstId
  }

  idOf(index: number): string {
    return `${head}${this.#firstId + index}`
  }

  indexOf(id: string): number | undefined {
    const index = Number(id.slice(head.length)) - this.#firstId
    return index >= 0 && index < this.count && this.idOf(index) === id ? index : undefined
  }

  indexOfEmail(email: string): number | undefined {
    return indexInEmail(this.#draft.prefix, this.count, email)
  }

  make(index: number): Customer {
    return {
      id: this.idOf(index),
      firstName: 'Person',
      lastName: String(index),
      email: crowdEmail(this.#draft.prefix, index),
      phone: null,
      note: null,
      tags: [...this.#draft.tags],
      createdAt: this.#now,
      updatedAt: this.#now,
    }
  }
}

const head = 'gid://shopify/Customer/'
