import { z } from 'zod'
import {
  complaintAboutValidations,
  isAppOwned,
  usualAccess,
  type DefinitionComplaint,
  type MetafieldDefinition,
} from '../definitions.ts'
import { complaintAboutName, metafieldTypes, mostDefinitions } from '../metafields.ts'
import type { Store } from '../store.ts'
import { connection } from './connection.ts'
import { refusal, type ResolverGroup } from './group.ts'

const access = z.object({
  admin: z.string().optional(),
  storefront: z.string().optional(),
  customerAccount: z.string().optional(),
})
const capabilities = z.strictObject({
  adminFilterable: z.object({ enabled: z.boolean() }).optional(),
})
const validations = z.array(z.object({ name: z.string(), value: z.string() }))
const createArgs = z.object({
  definition: z.strictObject({
    name: z.string(),
    namespace: z.string().default('$app'),
    key: z.string(),
    type: z.string(),
    description: z.string().nullish(),
    ownerType: z.string(),
    pin: z.boolean(),
    useAsCollectionCondition: z.literal(false),
    access: access.nullish(),
    capabilities: capabilities.nullish(),
    validations: validations.nullish(),
  }),
})
const updateArgs = z.object({
  definition: z.strictObject({
    namespace: z.string().default('$app'),
    key: z.string(),
    ownerType: z.string(),
    name: z.string().nullish(),
    description: z.string().nullish(),
    pin: z.boolean().nullish(),
    useAsCollectionCondition: z.literal(false),
    access: access.nullish(),
    capabilities: capabilities.nullish(),
    validations: validations.nullish(),
  }),
})
const identifier = z.object({
  ownerType: z.string(),
  namespace: z.string().default('$app'),
  key: z.string(),
})
const oneArgs = z.object({
  id: z.string().nullish(),
  definitionId: z.string().nullish(),
  identifier: identifier.nullish(),
})
const listArgs = z.object({
  ownerType: z.string(),
  namespace: z.string().nullish(),
  key: z.string().nullish(),
  pinnedStatus: z.enum(['ANY', 'PINNED', 'UNPINNED']),
  sortKey: z.enum(['ID', 'NAME', 'PINNED_POSITION']),
  query: z.string().nullish(),
})

export const definitions: ResolverGroup = {
  queries: {
    metafieldDefinition: (args, { store }) => {
      const found = findOne(args, store)
      return found ? presentDefinition(found, store) : null
    },
    metafieldDefinitions: (args, { store }) => {
      const { ownerType, namespace, key, pinnedStatus, sortKey, query } = listArgs.parse(args)
      if (query) throw unsupported('search of metafieldDefinitions')
      const found = store.definitions.all.filter(
        (each) =>
          each.ownerType === ownerType &&
          (namespace == null || each.namespace === resolved(namespace)) &&
          (key == null || each.key === key) &&
          (pinnedStatus === 'ANY' ||
            (each.pinnedPosition !== null) === (pinnedStatus === 'PINNED')),
      )
      return connection(
        found.sort(orders[sortKey]),
        args,
        ({ id }) => id,
        (each) => presentDefinition(each, store),
      )
    },
  },

  mutations: {
    metafieldDefinitionCreate: (args, call) => {
      call.require('write_customers', 'metafieldDefinitionCreate')
      const { store } = call
      const { definition: given } = createArgs.parse(args)
      const namespace = resolved(given.namespace)
      const wanted = { ...given, namespace }
      const complaint = complaintAboutNew(wanted, store) ?? complaintAboutChange(wanted, store)
      if (complaint) return { createdDefinition: null, userErrors: [userError(complaint)] }
      const created = store.defineMetafield({
        ...wanted,
        validations: given.validations ?? [],
        access: { ...usualAccess(namespace), ...given.access },
        isAdminFilterable: given.capabilities?.adminFilterable?.enabled ?? false,
      })
      return { createdDefinition: presentDefinition(created, store), userErrors: [] }
    },
    metafieldDefinitionUpdate: (args, call) => {
      call.require('write_customers', 'metafieldDefinitionUpdate')
      const { store } = call
      const { definition: given } = updateArgs.parse(args)
      const none = { updatedDefinition: null, validationJob: null }
      const known = findOne({ identifier: given }, store)
      if (!known) return { ...none, userErrors: [userError(notFound)] }
      const wanted = {
        ...given,
        namespace: known.namespace,
        type: known.type,
        pin: given.pin === true && known.pinnedPosition === null,
      }
      const complaint = complaintAboutChange(wanted, store)
      if (complaint) return { ...none, userErrors: [userError(complaint)] }
      const { adminFilterable } = given.capabilities ?? {}
      const changed = store.definitions.change(known, {
        ...(given.name == null ? {} : { name: given.name }),
        ...(given.description === undefined ? {} : { description: given.description }),
        ...(given.validations == null ? {} : { validations: given.validations }),
        ...(given.access == null ? {} : { access: { ...known.access, ...given.access } }),
        ...(adminFilterable ? { isAdminFilterable: adminFilterable.enabled } : {}),
        ...(given.pin === false ? { pinnedPosition: null } : {}),
      })
      const updated = wanted.pin ? store.definitions.pin(changed) : changed
      return { ...none, updatedDefinition: presentDefinition(updated, store), userErrors: [] }
    },
    metafieldDefinitionDelete: (args, call) => {
      call.require('write_customers', 'metafieldDefinitionDelete')
      const { store } = call
      const isThorough = args['deleteAllAssociatedMetafields'] === true
      const known = findOne(args, store)
      if (!known) return { deletedDefinition: null, userErrors: [userError(notFound, [])] }
      const { namespace, key, ownerType } = known
      if (isAppOwned(namespace) && !isThorough) {
        const message =
          'Deleting a definition in a reserved namespace requires deletion of its associated metafields.'
        const code = 'RESERVED_NAMESPACE_ORPHANED_METAFIELDS'
        return {
          deletedDefinition: null,
          userErrors: [userError({ field: null, code, message }, [])],
        }
      }
      store.definitions.remove(known)
      if (isThorough) {
        store.startJob(() => {
          for (const owner of store.metafields.ownersOf(namespace, key)) {
            store.deleteMetafield(owner, namespace, key, 'metafieldDefinitionDelete')
          }
        })
      }
      return { deletedDefinition: { ownerType, namespace, key }, userErrors: [] }
    },
    metafieldDefinitionPin: (args, call) => {
      call.require('write_customers', 'metafieldDefinitionPin')
      const { store } = call
      const refuse = (complaint: DefinitionComplaint) => ({
        pinnedDefinition: null,
        userErrors: [userError(complaint, [])],
      })
      const known = findOne(args, store)
      if (!known) return refuse(notFound)
      if (known.pinnedPosition !== null) {
        return refuse({
          field: null,
          code: 'ALREADY_PINNED',
          message: 'Definition already pinned.',
        })
      }
      const complaint = store.definitions.complaintAboutPinning(known.ownerType)
      if (complaint) return refuse(complaint)
      return {
        pinnedDefinition: presentDefinition(store.definitions.pin(known), store),
        userErrors: [],
      }
    },
    metafieldDefinitionUnpin: (args, call) => {
      call.require('write_customers', 'metafieldDefinitionUnpin')
      const { store } = call
      const known = findOne(args, store)
      const complaint = !known
        ? notFound
        : known.pinnedPosition === null
          ? { field: null, code: 'NOT_PINNED', message: 'Definition is not pinned.' }
          : undefined
      if (!known || complaint) {
        return { unpinnedDefinition: null, userErrors: [userError(complaint ?? notFound, [])] }
      }
      const changed = store.definitions.change(known, { pinnedPosition: null })
      return { unpinnedDefinition: presentDefinition(changed, store), userErrors: [] }
    },
  },

  nodes: {
    MetafieldDefinition: (id, { store }) => {
      const found = store.definitions.byId(id)
      return found ? presentDefinition(found, store) : null
    },
  },
}

const notFound: DefinitionComplaint = {
  field: null,
  code: 'NOT_FOUND',
  message: 'Definition not found.',
}

const userError = ({ field, code, message }: DefinitionComplaint, root = ['definition']) => ({
  field: field === null && root.length === 0 ? null : [...root, ...(field === null ? [] : [field])],
  code,
  message,
})

const orders: Record<
  z.infer<typeof listArgs>['sortKey'],
  (a: MetafieldDefinition, b: MetafieldDefinition) => number
> = {
  ID: (a, b) => (a.id < b.id ? -1 : 1),
  NAME: (a, b) => a.name.localeCompare(b.name),
  // The one pinned last stands first.
  PINNED_POSITION: (a, b) => (b.pinnedPosition ?? 0) - (a.pinnedPosition ?? 0),
}

function findOne(args: unknown, store: Store): MetafieldDefinition | undefined {
  const { id, definitionId, identifier: named } = oneArgs.parse(args)
  if (named) return store.definitions.find(named.ownerType, resolved(named.namespace), named.key)
  return store.definitions.byId(id ?? definitionId ?? '')
}

type Wanted = Pick<
  z.infer<typeof createArgs>['definition'],
  'namespace' | 'type' | 'ownerType' | 'access' | 'capabilities' | 'validations'
> & { pin?: boolean }

function complaintAboutNew(
  { namespace, key, type, name, ownerType }: z.infer<typeof createArgs>['definition'],
  store: Store,
): DefinitionComplaint | undefined {
  if (name.trim() === '') return { field: 'name', code: 'BLANK', message: "Name can't be blank." }
  if (name.length > 255) {
    const message = 'Name is too long (maximum is 255 characters)'
    return { field: 'name', code: 'TOO_LONG', message }
  }
  const complaint = complaintAboutName(namespace, key)
  if (complaint) {
    const code = complaint.code === 'INVALID' ? 'INVALID_CHARACTER' : complaint.code
    return { ...complaint, code }
  }
  if (!metafieldTypes.includes(type)) {
    return { field: 'type', code: 'INCLUSION', message: 'Type is invalid.' }
  }
  if (store.definitions.find(ownerType, namespace, key)) {
    const message = `Key is in use for ${ownerType.charAt(0)}${ownerType.slice(1).toLowerCase()} metafields on the '${namespace}' namespace.`
    return { field: 'key', code: 'TAKEN', message }
  }
  // The app and the merchant have as many each.
  const count = store.definitions.all.filter(
    (each) => each.ownerType === ownerType && isAppOwned(each.namespace) === isAppOwned(namespace),
  ).length
  if (count < mostDefinitions) return undefined
  return {
    field: 'ownerType',
    code: isAppOwned(namespace)
      ? 'RESOURCE_TYPE_LIMIT_EXCEEDED_BY_APP'
      : 'RESOURCE_TYPE_LIMIT_EXCEEDED',
    message: `Stores can only have ${mostDefinitions} definitions for each store resource.`,
  }
}

function complaintAboutChange(
  { namespace, type, ownerType, pin, access: given, capabilities, validations }: Wanted,
  store: Store,
): DefinitionComplaint | undefined {
  if (given?.admin !== undefined && !isAppOwned(namespace)) {
    return {
      field: 'access.admin',
      code: 'ADMIN_ACCESS_INPUT_NOT_ALLOWED',
      message: 'Setting admin access is only allowed for app-owned metafield definitions.',
    }
  }
  const wantsFilter = capabilities?.adminFilterable?.enabled === true
  return (
    complaintAboutValidations(type, validations ?? []) ??
    (wantsFilter ? store.definitions.complaintAboutFilter(ownerType, type) : undefined) ??
    (pin === true ? store.definitions.complaintAboutPinning(ownerType) : undefined)
  )
}

/** The sandbox has one app, so one reserved namespace: `$app` and `$app:rest`. */
export const resolved = (namespace: string) =>
  namespace === '$app' || namespace.startsWith('$app:')
    ? `app--1${namespace.slice('$app'.length).replace(':', '--')}`
    : namespace

export function presentDefinition(definition: MetafieldDefinition, store: Store) {
  const { type, validations, access: granted, isAdminFilterable, ...rest } = definition
  const isEligible = store.definitions.filterable.has(type)
  return {
    __typename: 'MetafieldDefinition',
    ...rest,
    type: { name: type },
    validations: validations.map((each) => ({ ...each, type })),
    access: granted,
    useAsCollectionCondition: false,
    capabilities: {
      adminFilterable: {
        eligible: isEligible,
        enabled: isAdminFilterable,
        status: isAdminFilterable ? 'FILTERABLE' : 'NOT_FILTERABLE',
      },
    },
    metafieldsCount: () => store.metafields.count(rest),
    validationStatus: () =>
      store.metafields.hasMisfits(definition) ? 'SOME_INVALID' : 'ALL_VALID',
  }
}

const unsupported = (what: string) =>
  refusal(`not supported by the sandbox: ${what}`, 'SANDBOX_UNSUPPORTED')
