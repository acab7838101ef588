import {
  getNamedType,
  isCompositeType,
  isInterfaceType,
  isObjectType,
  Kind,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql'

export interface Costed {
  schema: GraphQLSchema
  operation: OperationDefinitionNode
  fragments: ReadonlyMap<string, FragmentDefinitionNode>
  variables: Record<string, unknown>
}

const mutationCost = 10
const connectionCost = 2

/**
 * Points of an operation by Shopify's rules: scalars nothing, an object 1, a mutation 10, a
 * connection 2 and its node's points for each object of the page, an interface its dearest
 * selection (https://shopify.dev/docs/apps/build/apis/graphql-admin/rate-limits).
 *
 * Without `data` it is the requested cost, which assumes full pages; with the answer's `data` the
 * actual cost, which counts what came.
 */
export function costOf(costed: Costed, data?: unknown): number {
  const { schema, operation, fragments, variables } = costed
  const root = schema.getRootType(operation.operation)
  if (!root) return 0
  return selectionCost(operation.selectionSet, root, data)

  function selectionCost(
    set: SelectionSetNode,
    type: GraphQLCompositeType,
    value: unknown,
  ): number {
    let shared = 0
    let dearest = 0
    for (const selection of set.selections) {
      if (selection.kind === Kind.FIELD) {
        shared += fieldCost(selection, type, value)
        continue
      }
      const fragment =
        selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments.get(selection.name.value)
      if (!fragment) continue
      const narrowed = fragment.typeCondition
        ? schema.getType(fragment.typeCondition.name.value)
        : type
      if (!isCompositeType(narrowed)) continue
      const points = selectionCost(fragment.selectionSet, narrowed, value)
      if (narrowed === type) shared += points
      else dearest = Math.max(dearest, points)
    }
    return shared + dearest
  }

  function fieldCost(field: FieldNode, parent: GraphQLCompositeType, parentValue: unknown): number {
    const name = field.name.value
    if (!isObjectType(parent) && !isInterfaceType(parent)) return 0
    const definition = parent.getFields()[name]
    if (!definition || !field.selectionSet) return 0
    const type = getNamedType(definition.type)
    if (!isCompositeType(type)) return 0

    const isMeasured = parentValue !== undefined
    const value = isMeasured ? property(parentValue, field.alias?.value ?? name) : undefined
    const set = field.selectionSet
    if (parent === schema.getMutationType()) {
      // The payload and its direct objects are what the ten points pay for.
      return mutationCost + Math.max(0, selectionCost(set, type, value) - countObjects(set, type))
    }
    if (type.name.endsWith('Connection')) return connectionPoints(field, set, type, value)
    if (isMeasured && value === null) return 1
    return 1 + selectionCost(set, type, isMeasured ? first(value) : undefined)
  }

  function connectionPoints(
    field: FieldNode,
    set: SelectionSetNode,
    type: GraphQLCompositeType,
    value: unknown,
  ): number {
    const size = value === undefined ? pageSize(field) : returned(value)
    const node = set.selections.reduce((points, selection) => {
      if (selection.kind !== Kind.FIELD || selection.name.value === 'pageInfo') return points
      if (selection.name.value === 'nodes') return points + fieldCost(selection, type, undefined)
      // An edge itself is free, its node is not.
      return points + Math.max(0, fieldCost(selection, type, undefined) - 1)
    }, 0)
    return connectionCost + size * Math.max(1, node)
  }

  function countObjects(set: SelectionSetNode, type: GraphQLCompositeType): number {
    return set.selections.filter((selection) => {
      if (selection.kind !== Kind.FIELD || !isObjectType(type)) return false
      const definition = type.getFields()[selection.name.value]
      return definition && isCompositeType(getNamedType(definition.type))
    }).length
  }

  function pageSize(field: FieldNode): number {
    const argument = field.arguments?.find(({ name }) => ['first', 'last'].includes(name.value))
    if (!argument) return 0
    if (argument.value.kind === Kind.INT) return Number(argument.value.value)
    if (argument.value.kind === Kind.VARIABLE) return Number(variables[argument.value.name.value])
    return 0
  }
}

function returned(connection: unknown): number {
  const list = property(connection, 'nodes') ?? property(connection, 'edges')
  return Array.isArray(list) ? list.length : 0
}

function property(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null) return null
  return Reflect.get(value, key) ?? null
}

const first = (value: unknown): unknown => (Array.isArray(value) ? (value[0] ?? null) : value)
