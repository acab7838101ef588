/**
 * Bulk operations: a file of variables up, one operation, a file of results down. Both files flow
 * through without being held. https://shopify.dev/docs/api/usage/bulk-operations/imports
 */
import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { ProblemError } from '../problem.ts'
import type { AdminApi, BulkFile, BulkStart, GraphqlCall } from './admin.ts'
import { batchOf } from './batch.ts'
import type { Ask, Document } from './batch.ts'
import {
  cancelBulkOperation,
  findBulkOperation,
  listBulkMutations,
  runBulkMutation,
  runBulkQuery,
  stageUpload,
} from './documents.ts'
import { bulkRefused, storageTrouble } from './problems.ts'
import { resultOf, send } from './send.server.ts'
import type { Answer, Line } from './send.server.ts'

/** https://shopify.dev/docs/api/usage/bulk-operations/imports#limitations */
export const mostFileBytes = 100_000_000

/** A file of 100 MB takes its time; silence this long is trouble. */
const transferTimeoutMs = 10 * 60_000

/** A bulk operation that could not be started by then is planned anew. */
const onceWithinMs = 10 * 60_000

type Calls = Pick<
  AdminApi,
  | 'stage'
  | 'runBulkMutation'
  | 'findBulkMutation'
  | 'runBulkQuery'
  | 'bulkOperation'
  | 'cancelBulk'
  | 'bulkRows'
>

interface Means {
  graphql: GraphqlCall
  line: Line
  carryOut: <D extends Document>(asks: Ask<D>[]) => Promise<Answer>
}

export function bulkCalls({ graphql, line, carryOut }: Means): Calls {
  return {
    async stage(filename, file) {
      const ask = { operation: stageUpload, variables: { filename } }
      const { outcome } = resultOf(await carryOut([ask]), ask, 0)
      const [target] = outcome?.stagedTargets ?? []
      if (!target?.url) throw new ProblemError(bulkRefused(outcome?.userErrors[0]?.message ?? ''))
      await upload(target.url, target.parameters, filename, file)
      return target.parameters.find(({ name }) => name === 'key')?.value ?? ''
    },

    async runBulkMutation(mutation, path) {
      const ask = { operation: runBulkMutation, variables: { mutation, path } }
      const answer = await send(graphql, batchOf([ask]), line, { onceWithinMs })
      return startOf(resultOf(answer, ask, 0).outcome)
    },

    async findBulkMutation(text) {
      const ask = { operation: listBulkMutations, variables: {} }
      const { nodes } = resultOf(await carryOut([ask]), ask, 0).bulkOperations
      return nodes.find(({ query }) => query.includes(text))?.id ?? null
    },

    async runBulkQuery(query) {
      const ask = { operation: runBulkQuery, variables: { query } }
      const answer = await send(graphql, batchOf([ask]), line, { onceWithinMs })
      return startOf(resultOf(answer, ask, 0).outcome)
    },

    async bulkOperation(id) {
      const ask = { operation: findBulkOperation, variables: { id } }
      const operation = resultOf(await carryOut([ask]), ask, 0).bulkOperation
      if (!operation) return null
      const { status, errorCode, objectCount, url, partialDataUrl } =
        operationShape.parse(operation)
      if (['CREATED', 'RUNNING', 'CANCELING'].includes(status)) {
        return { state: 'running', done: objectCount }
      }
      return {
        state: 'over',
        isComplete: status === 'COMPLETED',
        isDenied: errorCode === 'ACCESS_DENIED',
        rows: url ?? partialDataUrl ?? null,
      }
    },

    async cancelBulk(id) {
      // What it complains of is that the operation was over already.
      await carryOut([{ operation: cancelBulkOperation, variables: { id } }])
    },

    bulkRows: rowsOf,
  }
}

const operationShape = z.object({
  status: z.string(),
  errorCode: z.string().nullish(),
  objectCount: z.coerce.number(),
  url: z.string().nullish(),
  partialDataUrl: z.string().nullish(),
})

interface Outcome {
  bulkOperation?: { id: string } | null
  userErrors: { code?: string | null; message: string }[]
}

function startOf(outcome: Outcome | null | undefined): BulkStart {
  if (outcome?.bulkOperation) return { started: true, id: outcome.bulkOperation.id }
  const [error] = outcome?.userErrors ?? []
  const isFull = error?.code === 'OPERATION_IN_PROGRESS' || error?.code === 'LIMIT_REACHED'
  if (isFull) return { started: false }
  throw new ProblemError(bulkRefused(error?.message ?? ''))
}

/** A form by hand: its length is known while the file still comes, and storage asks for it. */
async function upload(
  url: string,
  parameters: { name: string; value: string }[],
  filename: string,
  { lines, bytes }: BulkFile,
): Promise<void> {
  const boundary = `form-${randomUUID()}`
  const part = (name: string, more = '') =>
    `--${boundary}\r\nContent-Disposition: form-data; name="${name}"${more}\r\n`
  const fields = parameters.map(({ name, value }) => `${part(name)}\r\n${value}\r\n`).join('')
  // The file has to be the last part.
  const head = `${fields}${part('file', `; filename="${filename}"`)}Content-Type: text/jsonl\r\n\r\n`
  const tail = `\r\n--${boundary}--\r\n`
  async function* form(): AsyncGenerator<Uint8Array, undefined> {
    yield Buffer.from(head)
    for await (const text of lines) yield Buffer.from(text)
    yield Buffer.from(tail)
  }
  const pieces = form()
  const response = await transfer(url, {
    method: 'POST',
    headers: {
      'Content-Type': `multipart/form-data; boundary=${boundary}`,
      'Content-Length': String(Buffer.byteLength(head) + bytes + Buffer.byteLength(tail)),
    },
    body: new ReadableStream<Uint8Array>({
      async pull(controller) {
        const { done, value } = await pieces.next()
        if (done) controller.close()
        else controller.enqueue(value)
      },
    }),
    duplex: 'half',
  })
  await response.arrayBuffer()
}

async function* rowsOf(url: string): AsyncGenerator<unknown, undefined> {
  const response = await transfer(url, {})
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  let rest = ''
  for (;;) {
    const { done, value = '' } = (await reader?.read().catch(brokeOff)) ?? { done: true }
    const lines = (rest + value).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) if (line !== '') yield parsed(line)
    if (done) break
  }
  if (rest !== '') yield parsed(rest)
}

/** Who takes a row says what it has to hold. */
const parsed = (line: string): unknown => JSON.parse(line)

function brokeOff(error: unknown): never {
  throw new ProblemError(storageTrouble, { cause: error })
}

async function transfer(url: string, init: RequestInit): Promise<Response> {
  let response: Response
  try {
    response = await fetch(url, { ...init, signal: AbortSignal.timeout(transferTimeoutMs) })
  } catch (error) {
    // What reading the lines threw is no trouble of the storage's.
    if (error instanceof ProblemError) throw error
    throw new ProblemError(storageTrouble, { cause: error })
  }
  if (!response.ok) {
    await response.body?.cancel()
    throw new ProblemError(storageTrouble)
  }
  return response
}
