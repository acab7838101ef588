import { Kind, OperationTypeNode, type OperationDefinitionNode } from 'graphql'

export interface CallCount {
  /** HTTP requests to the Admin API, refused ones too. */
  requests: number
  queries: number
  mutations: number
  /** Root fields, so that a request with 100 aliased `tagsAdd` counts 100 here. */
  fields: Record<string, number>
  operations: Record<string, number>
  tokenRequests: number
}

/** Counts what the app asks of Shopify, for tests and benchmarks. */
export class Calls {
  #count = none()

  get count(): CallCount {
    return this.#count
  }

  request(operation: OperationDefinitionNode | undefined): void {
    this.#count.requests++
    if (!operation) return
    if (operation.operation === OperationTypeNode.MUTATION) this.#count.mutations++
    else this.#count.queries++
    bump(this.#count.operations, operation.name?.value ?? 'anonymous')
    for (const selection of operation.selectionSet.selections) {
      if (selection.kind === Kind.FIELD) bump(this.#count.fields, selection.name.value)
    }
  }

  tokenRequest(): void {
    this.#count.tokenRequests++
  }

  clear(): void {
    this.#count = none()
  }
}

const none = (): CallCount => ({
  requests: 0,
  queries: 0,
  mutations: 0,
  fields: {},
  operations: {},
  tokenRequests: 0,
})

function bump(counts: Record<string, number>, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1
}
