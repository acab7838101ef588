/**
 * Many small operations as one GraphQL document.
 *
 * Each operation of ./documents.ts is written, typed and checked alone. A batch repeats them in one
 * document: every copy gets its number on its variables and on the aliases of its fields, so that
 * `mutation addTags($id: ID!, …) { tagsAdd(id: $id, …) … }` becomes, as number 7,
 * `tagsAdd__7: tagsAdd(id: $id__7, …) …`. Nothing else changes, and the copies keep their order.
 */
import type { AdminOperations } from '@shopify/admin-api-client'
import { Kind, parse, print, visit } from 'graphql'
import type { OperationDefinitionNode, OperationTypeNode } from 'graphql'
import { z } from 'zod'

/** The documents that types were generated for, without the catch-all of Shopify's own interface. */
type Documents = {
  [
    D in keyof AdminOperations as string extends D
      ? never
      : number extends D
        ? never
        : symbol extends D
          ? never
          : D
  ]: AdminOperations[D]
}
export type Document = keyof Documents
export type VariablesOf<D extends Document> = Documents[D]['variables']
export type ReturnOf<D extends Document> = Documents[D]['return']

export interface Operation<D extends Document> {
  document: D
  /** What Shopify charges for it. */
  points: number
}

/** One operation to be carried out. */
export interface Ask<D extends Document> {
  operation: Operation<D>
  variables: VariablesOf<D>
}

export interface Batch {
  document: string
  variables: Record<string, unknown>
  points: number
}

/** The asks as one request, in their order. All of them queries, or all of them mutations. */
export function batchOf<D extends Document>(asks: Ask<D>[]): Batch {
  return {
    document: documentOf(asks.map(({ operation }) => operation.document)),
    variables: Object.fromEntries(
      asks.flatMap(({ variables }, number) =>
        Object.entries(variables).map(([name, value]) => [name + suffix(number), value]),
      ),
    ),
    points: asks.reduce((sum, { operation }) => sum + operation.points, 0),
  }
}

/** The documents as one. */
export function documentOf(documents: string[]): string {
  const parts = documents.map(partsOf)
  const numbered = (pieces: string[]) =>
    pieces.map((piece, number) => piece.replaceAll(placeholder, suffix(number)))
  const type = parts[0]?.type ?? 'query'
  const names = [...new Set(parts.map(({ name }) => name))].join('_')
  const declarations = numbered(parts.map(({ declarations }) => declarations)).filter(Boolean)
  const fields = numbered(parts.map(({ fields }) => fields))
  const variables = declarations.length > 0 ? `(${declarations.join(', ')})` : ''
  return `${type} ${names}${variables} {\n${fields.join('\n')}\n}`
}

/**
 * What the batch's answer says to ask `number`, under the names of the operation itself. Shopify
 * keeps to the schema that the type was generated from, so its word is taken for it.
 */
export function answerOf<D extends Document>(
  data: Record<string, unknown>,
  ask: Ask<D>,
  number: number,
): ReturnOf<D> {
  const { keys } = partsOf(ask.operation.document)
  return z
    .custom<ReturnOf<D>>()
    .parse(Object.fromEntries(keys.map((key) => [key, data[key + suffix(number)]])))
}

/** The number of the ask that an error's path leads to; null when it is about all of them. */
export function numberOf(path: readonly (string | number)[] | undefined): number | null {
  const number = /__(\d+)$/.exec(String(path?.[0] ?? ''))?.[1]
  return number === undefined ? null : Number(number)
}

const suffix = (number: number) => `__${number}`
const placeholder = '__number'

interface Parts {
  type: OperationTypeNode
  name: string
  /** With the placeholder where a copy's number belongs. */
  declarations: string
  fields: string
  /** Under which the answer holds the fields of a copy, without the number. */
  keys: string[]
}

const known = new Map<string, Parts>()

function partsOf(document: string): Parts {
  const parts = known.get(document) ?? takeApart(document)
  known.set(document, parts)
  return parts
}

function takeApart(document: string): Parts {
  const operation = operationIn(document)
  const keys: string[] = []
  const marked = visit(operation, {
    Variable: (node) => ({ ...node, name: { ...node.name, value: node.name.value + placeholder } }),
    SelectionSet: {
      enter(node, _key, parent) {
        if (parent !== operation) return undefined
        const selections = node.selections.map((field) => {
          if (field.kind !== Kind.FIELD) throw new Error('Only fields can be repeated in a batch.')
          const key = (field.alias ?? field.name).value
          keys.push(key)
          return { ...field, alias: { kind: Kind.NAME, value: key + placeholder } as const }
        })
        return { ...node, selections }
      },
    },
  })
  return {
    type: operation.operation,
    name: operation.name?.value ?? '',
    declarations: (marked.variableDefinitions ?? []).map(print).join(', '),
    fields: marked.selectionSet.selections.map(print).join('\n'),
    keys,
  }
}

function operationIn(document: string): OperationDefinitionNode {
  const [definition, ...others] = parse(document).definitions
  if (definition?.kind !== Kind.OPERATION_DEFINITION || others.length > 0) {
    throw new Error('A document holds one operation and nothing else.')
  }
  return definition
}

/** The items in pieces of at most `size`. */
export function pagesOf<T>(items: T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, page) =>
    items.slice(page * size, (page + 1) * size),
  )
}
