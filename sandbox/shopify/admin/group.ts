import {
  GraphQLError,
  type DocumentNode,
  type GraphQLFormattedError,
  type GraphQLSchema,
} from 'graphql'
import type { Store } from '../store.ts'

/** The Admin API itself, for what runs documents of its own. */
export interface Api {
  /** A document with what is wrong with it, if anything. */
  inspect(document: string): {
    document: DocumentNode
    errors: readonly GraphQLError[]
    schema: GraphQLSchema
  }
  /** Runs a document again and again, free of charge. */
  executor(
    store: Store,
    document: string,
  ): (variables: Record<string, unknown>) => {
    data?: unknown
    errors?: readonly GraphQLFormattedError[]
  }
}

/** What a resolver knows about the request it serves. */
export interface Call {
  store: Store
  api: Api
  /**
   * Refuses `field` unless the app was granted `scope`, for the few fields whose need depends on
   * their arguments and so isn't in the schema.
   */
  require(scope: string, field: string): void
}

export type Resolve = (args: Record<string, unknown>, call: Call) => unknown

/**
 * Everything the sandbox knows of one subject of the Admin API. A new subject is a new file with one
 * of these, listed in `index.ts`.
 *
 * A resolver returns plain objects whose keys are the supported fields of the schema's type; a key
 * may hold a `Resolve` where the field takes arguments. Any field that is not a key answers with an
 * error, never with a silent null. Objects that can appear behind an interface carry `__typename`.
 */
export interface ResolverGroup {
  queries: Record<string, Resolve>
  mutations: Record<string, Resolve>
  /** How `node(id:)` finds objects, by the type in their global id. */
  nodes: Record<string, (id: string, call: Call) => object | null>
}

export interface UserError {
  field: string[] | null
  message: string
}

/** A request that Shopify refuses as a whole field, with its code in `extensions`. */
export function refusal(message: string, code: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code } })
}

/** The type named in a global id such as `gid://shopify/Customer/1`. */
export function typeOf(gid: string): string {
  const type = /^gid:\/\/shopify\/(\w+)\/[^/]+$/.exec(gid)?.[1]
  if (!type) throw refusal(`Invalid global id '${gid}'`, 'INVALID_VARIABLE')
  return type
}
