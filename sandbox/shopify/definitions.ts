/** Definitions of customers' metafields: what they may hold, and how the admin shows them. */

export interface Validation {
  name: string
  value: string
}

export interface MetafieldDefinition {
  id: string
  name: string
  description: string | null
  ownerType: string
  namespace: string
  key: string
  type: string
  validations: readonly Validation[]
  access: { admin: string; storefront: string; customerAccount: string }
  isAdminFilterable: boolean
  pinnedPosition: number | null
}

type Named = Pick<MetafieldDefinition, 'name' | 'ownerType' | 'namespace' | 'key' | 'type'>
export type DefinitionDraft = Named &
  Partial<Pick<MetafieldDefinition, 'description' | 'validations' | 'access' | 'isAdminFilterable'>>

export interface DefinitionComplaint {
  field: string | null
  code: string
  message: string
}

/** https://shopify.dev/docs/apps/build/metafields/metafield-limits */
export const mostPinned = 20
const mostFilterable = 50
const mostChoices = 128

/** Types whose metafields the admin can filter by; the documentation leaves the list open. */
const filterable = new Set([
  'boolean',
  'single_line_text_field',
  'number_integer',
  'number_decimal',
  'date',
  'date_time',
])

/** https://shopify.dev/docs/apps/build/metafields/list-of-validation-options */
const options: Record<string, readonly string[]> = {
  single_line_text_field: ['min', 'max', 'regex', 'choices'],
  multi_line_text_field: ['min', 'max', 'regex'],
  number_integer: ['min', 'max'],
  number_decimal: ['min', 'max', 'max_precision'],
  date: ['min', 'max'],
  date_time: ['min', 'max'],
  url: ['allowed_domains'],
  json: ['schema'],
  dimension: ['min', 'max'],
  weight: ['min', 'max'],
  volume: ['min', 'max'],
}

export class Definitions {
  #all: readonly MetafieldDefinition[] = []
  #nextId = 50_000_000_001
  /** A store may be stricter than ours about what its admin filters by. */
  filterable: ReadonlySet<string> = filterable

  get all(): readonly MetafieldDefinition[] {
    return this.#all
  }

  byId(id: string): MetafieldDefinition | undefined {
    return this.#all.find((each) => each.id === id)
  }

  find(ownerType: string, namespace: string, key: string): MetafieldDefinition | undefined {
    return this.#all.find(
      (each) => each.key === key && each.namespace === namespace && each.ownerType === ownerType,
    )
  }

  add(draft: DefinitionDraft): MetafieldDefinition {
    const definition: MetafieldDefinition = {
      id: `gid://shopify/MetafieldDefinition/${this.#nextId++}`,
      name: draft.name,
      description: draft.description ?? null,
      ownerType: draft.ownerType,
      namespace: draft.namespace,
      key: draft.key,
      type: draft.type,
      validations: draft.validations ?? [],
      access: draft.access ?? usualAccess(draft.namespace),
      isAdminFilterable: draft.isAdminFilterable ?? false,
      pinnedPosition: null,
    }
    this.#all = [...this.#all, definition]
    return definition
  }

  change(
    { id }: MetafieldDefinition,
    changed: Partial<Omit<MetafieldDefinition, 'id'>>,
  ): MetafieldDefinition {
    this.#all = this.#all.map((each) => (each.id === id ? { ...each, ...changed } : each))
    const found = this.byId(id)
    if (!found) throw new Error(`no definition ${id}`)
    return found
  }

  remove({ id }: MetafieldDefinition): void {
    this.#all = this.#all.filter((each) => each.id !== id)
  }

  /** Puts it above the others that are pinned. */
  pin(definition: MetafieldDefinition): MetafieldDefinition {
    const positions = this.#pinned(definition.ownerType).map(
      ({ pinnedPosition }) => pinnedPosition ?? 0,
    )
    return this.change(definition, { pinnedPosition: Math.max(0, ...positions) + 1 })
  }

  complaintAboutPinning(ownerType: string): DefinitionComplaint | undefined {
    return this.#pinned(ownerType).length < mostPinned
      ? undefined
      : {
          field: null,
          code: 'PINNED_LIMIT_REACHED',
          message: `Limit of ${mostPinned} pinned definitions.`,
        }
  }

  complaintAboutFilter(ownerType: string, type: string): DefinitionComplaint | undefined {
    if (!this.filterable.has(type)) {
      return {
        field: null,
        code: 'INVALID_CAPABILITY',
        message: 'The capability admin_filterable is not valid for this definition.',
      }
    }
    const others = this.#all.filter(
      (each) => each.ownerType === ownerType && each.isAdminFilterable,
    )
    return others.length < mostFilterable
      ? undefined
      : {
          field: null,
          code: 'OWNER_TYPE_LIMIT_EXCEEDED_FOR_USE_AS_ADMIN_FILTERS',
          message: `You have reached the maximum of ${mostFilterable} definitions that can be used as admin filters.`,
        }
  }

  #pinned(ownerType: string): MetafieldDefinition[] {
    return this.#all.filter((each) => each.ownerType === ownerType && each.pinnedPosition !== null)
  }
}

/** A reserved namespace belongs to the app, any other to the merchant and all apps. */
export const isAppOwned = (namespace: string) => namespace.startsWith('app--')

export const usualAccess = (namespace: string) => ({
  admin: isAppOwned(namespace) ? 'MERCHANT_READ' : 'PUBLIC_READ_WRITE',
  storefront: 'NONE',
  customerAccount: 'NONE',
})

export function complaintAboutValidations(
  type: string,
  validations: readonly Validation[],
): DefinitionComplaint | undefined {
  const wrong = (code: string, message: string) => ({ field: 'validations', code, message })
  const inner = type.replace(/^list\./, '')
  const known = [...(options[inner] ?? []), ...(inner === type ? [] : ['list.min', 'list.max'])]
  const seen = new Set<string>()
  for (const { name, value } of validations) {
    if (seen.has(name))
      return wrong('DUPLICATE_OPTION', `Validations contains duplicate option '${name}'.`)
    seen.add(name)
    if (!known.includes(name)) {
      return wrong('INVALID_OPTION', `Validations can't include '${name}' for the type '${type}'.`)
    }
    const isSound =
      name === 'choices' ? isChoices(value) : name === 'regex' ? isPattern(value) : value !== ''
    if (!isSound) return wrong('INVALID_OPTION', `Validations value for option ${name} is invalid.`)
  }
  return undefined
}

/** What a definition's options say of a value that its type takes. */
export function complaintAboutValue(
  { type, validations }: Pick<MetafieldDefinition, 'type' | 'validations'>,
  value: string,
): string | undefined {
  for (const { name, value: bound } of validations) {
    const complaint = checks[name]?.(type, value, bound)
    if (complaint !== undefined) return complaint
  }
  return undefined
}

type Check = (type: string, value: string, bound: string) => string | undefined

const checks: Record<string, Check> = {
  min: (type, value, bound) =>
    isText(type)
      ? value.length < Number(bound)
        ? `Value has a minimum length of ${bound}.`
        : undefined
      : size(type, value) < size(type, bound)
        ? `Value has a minimum of ${bound}.`
        : undefined,
  max: (type, value, bound) =>
    isText(type)
      ? value.length > Number(bound)
        ? `Value has a maximum length of ${bound}.`
        : undefined
      : size(type, value) > size(type, bound)
        ? `Value has a maximum of ${bound}.`
        : undefined,
  regex: (_type, value, bound) =>
    new RegExp(bound).test(value) ? undefined : `Value does not match the pattern ${bound}.`,
  choices: (_type, value, bound) =>
    choicesOf(bound).includes(value)
      ? undefined
      : `Value does not exist in provided choices: ${bound}.`,
  max_precision: (_type, value, bound) =>
    (value.split('.')[1] ?? '').replace(/0+$/, '').length > Number(bound)
      ? `Value can't exceed a precision of ${bound}.`
      : undefined,
}

const isText = (type: string) => type.endsWith('_text_field')

const size = (type: string, value: string) =>
  type.startsWith('date') ? Date.parse(value) : Number(value)

function choicesOf(value: string): unknown[] {
  try {
    const parsed: unknown = JSON.parse(value)
    return Array.isArray(parsed) ? parsed : []
  } catch {
    return []
  }
}

function isChoices(value: string): boolean {
  const choices = choicesOf(value)
  return (
    choices.length > 0 &&
    choices.length <= mostChoices &&
    choices.every((each) => typeof each === 'string')
  )
}

function isPattern(value: string): boolean {
  try {
    return new RegExp(value).source !== ''
  } catch {
    return false
  }
}
