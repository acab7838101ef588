/**
 * Bulk operations: taken in at once, carried out in the background, told of by webhook
 * (https://shopify.dev/docs/api/usage/bulk-operations/imports and …/queries).
 */
import { randomBytes } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { Uploads } from './uploads.ts'

export type BulkStatus =
  'CREATED' | 'RUNNING' | 'COMPLETED' | 'FAILED' | 'CANCELING' | 'CANCELED' | 'EXPIRED'
export type BulkErrorCode = 'ACCESS_DENIED' | 'INTERNAL_SERVER_ERROR' | 'TIMEOUT'
export type BulkType = 'MUTATION' | 'QUERY'

export interface BulkOperation {
  id: string
  type: BulkType
  query: string
  clientIdentifier: string | null
  status: BulkStatus
  errorCode: BulkErrorCode | null
  createdAt: Date
  completedAt: Date | null
  objectCount: number
  rootObjectCount: number
  /** What makes its address impossible to guess. */
  token: string
  /** The result file, in pieces. */
  result: Buffer[]
}

/** One line of a result file. */
export interface BulkRow {
  text: string
  isRoot: boolean
  /** The app lacks a scope: the whole operation fails. */
  isDenied: boolean
}

/** Trouble for the next operation of a type. */
export interface BulkFailure {
  type: BulkType
  errorCode: BulkErrorCode
  /** After so many rows took effect. */
  afterRows: number
}

/** Rows of the next mutation that answer with an error in place of their data. */
export interface RowFailure {
  lines: readonly number[]
  /** Whether the row takes effect all the same. */
  applied: boolean
}

/** Per app and shop, of queries and mutations each, since 2026-01. */
const mostAtOnce = 5
const keptMs = 7 * 24 * 3_600_000
/** How long one stays CREATED, and CANCELING. */
const momentMs = 20
/** Rows are run in slices, so that the server goes on answering. */
const sliceMs = 15

const firstId = 9_000_000_000_001

export class BulkOperations {
  readonly uploads: Uploads
  /** `null` = as fast as it goes. */
  rowsPerSecond: number | null = null
  /** Keeps all that run where they are. */
  isHeld = false
  /** Shopify doesn't promise that each is told of. */
  sendsWebhooks = true
  /** Where the sandbox listens. */
  origin = ''
  onFinish: (operation: BulkOperation) => void = () => undefined
  readonly #storeId: number
  readonly #operations: BulkOperation[] = []
  readonly #failures: BulkFailure[] = []
  #rowFailure: RowFailure | undefined
  #isStopped = false

  constructor(storeId: number) {
    this.#storeId = storeId
    this.uploads = new Uploads(storeId)
  }

  /** Oldest first. */
  get all(): readonly BulkOperation[] {
    for (const operation of this.#operations) {
      const until = (operation.completedAt?.getTime() ?? Infinity) + keptMs
      if (operation.status === 'COMPLETED' && Date.now() > until) this.expire(operation)
    }
    return this.#operations
  }

  get(id: string): BulkOperation | undefined {
    return this.all.find((each) => each.id === id)
  }

  /** Whether there is room for one more of this type. */
  hasRoom(type: BulkType): boolean {
    const busy = this.#operations.filter((each) => each.type === type && isUnderWay(each))
    return busy.length < mostAtOnce
  }

  start(
    given: Pick<BulkOperation, 'type' | 'query' | 'clientIdentifier'>,
    rows: Iterator<BulkRow>,
  ): BulkOperation {
    const operation: BulkOperation = {
      id: `gid://shopify/BulkOperation/${firstId + this.#operations.length}`,
      ...given,
      status: 'CREATED',
      errorCode: null,
      createdAt: new Date(),
      completedAt: null,
      objectCount: 0,
      rootObjectCount: 0,
      token: randomBytes(12).toString('hex'),
      result: [],
    }
    this.#operations.push(operation)
    const index = this.#failures.findIndex(({ type }) => type === given.type)
    const [failure] = index < 0 ? [] : this.#failures.splice(index, 1)
    void this.#carryOut(operation, rows, failure)
    return operation
  }

  cancel(operation: BulkOperation): void {
    operation.status = 'CANCELING'
  }

  /** As if seven days had gone by. */
  expire(operation: BulkOperation): void {
    operation.status = 'EXPIRED'
    operation.result = []
  }

  failNext(failure: BulkFailure): void {
    this.#failures.push(failure)
  }

  failRows(failure: RowFailure): void {
    this.#rowFailure = failure
  }

  takeRowFailure(): RowFailure | undefined {
    const failure = this.#rowFailure
    this.#rowFailure = undefined
    return failure
  }

  /** Gives up on all that run: the store is being put back as it was. */
  stop(): void {
    this.#isStopped = true
  }

  /** Where the result is, whole or in part; `null` when there is nothing. */
  address({ token, result }: BulkOperation): string | null {
    if (result.length === 0) return null
    const query = new URLSearchParams({
      GoogleAccessId: 'sandbox',
      Expires: String(Math.floor((Date.now() + keptMs) / 1_000)),
      Signature: token,
    })
    return `${this.origin}/storage/bulk-operation-outputs/${this.#storeId}/${token}?${query.toString()}`
  }

  /** The result file at an address; `undefined` when it is over. */
  resultAt(token: string): readonly Buffer[] | undefined {
    const found = this.all.find((each) => each.token === token)
    return found && found.result.length > 0 ? found.result : undefined
  }

  async #carryOut(
    operation: BulkOperation,
    rows: Iterator<BulkRow>,
    failure: BulkFailure | undefined,
  ): Promise<void> {
    await wait(momentMs, undefined, { ref: false })
    if (operation.status === 'CREATED') operation.status = 'RUNNING'
    let readAt = performance.now()
    let allowed = 0
    while (!this.#isStopped) {
      if (operation.status === 'CANCELING') {
        await wait(momentMs, undefined, { ref: false })
        return this.#finish(operation, 'CANCELED', null)
      }
      const now = performance.now()
      allowed =
        this.rowsPerSecond === null
          ? Infinity
          : Math.min(this.rowsPerSecond, allowed + ((now - readAt) / 1_000) * this.rowsPerSecond)
      readAt = now
      if (this.isHeld) allowed = 0
      if (failure) allowed = Math.min(allowed, failure.afterRows - operation.objectCount)
      const { ended, used } = run(operation, rows, allowed)
      allowed -= used
      if (ended) return this.#finish(operation, ended.status, ended.errorCode)
      if (failure && operation.objectCount >= failure.afterRows && !this.isHeld) {
        return this.#finish(operation, 'FAILED', failure.errorCode)
      }
      await wait(this.isHeld || this.rowsPerSecond !== null ? sliceMs : 0, undefined, {
        ref: false,
      })
    }
  }

  #finish(
    operation: BulkOperation,
    status: 'COMPLETED' | 'FAILED' | 'CANCELED',
    errorCode: BulkErrorCode | null,
  ): void {
    operation.status = status
    operation.errorCode = errorCode
    if (status === 'COMPLETED') operation.completedAt = new Date()
    if (status === 'CANCELED') operation.result = []
    if (!this.#isStopped && this.sendsWebhooks) this.onFinish(operation)
  }
}

type Ended = { status: 'COMPLETED' | 'FAILED'; errorCode: BulkErrorCode | null }

/** Runs up to `most` rows, for no longer than a slice. */
function run(
  operation: BulkOperation,
  rows: Iterator<BulkRow>,
  most: number,
): { ended?: Ended; used: number } {
  const until = performance.now() + sliceMs
  const lines: string[] = []
  let ended: Ended | undefined
  let used = 0
  while (used + 1 <= most && performance.now() < until) {
    const next = rows.next()
    if (next.done) {
      ended = { status: 'COMPLETED', errorCode: null }
      break
    }
    if (next.value.isDenied) {
      ended = { status: 'FAILED', errorCode: 'ACCESS_DENIED' }
      break
    }
    lines.push(next.value.text, '\n')
    operation.objectCount++
    if (next.value.isRoot) operation.rootObjectCount++
    used++
  }
  if (lines.length > 0) operation.result.push(Buffer.from(lines.join('')))
  return { ...(ended && { ended }), used }
}

export const isUnderWay = ({ status }: BulkOperation) =>
  status === 'CREATED' || status === 'RUNNING' || status === 'CANCELING'

export const fileSize = ({ result }: BulkOperation) =>
  result.reduce((sum, piece) => sum + piece.length, 0)
