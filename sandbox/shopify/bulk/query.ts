import {
  getNamedType,
  isInterfaceType,
  isObjectType,
  Kind,
  print,
  type ArgumentNode,
  type FieldNode,
  type GraphQLSchema,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql'
import { refusal, type Api } from '../admin/group.ts'
import type { Customer } from '../customer.ts'
import type { Store } from '../store.ts'
import type { BulkRow } from './operations.ts'
import { rootFields } from './mutation.ts'

/** What is read together. */
const batch = 100
/** The most that a nested connection gives here; Shopify gives all. */
const mostNested = 250
const mostConnections = 5

/** A query taken apart: whom it is about, and what it wants to know of each. */
interface Plan {
  /** Search of the customers. */
  search: string | null
  document: string
  /** Names that nested connections answer under. */
  nested: readonly string[]
}

/** Why a query can't be run in bulk, or what running it takes. */
export function planQuery(
  query: string,
  api: Api,
): { complaint: string } | { plan: Plan; root: string } {
  const { document, errors, schema } = api.inspect(query)
  const [error] = errors
  if (error) return { complaint: `Invalid bulk query: ${error.message}` }
  const fields = rootFields(document, 'QUERY')
  if (!fields) return { complaint: 'Invalid bulk query: exactly one query is required.' }
  const [operation] = document.definitions
  if (operation?.kind !== Kind.OPERATION_DEFINITION || document.definitions.length > 1) {
    throw unsupported('fragments in a bulk query')
  }
  if (operation.variableDefinitions && operation.variableDefinitions.length > 0) {
    return { complaint: 'Invalid bulk query: variables are not supported.' }
  }
  const [root] = operation.selectionSet.selections
  if (root?.kind !== Kind.FIELD || fields.length !== 1) {
    return { complaint: 'Invalid bulk query: there can be one top level field only.' }
  }
  if (root.name.value !== 'customers') {
    const type = schema.getQueryType()?.getFields()[root.name.value]?.type
    const isConnection = type && getNamedType(type).name.endsWith('Connection')
    if (!isConnection) return { complaint: 'Bulk queries must contain at least one connection.' }
    throw unsupported(`${root.name.value} in a bulk query`)
  }
  const node = nodeOf(root)
  if (!node) return { complaint: 'Bulk query is not valid: edges { node } or nodes is required.' }
  const nested: string[] = []
  const selection = withNested(node, 'Customer', schema, nested)
  if (nested.length + 1 > mostConnections) {
    return { complaint: `Bulk queries cannot contain more than ${mostConnections} connections.` }
  }
  const search = root.arguments?.find(({ name }) => name.value === 'query')?.value
  return {
    root: root.name.value,
    plan: {
      search: search?.kind === Kind.STRING ? search.value : null,
      document: `query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Customer { __bulkId: id ${print(selection).slice(1, -1)} } } }`,
      nested,
    },
  }
}

/** One line for each customer, and after it one for each of what it carries. */
export function* runQuery(
  store: Store,
  api: Api,
  { document, nested }: Plan,
  people: Iterable<Customer>,
): Generator<BulkRow> {
  const execute = api.executor(store, document)
  let ids: string[] = []
  for (const { id } of people) {
    if (ids.push(id) < batch) continue
    yield* rowsOf(execute({ ids }), nested)
    ids = []
  }
  if (ids.length > 0) yield* rowsOf(execute({ ids }), nested)
}

function* rowsOf(
  { data, errors }: ReturnType<ReturnType<Api['executor']>>,
  nested: readonly string[],
): Generator<BulkRow> {
  const isDenied = errors?.some(({ extensions }) => extensions?.['code'] === 'ACCESS_DENIED')
  if (errors) {
    yield { text: JSON.stringify({ errors }), isRoot: false, isDenied: isDenied ?? false }
  }
  for (const each of list(property(data, 'nodes'))) {
    // Deleted since the ids were read.
    if (!isRecord(each)) continue
    const { __bulkId: parentId, ...all } = each
    const fields = Object.fromEntries(
      Object.entries(all).filter(([name]) => !nested.includes(name)),
    )
    yield { text: JSON.stringify(fields), isRoot: true, isDenied: false }
    for (const name of nested) {
      for (const child of childrenOf(each[name])) {
        const text = JSON.stringify({ ...child, __parentId: parentId })
        yield { text, isRoot: false, isDenied: false }
      }
    }
  }
}

function childrenOf(connection: unknown): Record<string, unknown>[] {
  const edges = list(property(connection, 'edges')).map((edge) => property(edge, 'node'))
  return [...edges, ...list(property(connection, 'nodes'))].filter(isRecord)
}

/** What a connection asks of each node, under `edges { node }` or `nodes`. */
function nodeOf({ selectionSet }: FieldNode): SelectionSetNode | undefined {
  for (const field of fieldsOf(selectionSet)) {
    if (field.name.value === 'nodes') return field.selectionSet
    if (field.name.value === 'edges') {
      return fieldsOf(field.selectionSet).find(({ name }) => name.value === 'node')?.selectionSet
    }
  }
  return undefined
}

/** Gives each nested connection a page size, which bulk queries leave out, and notes its name. */
function withNested(
  set: SelectionSetNode,
  typeName: string,
  schema: GraphQLSchema,
  nested: string[],
): SelectionSetNode {
  const type = schema.getType(typeName)
  const selections = set.selections.map((selection): SelectionNode => {
    if (selection.kind !== Kind.FIELD || (!isObjectType(type) && !isInterfaceType(type))) {
      return selection
    }
    const field = type.getFields()[selection.name.value]
    if (!field || !getNamedType(field.type).name.endsWith('Connection')) return selection
    nested.push(selection.alias?.value ?? selection.name.value)
    const others = selection.arguments?.filter(({ name }) => name.value !== 'first') ?? []
    return { ...selection, arguments: [...others, firstArgument] }
  })
  return { ...set, selections }
}

const firstArgument: ArgumentNode = {
  kind: Kind.ARGUMENT,
  name: { kind: Kind.NAME, value: 'first' },
  value: { kind: Kind.INT, value: String(mostNested) },
}

const fieldsOf = (set: SelectionSetNode | undefined) =>
  set?.selections.filter((each) => each.kind === Kind.FIELD) ?? []

const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])

const property = (value: unknown, name: string): unknown =>
  isRecord(value) ? value[name] : undefined

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const unsupported = (what: string) =>
  refusal(`not supported by the sandbox: ${what}`, 'SANDBOX_UNSUPPORTED')
