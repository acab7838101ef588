/** From a profile to the value of a mapping's metafield, in the form that Shopify takes. Pure. */
import { aboutTypes } from '../actions/metafield-types.ts'
import { readValue } from '../actions/metafield-values.ts'
import type { Json, PredictedProfile } from '../klaviyo/klaviyo.ts'
import type { Problem } from '../problem.ts'
import { prepareTemplate } from '../rules/template.ts'
import type { PreparedTemplate } from '../rules/template.ts'
import type { MappingDocument } from './document.ts'
import { nameOf } from './mapping.ts'

export type Value =
  /** Null: Klaviyo has none. */
  { ok: true; value: string | null } | { ok: false; problem: Problem }

/** What the mapping gives for profiles. Prepared once for many: parsing a template takes long. */
export function valueFor(document: MappingDocument): (profile: PredictedProfile) => Value {
  const { derive, type } = document
  const template = derive.kind === 'liquid' ? prepareTemplate(derive.template) : null
  const decimals = type === 'number_integer' ? 0 : document.decimals
  return (profile) => {
    const derived = template
      ? rendered(template, document, profile)
      : { ok: true as const, value: textOf(bandOf(document, sourceOf(document, profile)), type) }
    if (!derived.ok) return derived
    if (derived.value === undefined) return { ok: false, problem: unusable(document) }
    if (derived.value === null || derived.value.trim() === '') return { ok: true, value: null }
    const isNumber = type === 'number_integer' || type === 'number_decimal'
    const exact = isNumber && decimals !== null ? round(derived.value, decimals) : derived.value
    const value = readValue(type, exact)
    return value === null ? { ok: false, problem: unusable(document) } : { ok: true, value }
  }
}

/** What Klaviyo has for the mapping; null = nothing. */
export function sourceOf({ source }: MappingDocument, profile: PredictedProfile): Json {
  if (source.kind === 'prediction') return profile.predictions[source.field]
  const { properties } = profile
  return Object.hasOwn(properties, source.key) ? (properties[source.key] ?? null) : null
}

function rendered(
  template: PreparedTemplate,
  document: MappingDocument,
  profile: PredictedProfile,
) {
  const { properties, predictions, id, email, phone, firstName, lastName } = profile
  const filled = template({
    value: sourceOf(document, profile),
    predictions: { ...predictions },
    profile: {
      ...properties,
      id,
      email,
      phone,
      first_name: firstName,
      last_name: lastName,
      properties,
    },
  })
  return filled.ok ? { ok: true as const, value: filled.text.trim() } : filled
}

/** The band's name where the mapping has bands; what is no number is in none. */
function bandOf({ derive }: MappingDocument, source: Json): Json | undefined {
  if (derive.kind !== 'bands' || source === null || source === '') return source
  const number = typeof source === 'string' ? Number(source) : source
  if (typeof number !== 'number' || !Number.isFinite(number)) return undefined
  return derive.bands.find(({ below }) => below === null || number < below)?.label
}

/** As a text that the type can be read from; undefined where it can't be one. */
function textOf(value: Json | undefined, type: MappingDocument['type']): string | null | undefined {
  if (value === null || value === undefined) return value
  if (type === 'json') return JSON.stringify(value)
  if (typeof value === 'string') return value
  if (typeof value === 'number') return plain(value)
  if (typeof value === 'boolean') return String(value)
  if (!Array.isArray(value)) return undefined
  if (value.length === 0) return null
  const items = value.map((item) => (typeof item === 'number' ? plain(item) : item))
  if (!items.every((item) => typeof item === 'string')) return undefined
  return type === 'list.single_line_text_field' ? JSON.stringify(items) : items.join(', ')
}

/** Without an exponent, which Shopify does not read. */
const plain = (number: number): string => {
  const text = String(number)
  return text.includes('e') ? number.toFixed(9) : text
}

/** Rounds a decimal text, half away from zero; what is no decimal stays as it is. */
export function round(text: string, decimals: number): string {
  const [, sign = '', whole, rest = ''] =
    /^([+-]?)(\d{1,128})(?:\.(\d{0,128}))?$/.exec(text.trim()) ?? []
  if (whole === undefined || rest.length <= decimals) return text
  const kept = BigInt(whole + rest.slice(0, decimals))
  const isUp = Number(rest[decimals]) >= 5
  const digits = String(kept + (isUp ? 1n : 0n)).padStart(decimals + 1, '0')
  const cut = digits.length - decimals
  const number = decimals === 0 ? digits : `${digits.slice(0, cut)}.${digits.slice(cut)}`
  return (sign === '-' ? '-' : '') + number
}

/** Never quotes the value: it may be personal, and problems are stored in the clear. */
const unusable = (document: MappingDocument): Problem => ({
  code: 'mapping-unusable',
  what: `What Klaviyo has for ${nameOf(document)} is not ${aboutTypes[document.type].wants}.`,
  remedy:
    'Choose another type for the mapping, derive the value with a template, or correct the property in Klaviyo.',
  retry: 'never',
})
