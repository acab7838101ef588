import { z } from 'zod'
import { complaintAboutMutation, isJsonl, runMutation } from '../bulk/mutation.ts'
import { fileSize, isUnderWay, type BulkOperation, type BulkType } from '../bulk/operations.ts'
import { planQuery, runQuery } from '../bulk/query.ts'
import { legacyId } from '../customer.ts'
import type { Store } from '../store.ts'
import { connection } from './connection.ts'
import { findCustomers } from './customers.ts'
import { refusal, type ResolverGroup } from './group.ts'
import { isWhen, parseSearch, satisfies, type Search } from './search.ts'

const uploadArgs = z.object({
  input: z.array(
    z.object({
      resource: z.string(),
      filename: z.string(),
      mimeType: z.string(),
      httpMethod: z.enum(['POST', 'PUT']),
      fileSize: z.unknown().optional(),
    }),
  ),
})
const mutationArgs = z.object({
  mutation: z.string(),
  stagedUploadPath: z.string(),
  clientIdentifier: z.string().nullish(),
})
const queryArgs = z.object({ query: z.string() })
const idArgs = z.object({ id: z.string() })
const currentArgs = z.object({ type: z.enum(['MUTATION', 'QUERY']) })
const listArgs = z.object({
  query: z.string().nullish(),
  sortKey: z.enum(['CREATED_AT', 'COMPLETED_AT']),
})

export const bulk: ResolverGroup = {
  queries: {
    bulkOperation: (args, { store }) => find(idArgs.parse(args).id, store),
    currentBulkOperation: (args, { store }) => {
      const { type } = currentArgs.parse(args)
      const latest = store.bulk.all.findLast((each) => each.type === type)
      return latest ? present(latest, store) : null
    },
    bulkOperations: (args, { store }) => {
      const { query, sortKey } = listArgs.parse(args)
      const search = query ? parseSearch(query) : undefined
      const at = ({ createdAt, completedAt }: BulkOperation) =>
        (sortKey === 'CREATED_AT' ? createdAt : completedAt)?.getTime() ?? 0
      // Newest first, and of one millisecond the later one.
      const found = store.bulk.all
        .filter((each) => !search || matches(each, search))
        .reverse()
        .sort((a, b) => at(b) - at(a))
      return connection(
        found,
        args,
        ({ id }) => id,
        (each) => present(each, store),
      )
    },
  },

  mutations: {
    stagedUploadsCreate: (args, { store }) => {
      const { input } = uploadArgs.parse(args)
      const unknown = input.find(
        ({ resource, httpMethod }) =>
          resource !== 'BULK_MUTATION_VARIABLES' || httpMethod !== 'POST',
      )
      if (unknown) {
        throw unsupported(`staged uploads of ${unknown.resource} by ${unknown.httpMethod}`)
      }
      const wrong = input.findIndex(({ mimeType }) => mimeType !== 'text/jsonl')
      if (wrong >= 0) {
        const message = `${input[wrong]?.mimeType ?? ''} is not a recognized format`
        const field = ['input', String(wrong), 'mimeType']
        return { stagedTargets: null, userErrors: [{ field, message }] }
      }
      const url = `${store.bulk.origin}/storage/uploads`
      const stagedTargets = input.map(({ filename, mimeType }) => {
        const { key, parameters } = store.bulk.uploads.create(filename, mimeType)
        return { url, resourceUrl: `${url}/${key}`, parameters }
      })
      return { stagedTargets, userErrors: [] }
    },

    bulkOperationRunMutation: (args, { store, api }) => {
      const { mutation, stagedUploadPath, clientIdentifier } = mutationArgs.parse(args)
      const refuse = (code: string, message: string, field: string[] | null = null) => ({
        bulkOperation: null,
        userErrors: [{ field, code, message }],
      })
      const complaint = complaintAboutMutation(mutation, api)
      if (complaint) return refuse('INVALID_MUTATION', complaint, ['mutation'])
      if (!store.bulk.hasRoom('MUTATION')) {
        return refuse('OPERATION_IN_PROGRESS', inProgress('mutation', store))
      }
      const file = store.bulk.uploads.file(stagedUploadPath)
      if (!file) {
        return refuse(
          'NO_SUCH_FILE',
          "The JSONL file could not be found. Try uploading the file again, and check that you've entered the URL correctly for the stagedUploadPath mutation argument.",
          ['stagedUploadPath'],
        )
      }
      if (!isJsonl(file)) {
        return refuse('INVALID_STAGED_UPLOAD_FILE', 'Unexpected file structure - expected JSONL', [
          'stagedUploadPath',
        ])
      }
      const rows = runMutation(store, api, mutation, file, store.bulk.takeRowFailure())
      const started = store.bulk.start(
        { type: 'MUTATION', query: mutation, clientIdentifier: clientIdentifier ?? null },
        rows,
      )
      return { bulkOperation: present(started, store), userErrors: [] }
    },

    bulkOperationRunQuery: (args, { store, api }) => {
      const { query } = queryArgs.parse(args)
      const refuse = (code: string, message: string, field: string[] | null = null) => ({
        bulkOperation: null,
        userErrors: [{ field, code, message }],
      })
      const planned = planQuery(query, api)
      if ('complaint' in planned) return refuse('INVALID', planned.complaint, ['query'])
      if (!store.bulk.hasRoom('QUERY')) {
        return refuse('OPERATION_IN_PROGRESS', inProgress('query', store))
      }
      const { plan } = planned
      const people = findCustomers(store, plan.search)
      const started = store.bulk.start(
        { type: 'QUERY', query, clientIdentifier: null },
        runQuery(store, api, plan, people),
      )
      return { bulkOperation: present(started, store), userErrors: [] }
    },

    bulkOperationCancel: (args, { store }) => {
      const operation = store.bulk.get(idArgs.parse(args).id)
      if (!operation) {
        const message = 'Bulk operation does not exist'
        return { bulkOperation: null, userErrors: [{ field: ['id'], message }] }
      }
      if (!isUnderWay(operation)) {
        const message = `A bulk operation cannot be canceled when it is ${operation.status.toLowerCase()}`
        return { bulkOperation: present(operation, store), userErrors: [{ field: null, message }] }
      }
      store.bulk.cancel(operation)
      return { bulkOperation: present(operation, store), userErrors: [] }
    },
  },

  nodes: { BulkOperation: (id, { store }) => find(id, store) },
}

function inProgress(kind: 'mutation' | 'query', store: Store): string {
  const type: BulkType = kind === 'query' ? 'QUERY' : 'MUTATION'
  const busy = store.bulk.all.findLast((each) => each.type === type && isUnderWay(each))
  return `A bulk ${kind} operation for this app and shop is already in progress: ${busy?.id ?? ''}.`
}

function find(id: string, store: Store) {
  const operation = store.bulk.get(id)
  return operation ? present(operation, store) : null
}

function present(operation: BulkOperation, store: Store) {
  const { id, type, query, status, errorCode, createdAt, completedAt } = operation
  const address = isUnderWay(operation) ? null : store.bulk.address(operation)
  return {
    __typename: 'BulkOperation',
    id,
    type,
    query,
    status,
    errorCode,
    createdAt: createdAt.toISOString(),
    completedAt: completedAt?.toISOString() ?? null,
    // UnsignedInt64 travels as text.
    objectCount: String(operation.objectCount),
    rootObjectCount: String(operation.rootObjectCount),
    fileSize: status === 'COMPLETED' ? String(fileSize(operation)) : null,
    url: status === 'COMPLETED' ? address : null,
    partialDataUrl: status === 'FAILED' ? address : null,
  }
}

function matches(operation: BulkOperation, search: Search): boolean {
  return satisfies(search, ({ field, value }) => {
    switch (field) {
      case 'status':
        return operation.status === value.toUpperCase()
      case 'operation_type':
        return operation.type === value.toUpperCase()
      case 'id':
        return legacyId(operation.id) === value
      case 'created_at':
        return isWhen(operation.createdAt, value)
      case 'completed_at':
        return operation.completedAt !== null && isWhen(operation.completedAt, value)
      case 'client_identifier':
        return operation.clientIdentifier === value
      default:
        throw unsupported(`search of bulk operations by ${field}`)
    }
  })
}

const unsupported = (what: string) =>
  refusal(`not supported by the sandbox: ${what}`, 'SANDBOX_UNSUPPORTED')
