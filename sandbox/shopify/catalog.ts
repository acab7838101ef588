/** Products and collections, as far as discounts and pickers need them. */

export interface Resource {
  id: string
  title: string
}

export type ResourceType = 'Collection' | 'Product'

const seeded: Record<ResourceType, readonly string[]> = {
  Collection: ['New arrivals', 'Outlet', 'Tea', 'Gifts under 25'],
  Product: ['Assam No. 4', 'Sencha Uji', 'Cast iron pot', 'Gift box small', 'Gift box large'],
}

export class Catalog {
  readonly #resources = new Map<string, Resource>()

  /** `ordinal` keeps the ids of different stores apart. */
  constructor(ordinal: number) {
    for (const type of ['Collection', 'Product'] as const) {
      for (const [index, title] of seeded[type].entries()) {
        const id = `gid://shopify/${type}/${450_000_000_000 + ordinal * 1_000 + index}`
        this.#resources.set(id, { id, title })
      }
    }
  }

  has(id: string): boolean {
    return this.#resources.has(id)
  }

  get(id: string): Resource | undefined {
    return this.#resources.get(id)
  }

  of(type: ResourceType): Resource[] {
    return [...this.#resources.values()].filter(({ id }) => id.includes(`/${type}/`))
  }

  delete(id: string): void {
    this.#resources.delete(id)
  }
}
