import { z } from 'zod'
import {
  complaintAboutName,
  digestOf,
  metafieldTypes,
  mostMetafieldsAtOnce,
  takeValue,
  type Metafield,
} from '../metafields.ts'
import { complaintAboutValue } from '../definitions.ts'
import { legacyId } from '../customer.ts'
import type { Store } from '../store.ts'
import { connection } from './connection.ts'
import { presentDefinition, resolved } from './definitions.ts'
import { refusal, typeOf, type Call, type ResolverGroup } from './group.ts'

const setArgs = z.object({
  metafields: z.array(
    z.object({
      ownerId: z.string(),
      namespace: z.string().default('$app'),
      key: z.string(),
      type: z.string().nullish(),
      value: z.string(),
      /** Absent = no guard, null = there must be none yet. */
      compareDigest: z.string().nullable().optional(),
    }),
  ),
})
const deleteArgs = z.object({
  metafields: z.array(z.object({ ownerId: z.string(), namespace: z.string(), key: z.string() })),
})
const oneArgs = z.object({ namespace: z.string().default('$app'), key: z.string() })
const listArgs = z.object({
  namespace: z.string().nullish(),
  keys: z.array(z.string()).nullish(),
})
interface SetError {
  field: string[]
  code: string
  message: string
  elementIndex: null
}

export const metafields: ResolverGroup = {
  queries: {},

  mutations: {
    metafieldsSet: (args, call) => {
      call.require('write_customers', 'metafieldsSet')
      const { metafields: inputs } = setArgs.parse(args)
      if (inputs.length > mostMetafieldsAtOnce) {
        const message = `Exceeded the maximum metafields input limit of ${mostMetafieldsAtOnce}.`
        const field = ['metafields']
        const error = { field, code: 'LESS_THAN_OR_EQUAL_TO', message, elementIndex: null }
        return { metafields: null, userErrors: [error] }
      }
      const checked = inputs.map((input, index) => check(input, index, call.store))
      const userErrors = checked.flatMap((each) => ('error' in each ? [each.error] : []))
      // Atomic: with one that is wrong, none is stored.
      if (userErrors.length > 0) return { metafields: [], userErrors }
      const stored = checked.flatMap((each) =>
        'input' in each ? [call.store.setMetafield(each.input, 'metafieldsSet')] : [],
      )
      return { metafields: stored.map((each) => presentMetafield(each, call.store)), userErrors }
    },
    metafieldsDelete: (args, call) => {
      call.require('write_customers', 'metafieldsDelete')
      const { metafields: identifiers } = deleteArgs.parse(args)
      return {
        deletedMetafields: identifiers.map(({ ownerId, namespace, key }) => {
          isOwner(ownerId, call.store)
          const own = resolved(namespace)
          const wasThere = call.store.deleteMetafield(ownerId, own, key, 'metafieldsDelete')
          return wasThere ? { ownerId, namespace: own, key } : null
        }),
        userErrors: [],
      }
    },
  },

  nodes: {
    Metafield: (id, { store }) => {
      const found = store.metafields.byId(id)
      return found ? presentMetafield(found, store) : null
    },
  },
}

/** The fields `metafield` and `metafields` of whatever carries some. */
export function metafieldsOf(ownerId: string) {
  return {
    metafield: (args: Record<string, unknown>, { store }: Call) => {
      const { namespace, key } = oneArgs.parse(args)
      const found = store.metafields.get(ownerId, resolved(namespace), key)
      return found ? presentMetafield(found, store) : null
    },
    metafields: (args: Record<string, unknown>, { store }: Call) => {
      const { namespace, keys } = listArgs.parse(args)
      const found = store.metafields
        .of(ownerId)
        .filter(
          (each) =>
            (namespace == null || each.namespace === resolved(namespace)) &&
            (keys == null || keys.includes(`${each.namespace}.${each.key}`)),
        )
      return connection(
        found,
        args,
        ({ id }) => id,
        (each) => presentMetafield(each, store),
      )
    },
  }
}

type Input = z.infer<typeof setArgs>['metafields'][number]

type Checked =
  | { error: SetError }
  | { input: Pick<Metafield, 'ownerId' | 'namespace' | 'key' | 'type' | 'value'> }

function check(input: Input, index: number, store: Store): Checked {
  const { ownerId, key, compareDigest } = input
  const namespace = resolved(input.namespace)
  const wrong = (field: string | null, code: string, message: string): Checked => ({
    error: {
      field: ['metafields', String(index), ...(field === null ? [] : [field])],
      code,
      message,
      elementIndex: null,
    },
  })
  if (!isOwner(ownerId, store)) return wrong('ownerId', 'INVALID', 'Owner does not exist.')
  const complaint = complaintAboutName(namespace, key)
  if (complaint) return wrong(complaint.field, complaint.code, complaint.message)

  const definition = store.metafieldDefinition('CUSTOMER', namespace, key)
  const type = input.type ?? definition?.type
  if (type == null || type === '') return wrong('type', 'BLANK', "Type can't be blank")
  if (!metafieldTypes.includes(type)) {
    const message = `Type must be one of the following: ${metafieldTypes.join(', ')}.`
    return wrong('type', 'INCLUSION', message)
  }
  if (definition && definition.type !== type) {
    const message = `Type '${type}' must be consistent with the definition's type: '${definition.type}'.`
    return wrong('type', 'INVALID_TYPE', message)
  }
  const taken = takeValue(type, input.value, store.seed.currencyCode)
  if (!taken.ok) return wrong('value', 'INVALID_VALUE', taken.message)
  const limit = definition && complaintAboutValue(definition, taken.value)
  if (limit !== undefined) return wrong('value', 'INVALID_VALUE', limit)

  const existing = store.metafields.peek(ownerId, namespace, key)
  if (typeof compareDigest === 'string' && !existing) {
    return wrong(null, 'INVALID_COMPARE_DIGEST', 'Invalid `compareDigest` value.')
  }
  // What is there already in just this way is no conflict, whatever digest is given.
  const isRepeat = existing?.type === type && existing.value === taken.value
  const isStale =
    compareDigest === null
      ? existing !== undefined
      : compareDigest !== undefined && existing && !isRepeat && compareDigest !== digestOf(existing)
  if (isStale) {
    return wrong(
      null,
      'STALE_OBJECT',
      'The resource has been updated since it was loaded. Try again with an updated `compareDigest` value.',
    )
  }
  return { input: { ownerId, namespace, key, type, value: taken.value } }
}

function isOwner(id: string, store: Store): boolean {
  if (typeOf(id) !== 'Customer') throw unsupported(`metafields of ${typeOf(id)}`)
  return store.hasCustomer(id)
}

/** What costs something to work out is worked out when it is asked for: bulk operations rarely do. */
function presentMetafield(metafield: Metafield, store: Store) {
  const { ownerId, namespace, key, type, value } = metafield
  return {
    __typename: 'Metafield',
    id: metafield.id,
    legacyResourceId: legacyId(metafield.id),
    ownerType: typeOf(ownerId).toUpperCase(),
    namespace,
    key,
    type,
    value,
    sizeInBytes: Buffer.byteLength(value),
    compareDigest: () => digestOf(metafield),
    definition: () => {
      const definition = store.metafieldDefinition('CUSTOMER', namespace, key)
      return definition ? presentDefinition(definition, store) : null
    },
    createdAt: () => metafield.createdAt.toISOString(),
    updatedAt: () => metafield.updatedAt.toISOString(),
  }
}

const unsupported = (what: string) =>
  refusal(`not supported by the sandbox: ${what}`, 'SANDBOX_UNSUPPORTED')
