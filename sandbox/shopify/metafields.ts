/**
 * Shopify's rules for the values of metafields: which there are, what it says of those it refuses,
 * and how it keeps the others (https://shopify.dev/docs/apps/build/metafields/list-of-data-types;
 * messages and stored forms as recorded of live stores).
 */
import { createHash } from 'node:crypto'

export interface Metafield {
  id: string
  /** Global id of what carries it. */
  ownerId: string
  /** As Shopify resolves it: `$app` is the app's reserved one. */
  namespace: string
  key: string
  type: string
  value: string
  createdAt: Date
  updatedAt: Date
}

/** What a value is kept as, or what Shopify says of it. */
export type Taken = { ok: true; value: string } | { ok: false; message: string }

/** https://shopify.dev/docs/apps/build/metafields/metafield-limits */
const mostBytes = 65_536
const mostJsonBytes = 131_072
const mostUrlBytes = 2_048
const mostListItems = 128

export const mostMetafieldsAtOnce = 25
export const mostDefinitions = 256

const schemes = ['http', 'https', 'mailto', 'sms', 'tel']

const units: Record<string, Record<string, string>> = {
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

type Rule = (value: string, currency: string) => Taken

const kept = (value: string): Taken => ({ ok: true, value })
const refused = (message: string): Taken => ({ ok: false, message })

const rules: Record<string, Rule> = {
  single_line_text_field: (value) =>
    /[\r\n]/.test(value) ? refused('Value must be a single line text string.') : text(value),
  multi_line_text_field: text,
  number_integer: (value) => {
    const [, digits] = /^(-?\d+)(?:\.0*)?$/.exec(value) ?? []
    if (digits === undefined) return refused('Value must be an integer.')
    return Number.isSafeInteger(Number(digits))
      ? kept(BigInt(digits).toString())
      : refused('Value must be within +/-9007199254740991.')
  },
  number_decimal: (value) => {
    const [, whole, decimals = ''] = /^(-?\d+)(?:\.(\d+))?$/.exec(value) ?? []
    if (whole === undefined) return refused('Value must be a decimal.')
    if (whole.replace('-', '').length > 13) {
      return refused('Value must be within +/-9999999999999.999999999.')
    }
    return kept(`${whole}.${decimals.slice(0, 9) || '0'}`)
  },
  boolean: (value) => {
    const word = value.trim().toLowerCase()
    if (['true', 't', '1'].includes(word)) return kept('true')
    if (['false', 'f', '0'].includes(word)) return kept('false')
    return refused('Value must be true or false.')
  },
  color: (value) =>
    /^#[0-9a-f]{6}$/i.test(value) ? kept(value) : refused('Value must be a hex color code.'),
  date: (value) =>
    isDate(value)
      ? kept(value)
      : refused('Value must be in “YYYY-MM-DD” format. For example: 2022-06-01'),
  date_time: (value) => {
    const [, date = '', time, zone = '+00:00'] =
      /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.\d+)?(Z|[+-]\d\d:\d\d)?$/.exec(value) ?? []
    const at = new Date(`${date}T${time}${zone}`)
    if (!isDate(date) || Number.isNaN(at.getTime())) {
      return refused(
        'Value must be in “YYYY-MM-DDTHH:MM:SS” format. For example: 2022-06-01T15:30:00',
      )
    }
    return kept(`${at.toISOString().slice(0, 19)}+00:00`)
  },
  url: (value) => {
    const [, scheme] = /^([a-z][a-z0-9+.-]*):./i.exec(value) ?? []
    if (scheme === undefined) {
      return refused(
        `Value cannot have an empty scheme (protocol), must include one of the following URL schemes: ${JSON.stringify(schemes).replaceAll(',', ', ')}.'`,
      )
    }
    return schemes.includes(scheme.toLowerCase())
      ? kept(value)
      : refused(`Value must be one of the following URL schemes: ${schemes.join(', ')}.`)
  },
  json: (value) => {
    if (value.trim() === '') return refused("Value can't be blank.")
    return parsed(value) === undefined ? refused('Value is invalid JSON.') : kept(value)
  },
  money: (value, currency) => {
    const money = parsed(value)
    if (!isRecord(money)) {
      return refused(
        "Value must be a stringified JSON object with amount (numeric) and currency_code (string matching the shop's currency) fields.",
      )
    }
    const { amount, currency_code: code } = money
    if (!isNumeric(amount)) return refused('Value must have a numeric amount.')
    if (typeof code !== 'string' || code === '') return refused('Value must have a currency code.')
    if (code !== currency) return refused(`Value contains an invalid currency, ${code}.`)
    return kept(JSON.stringify({ amount: String(amount), currency_code: code }))
  },
  dimension: measurement('dimension'),
  weight: measurement('weight'),
  volume: measurement('volume'),
}

/** Types that the sandbox knows; Shopify has more: references, ratings, links, rich text. */
export const metafieldTypes = [
  ...Object.keys(rules),
  ...Object.keys(rules).map((one) => `list.${one}`),
]

/** @param currency the shop's, which money must be in. */
export function takeValue(type: string, value: string, currency: string): Taken {
  if (value === '') return refused("Value can't be blank.")
  const most = type === 'json' ? mostJsonBytes : type === 'url' ? mostUrlBytes : mostBytes
  const inner = type.startsWith('list.') ? type.slice('list.'.length) : null
  if (inner === null) {
    if (Buffer.byteLength(value) > most)
      return refused(`Value is too long (maximum is ${most} bytes).`)
    return rules[type]?.(value, currency) ?? refused('Type is invalid.')
  }
  const items = parsed(value)
  if (!Array.isArray(items)) return refused('Value must be a JSON array.')
  if (items.length > mostListItems) return refused(`Value has more than ${mostListItems} elements.`)
  for (const item of items) {
    const taken = takeValue(inner, typeof item === 'string' ? item : JSON.stringify(item), currency)
    if (!taken.ok) return taken
  }
  return kept(JSON.stringify(items))
}

/** Of the value alone: the same value has the same digest again. */
export const digestOf = ({ value }: Pick<Metafield, 'value'>): string =>
  createHash('sha256').update(value).digest('hex')

/** What is wrong with the address of a metafield, or undefined. */
export function complaintAboutName(
  namespace: string,
  key: string,
): { field: 'namespace' | 'key'; code: string; message: string } | undefined {
  const checks = [
    { field: 'namespace', name: 'Namespace', value: namespace, least: 3, most: 255 },
    { field: 'key', name: 'Key', value: key, least: 2, most: 64 },
  ] as const
  for (const { field, name, value, least, most } of checks) {
    if (value.length < least) {
      const message = `${name} is too short (minimum is ${least} characters)`
      return { field, code: 'TOO_SHORT', message }
    }
    if (value.length > most) {
      const message = `${name} is too long (maximum is ${most} characters)`
      return { field, code: 'TOO_LONG', message }
    }
    if (!/^[\w-]+$/.test(value)) {
      return {
        field,
        code: 'INVALID',
        message: `${name} contains one or more invalid characters.`,
      }
    }
  }
  return undefined
}

/** An empty text is no value; the spaces of one that is not are kept. */
function text(value: string): Taken {
  return value.trim() === '' ? refused("Value can't be blank.") : kept(value)
}

function measurement(kind: keyof typeof units): Rule {
  return (text) => {
    const measured = parsed(text)
    if (!isRecord(measured)) {
      return refused(
        'Value must be a stringified JSON object with a value (numeric) and unit (string from one the supported measurement units) fields.',
      )
    }
    const { value, unit } = measured
    if (!isNumeric(value) || Number(value) < 0) {
      return refused('Value must be a non-negative number.')
    }
    const names = units[kind] ?? {}
    const name = String(unit)
    const full = names[name.toLowerCase()] ?? Object.values(names).find((one) => one === name)
    if (full === undefined) {
      return refused(`Unit must be one of the supported units: ${Object.keys(names).join(', ')}.`)
    }
    const number = Number(value)
    const shown = Number.isInteger(number) ? number.toFixed(1) : String(number)
    return kept(`{"value":${shown},"unit":"${full}"}`)
  }
}

function isDate(text: string): boolean {
  const at = new Date(`${text}T00:00:00Z`)
  return (
    /^\d{4}-\d\d-\d\d$/.test(text) &&
    !Number.isNaN(at.getTime()) &&
    at.toISOString().startsWith(text)
  )
}

const isNumeric = (value: unknown) =>
  (typeof value === 'number' || typeof value === 'string') && /^-?\d+(\.\d+)?$/.test(String(value))

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
