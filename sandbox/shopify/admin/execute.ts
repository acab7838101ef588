import {
  execute,
  executeSync,
  getOperationAST,
  GraphQLError,
  isObjectType,
  Kind,
  parse,
  validate,
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLFieldResolver,
  type GraphQLFormattedError,
  type GraphQLTypeResolver,
  type OperationDefinitionNode,
} from 'graphql'
import type { Store } from '../store.ts'
import type { ThrottleStatus } from '../throttle.ts'
import { costOf, type Costed } from './cost.ts'
import type { Api, Call, Resolve } from './group.ts'
import { roots } from './index.ts'
import type { AdminSchema } from './schema.ts'

export interface AdminRequest {
  query: string
  variables: Record<string, unknown>
  operationName?: string
}

/** The body of an answer, always with HTTP 200: Shopify reports GraphQL trouble in `errors`. */
export interface AdminAnswer {
  data?: unknown
  errors?: readonly GraphQLFormattedError[]
  extensions?: {
    cost: {
      requestedQueryCost: number
      actualQueryCost: number | null
      throttleStatus: ThrottleStatus
    }
  }
}

/** A document that was parsed and checked, or what is wrong with it. */
interface Prepared {
  document: DocumentNode
  fragments: Map<string, FragmentDefinitionNode>
  errors: readonly GraphQLError[]
}

/** No single query may cost more than this, however full the bucket is. */
const maxQueryCost = 1_000
const rememberedDocuments = 1_000

/** The Admin API: checks a document against the official schema, charges for it, runs it. */
export class AdminApi implements Api {
  readonly #schema: AdminSchema
  readonly #prepared = new Map<string, Prepared>()

  constructor(schema: AdminSchema) {
    this.#schema = schema
  }

  /** The operation that a request would run, `undefined` when its document can't be read. */
  operation(request: AdminRequest): OperationDefinitionNode | undefined {
    const { document } = this.#prepare(request.query)
    return getOperationAST(document, request.operationName) ?? undefined
  }

  async answer(store: Store, request: AdminRequest): Promise<AdminAnswer> {
    const { document, fragments, errors } = this.#prepare(request.query)
    if (errors.length > 0) return { errors: errors.map((error) => error.toJSON()) }
    const operation = this.operation(request)
    if (!operation) return { errors: [{ message: 'No operation named or several to choose from' }] }

    const costed = this.#costed(operation, fragments, request)
    const requested = costOf(costed)
    if (requested > maxQueryCost) return { errors: [tooDear(requested)] }
    if (!store.bucket.take(requested)) return throttled(requested, store.bucket.status)

    const result = await execute({
      schema: this.#schema.graphql,
      document,
      operationName: request.operationName,
      variableValues: request.variables,
      contextValue: this.#callOn(store),
      fieldResolver: this.#resolveField,
      typeResolver,
    })
    const actual = result.data ? Math.min(requested, costOf(costed, result.data)) : 0
    store.bucket.refund(requested - actual)
    return {
      ...(result.errors && { errors: result.errors.map((error) => error.toJSON()) }),
      data: result.data ?? null,
      extensions: {
        cost: {
          requestedQueryCost: requested,
          actualQueryCost: actual,
          throttleStatus: store.bucket.status,
        },
      },
    }
  }

  /** What a request would get if the store's bucket were empty. */
  throttle(store: Store, request: AdminRequest): AdminAnswer {
    const operation = this.operation(request)
    const { fragments } = this.#prepare(request.query)
    const requested = operation ? costOf(this.#costed(operation, fragments, request)) : 0
    return throttled(requested, { ...store.bucket.status, currentlyAvailable: 0 })
  }

  inspect(query: string) {
    const { document, errors } = this.#prepare(query)
    return { document, errors, schema: this.#schema.graphql }
  }

  executor(store: Store, query: string): ReturnType<Api['executor']> {
    const { document, errors: faults } = this.#prepare(query)
    if (faults.length > 0) return () => ({ errors: faults.map((error) => error.toJSON()) })
    const contextValue = this.#callOn(store)
    return (variableValues) => {
      const { data, errors } = executeSync({
        schema: this.#schema.graphql,
        document,
        variableValues,
        contextValue,
        fieldResolver: this.#resolveField,
        typeResolver,
      })
      return {
        ...(data !== undefined && { data }),
        ...(errors && { errors: errors.map((error) => error.toJSON()) }),
      }
    }
  }

  #costed(
    operation: OperationDefinitionNode,
    fragments: Prepared['fragments'],
    { variables }: AdminRequest,
  ): Costed {
    return { schema: this.#schema.graphql, operation, fragments, variables }
  }

  #callOn(store: Store): Call {
    return {
      store,
      api: this,
      require: (scope, field) => {
        if (!isGranted(store, scope)) throw accessDenied(field, `\`${scope}\` access scope.`)
      },
    }
  }

  /** Reading and checking a document costs far more than running it, and apps repeat theirs. */
  #prepare(query: string): Prepared {
    const known = this.#prepared.get(query)
    if (known) return known
    const prepared = read(query, this.#schema)
    const oldest = this.#prepared.keys().next().value
    if (this.#prepared.size >= rememberedDocuments && oldest !== undefined) {
      this.#prepared.delete(oldest)
    }
    this.#prepared.set(query, prepared)
    return prepared
  }

  readonly #resolveField: GraphQLFieldResolver<unknown, Call, Record<string, unknown>> = (
    source,
    args,
    call,
    info,
  ) => {
    const rule = this.#schema.accessRule(info.parentType, info.fieldName)
    if (rule && !rule.scopes.some((scope) => isGranted(call.store, scope))) {
      throw accessDenied(info.fieldName, rule.words)
    }
    const value = lookUp(source, info.parentType.name, info.fieldName)
    if (value === undefined) {
      throw new GraphQLError(
        `not supported by the sandbox: ${info.parentType.name}.${info.fieldName}`,
        { extensions: { code: 'SANDBOX_UNSUPPORTED' } },
      )
    }
    return isResolve(value) ? value(args, call) : value
  }
}

function read(query: string, schema: AdminSchema): Prepared {
  try {
    const document = parse(query)
    const fragments = document.definitions.filter(
      (definition) => definition.kind === Kind.FRAGMENT_DEFINITION,
    )
    return {
      document,
      fragments: new Map(fragments.map((fragment) => [fragment.name.value, fragment])),
      errors: validate(schema.graphql, document),
    }
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error
    const document: DocumentNode = { kind: Kind.DOCUMENT, definitions: [] }
    return { document, fragments: new Map(), errors: [error] }
  }
}

function lookUp(source: unknown, typeName: string, fieldName: string): unknown {
  if (typeName === 'QueryRoot') return roots.QueryRoot.get(fieldName)
  if (typeName === 'Mutation') return roots.Mutation.get(fieldName)
  return typeof source === 'object' && source !== null ? Reflect.get(source, fieldName) : undefined
}

const isResolve = (value: unknown): value is Resolve => typeof value === 'function'

const typeResolver: GraphQLTypeResolver<unknown, Call> = (value, _call, info) => {
  const name: unknown =
    typeof value === 'object' && value !== null ? Reflect.get(value, '__typename') : undefined
  const type = typeof name === 'string' ? info.schema.getType(name) : undefined
  return isObjectType(type) ? type.name : undefined
}

/** Shopify lets who may write also read. */
function isGranted({ scopes }: Store, scope: string): boolean {
  return scopes.has(scope) || (scope.startsWith('read_') && scopes.has(`write_${scope.slice(5)}`))
}

function accessDenied(field: string, words: string): GraphQLError {
  return new GraphQLError(`Access denied for ${field} field. Required access: ${words}`, {
    extensions: {
      code: 'ACCESS_DENIED',
      documentation: 'https://shopify.dev/api/usage/access-scopes',
      requiredAccess: words,
    },
  })
}

function tooDear(cost: number): GraphQLFormattedError {
  return {
    message: `Query cost is ${cost}, which exceeds the single query max cost limit (${maxQueryCost}).`,
    extensions: {
      code: 'MAX_COST_EXCEEDED',
      cost,
      maxCost: maxQueryCost,
      documentation: 'https://shopify.dev/api/usage/rate-limits',
    },
  }
}

function throttled(requested: number, throttleStatus: ThrottleStatus): AdminAnswer {
  return {
    errors: [
      {
        message: 'Throttled',
        extensions: {
          code: 'THROTTLED',
          documentation: 'https://shopify.dev/api/usage/rate-limits',
        },
      },
    ],
    extensions: {
      cost: { requestedQueryCost: requested, actualQueryCost: null, throttleStatus },
    },
  }
}
