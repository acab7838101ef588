import { Kind, OperationTypeNode, type DocumentNode } from 'graphql'
import type { Api } from '../admin/group.ts'
import type { Store } from '../store.ts'
import type { BulkRow, RowFailure } from './operations.ts'

const newline = 0x0a

/** Why a document can't be run in bulk, or undefined. */
export function complaintAboutMutation(mutation: string, api: Api): string | undefined {
  const { document, errors } = api.inspect(mutation)
  const [error] = errors
  if (error) return `Failed to parse the mutation - ${error.message}`
  const fields = rootFields(document, 'MUTATION')
  if (!fields) return 'Invalid mutation: exactly one mutation operation is required.'
  if (fields.length !== 1) return 'Bulk mutation must contain exactly one mutation field.'
  if (fields.some((name) => name.startsWith('bulkOperation'))) {
    return `You can't use ${fields.join()} in a bulk mutation.`
  }
  return undefined
}

/** The fields at the root of a document's only operation; `undefined` when it is of another kind. */
export function rootFields(
  { definitions }: DocumentNode,
  kind: 'MUTATION' | 'QUERY',
): string[] | undefined {
  const operations = definitions.filter((each) => each.kind === Kind.OPERATION_DEFINITION)
  const [operation] = operations
  if (!operation || operations.length !== 1) return undefined
  if (operation.operation !== OperationTypeNode[kind]) return undefined
  return operation.selectionSet.selections.map((selection) =>
    selection.kind === Kind.FIELD ? selection.name.value : '…',
  )
}

/** Whether it looks like rows of variables at all. */
export function isJsonl(file: Buffer): boolean {
  return file.subarray(0, 1_000).toString().trimStart().startsWith('{')
}

/** Runs the mutation once for each line, through the resolvers of any other request. */
export function* runMutation(
  store: Store,
  api: Api,
  mutation: string,
  file: Buffer,
  failure: RowFailure | undefined,
): Generator<BulkRow> {
  const execute = api.executor(store, mutation)
  const failing = new Set(failure?.lines)
  let lineNumber = 0
  for (let start = 0; start < file.length; lineNumber++) {
    const found = file.indexOf(newline, start)
    const end = found < 0 ? file.length : found
    const line = file.toString('utf8', start, end)
    start = end + 1
    if (line.trim() === '') continue
    const variables = variablesOf(line)
    if (!variables) {
      yield row({ errors: [{ message: 'Invalid JSON in the line of variables.' }] }, lineNumber)
      continue
    }
    const fails = failing.has(lineNumber)
    const answer = fails && !failure?.applied ? undefined : execute(variables)
    yield row(fails || !answer ? internalError : answer, lineNumber)
  }
}

const internalError = {
  errors: [
    {
      message: 'Internal error. Looks like something went wrong on our end.',
      extensions: { code: 'INTERNAL_SERVER_ERROR' },
    },
  ],
}

type Answer = ReturnType<ReturnType<Api['executor']>>

function row({ data, errors }: Answer, lineNumber: number): BulkRow {
  return {
    text: JSON.stringify({
      ...(data === undefined ? {} : { data }),
      ...(errors === undefined ? {} : { errors }),
      __lineNumber: lineNumber,
    }),
    isRoot: true,
    isDenied: errors?.some(({ extensions }) => extensions?.['code'] === 'ACCESS_DENIED') ?? false,
  }
}

function variablesOf(line: string): Record<string, unknown> | undefined {
  try {
    const parsed: unknown = JSON.parse(line)
    return isRecord(parsed) ? parsed : undefined
  } catch {
    return undefined
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
