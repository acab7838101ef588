/**
 * Values of metafields: what a text that a template gave means for a type, as Shopify takes it.
 * What Shopify stored reads the same way, so that equal values are known in whatever form. Pure.
 * https://shopify.dev/docs/apps/build/metafields/list-of-data-types
 */
import { isDeepStrictEqual } from 'node:util'
import type { MetafieldType } from './metafield-types.ts'

/** Null where the text is no value of the type. Reading what was read changes nothing. */
export function readValue(type: MetafieldType, text: string): string | null {
  const trimmed = text.trim()
  if (trimmed.length > mostWritten && !isText.has(type)) return null
  const value = readers[type](trimmed)
  return value === null || value === '' || tooLong(type, value) ? null : value
}

/** Whether both are one value, though perhaps written differently. */
export function isSameValue(type: MetafieldType, a: string | null, b: string | null): boolean {
  if (a === b) return true
  if (a === null || b === null) return false
  const [one, other] = [readValue(type, a), readValue(type, b)]
  if (one === null || other === null) return false
  return type === 'json' ? isDeepStrictEqual(jsonOf(one), jsonOf(other)) : one === other
}

/** The sum as exact as Shopify keeps numbers, or null where it is out of the type's range. */
export function sum(
  type: 'number_integer' | 'number_decimal',
  a: string,
  b: string,
): string | null {
  return readValue(type, textOf(billionthsOf(a) + billionthsOf(b)))
}

/** The difference, likewise. */
export function difference(
  type: 'number_integer' | 'number_decimal',
  a: string,
  b: string,
): string | null {
  return readValue(type, textOf(billionthsOf(a) - billionthsOf(b)))
}

/** https://shopify.dev/docs/apps/build/metafields/metafield-limits */
const mostBytes = 65_536
const mostJsonBytes = 131_072
const mostUrlBytes = 2_048
const mostItems = 128

/** Shopify keeps nine decimals of a number, and thirteen digits before them. */
const decimals = 9
const mostDigits = 13

/** A number, measure or moment is not written longer, JSON and spaces included. */
const mostWritten = 128
const isText: ReadonlySet<MetafieldType> = new Set([
  'single_line_text_field',
  'multi_line_text_field',
  'list.single_line_text_field',
  'url',
  'json',
])

const units = {
  dimension: {
    mm: 'MILLIMETERS',
    cm: 'CENTIMETERS',
    m: 'METERS',
    in: 'INCHES',
    ft: 'FEET',
    yd: 'YARDS',
  },
  weight: { g: 'GRAMS', kg: 'KILOGRAMS', oz: 'OUNCES', lb: 'POUNDS' },
  volume: {
    ml: 'MILLILITERS',
    cl: 'CENTILITERS',
    l: 'LITERS',
    m3: 'CUBIC_METERS',
    us_fl_oz: 'FLUID_OUNCES',
    us_pt: 'PINTS',
    us_qt: 'QUARTS',
    us_gal: 'GALLONS',
    imp_fl_oz: 'IMPERIAL_FLUID_OUNCES',
    imp_pt: 'IMPERIAL_PINTS',
    imp_qt: 'IMPERIAL_QUARTS',
    imp_gal: 'IMPERIAL_GALLONS',
  },
}

const readers: Record<MetafieldType, (text: string) => string | null> = {
  single_line_text_field: (text) => (/[\r\n]/.test(text) ? null : text),
  multi_line_text_field: (text) => text,
  'list.single_line_text_field': list,
  number_integer: (text) => {
    const [, digits] = /^([+-]?\d+)(?:\.0*)?$/.exec(text) ?? []
    return Number.isSafeInteger(Number(digits)) ? String(Number(digits) + 0) : null
  },
  number_decimal: decimal,
  boolean: (text) => {
    if (/^(true|yes|1)$/i.test(text)) return 'true'
    return /^(false|no|0)$/i.test(text) ? 'false' : null
  },
  date: (text) => momentOf(text)?.date ?? null,
  date_time: (text) => momentOf(text)?.at.toISOString().slice(0, 19) ?? null,
  money,
  url: (text) => (/^(https?|mailto|sms|tel):[^\s]+$/i.test(text) ? text : null),
  color: (text) => {
    const [, digits] = /^#?([0-9a-f]{6})$/i.exec(text) ?? []
    return digits === undefined ? null : `#${digits.toLowerCase()}`
  },
  dimension: (text) => measured(text, units.dimension),
  weight: (text) => measured(text, units.weight),
  volume: (text) => measured(text, units.volume),
  json: (text) => (jsonOf(text) === undefined ? null : text),
}

function tooLong(type: MetafieldType, value: string): boolean {
  const most = type === 'json' ? mostJsonBytes : type === 'url' ? mostUrlBytes : mostBytes
  return Buffer.byteLength(value) > most
}

/** Further decimals fall away, as at Shopify. */
function decimal(text: string): string | null {
  const [, sign = '', whole, rest = ''] = /^([+-]?)(\d+)(?:\.(\d*))?$/.exec(text) ?? []
  const digits = whole?.replace(/^0+(?=\d)/, '')
  if (digits === undefined || digits.length > mostDigits) return null
  const kept = rest.slice(0, decimals).replace(/0+$/, '')
  const number = kept === '' ? digits : `${digits}.${kept}`
  return sign === '-' && number !== '0' ? `-${number}` : number
}

const billion = 10n ** BigInt(decimals)

function billionthsOf(text: string): bigint {
  const [, sign, whole = '0', rest = ''] = /^([+-]?)(\d+)(?:\.(\d*))?$/.exec(text.trim()) ?? []
  const size = BigInt(whole) * billion + BigInt(rest.slice(0, decimals).padEnd(decimals, '0'))
  return sign === '-' ? -size : size
}

function textOf(billionths: bigint): string {
  const size = billionths < 0n ? -billionths : billionths
  const rest = String(size % billion).padStart(decimals, '0')
  return `${billionths < 0n ? '-' : ''}${size / billion}.${rest}`
}

/** ISO 8601 and what Liquid's `date` writes. Without a zone it is GMT, as at Shopify. */
function momentOf(text: string): { date: string; at: Date } | null {
  const [, date, time = '00:00', seconds = ':00', zone = 'Z'] =
    /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(:\d\d)?(?:\.\d+)? ?(Z|UTC|[+-]\d\d:?\d\d)?)?$/.exec(
      text,
    ) ?? []
  if (date === undefined) return null
  // Date takes the 30th of February for the 2nd of March.
  const day = new Date(`${date}T00:00:00Z`)
  if (Number.isNaN(day.getTime()) || !day.toISOString().startsWith(date)) return null
  const offset = zone === 'UTC' ? 'Z' : zone.replace(/^(...)(\d\d)$/, '$1:$2')
  const at = new Date(`${date}T${time}${seconds}${offset}`)
  return Number.isNaN(at.getTime()) ? null : { date, at }
}

function list(text: string): string | null {
  const parsed = text.startsWith('[') ? jsonOf(text) : undefined
  const items = Array.isArray(parsed) ? parsed : text.split(text.includes('\n') ? '\n' : ',')
  if (!items.every((item) => typeof item === 'string')) return null
  // Shopify takes no blank items.
  const kept = items.map((item) => item.trim()).filter((item) => item !== '')
  if (kept.some((item) => /[\r\n]/.test(item))) return null
  return kept.length === 0 || kept.length > mostItems ? null : JSON.stringify(kept)
}

function money(text: string): string | null {
  const [, amount, code] = /^(\S+)\s+([a-z]{3})$/i.exec(text) ?? []
  const given = code === undefined ? jsonOf(text) : { amount, currency_code: code }
  if (!isRecord(given)) return null
  const number = decimal(String(given['amount']))
  const currency = String(given['currency_code']).toUpperCase()
  if (number === null || !/^[A-Z]{3}$/.test(currency)) return null
  return JSON.stringify({ amount: number, currency_code: currency })
}

function measured(text: string, names: Record<string, string>): string | null {
  const [, amount, word] = /^([\d.]+)\s*([a-z]\w*)$/i.exec(text) ?? []
  const given = word === undefined ? jsonOf(text) : { value: amount, unit: word }
  if (!isRecord(given)) return null
  const number = decimal(String(given['value']))
  const wanted = String(given['unit']).toLowerCase()
  const unit = Object.entries(names).find(
    ([short, full]) => short === wanted || full.toLowerCase() === wanted,
  )
  if (number === null || number.startsWith('-') || !unit) return null
  return `{"value":${number},"unit":"${unit[0]}"}`
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
