/** What the activity shows: a filter that lives in the URL. Pure. */
import { addDays, dayOf } from './days.ts'

export const outcomes = ['done', 'skipped', 'failed', 'waiting', 'shadow'] as const

export type Outcome = (typeof outcomes)[number]

export interface RunFilter {
  ruleId: string | null
  operationId: string | null
  outcome: Outcome | null
  /** Whom, without saying who: addresses reach logs and histories. See `whomIn`. */
  customer: string | null
  /** Code of the problem that the run failed or waits with. */
  problem: string | null
  /** What that problem says: one code may stand for several causes. */
  what: string | null
  /** First and last day in the store's time zone, both included. */
  from: string | null
  to: string | null
}

export const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

// PostgreSQL refuses NUL and half a surrogate pair. Left out, they would widen the filter; so marked,
// nothing fits it.
const askable = (text: string) => text.replaceAll('\u0000', '\ufffd').toWellFormed()

const longestText = 200
const longestWhat = 2_000
const longestCustomer = 1_000

/** Whatever makes no sense is left out, so that any URL shows something. */
export function filterOf(parameters: URLSearchParams): RunFilter {
  const text = (name: string, most = longestText) =>
    askable(parameters.get(name)?.trim().slice(0, most).trim() ?? '') || null
  const id = (name: string) => {
    const value = text(name)
    return value && uuid.test(value) ? value : null
  }
  return {
    ruleId: id('rule'),
    operationId: id('operation'),
    outcome: outcomes.find((outcome) => outcome === text('outcome')) ?? null,
    customer: customerIn(text('customer', longestCustomer)),
    problem: text('problem'),
    what: text('what', longestWhat),
    from: dayOf(text('from')),
    to: dayOf(text('to')),
  }
}

const names = {
  ruleId: 'rule',
  operationId: 'operation',
  outcome: 'outcome',
  customer: 'customer',
  problem: 'problem',
  what: 'what',
  from: 'from',
  to: 'to',
} as const satisfies Record<keyof RunFilter, string>

/** The filter as search parameters, `''` where nothing is filtered. */
export function searchOf(filter: Partial<RunFilter>): string {
  const parameters = new URLSearchParams()
  for (const [field, value] of Object.entries({ ...noFilter, ...filter })) {
    const name = Object.entries(names).find(([key]) => key === field)?.[1]
    if (name && value) parameters.set(name, value)
  }
  return parameters.size > 0 ? `?${parameters.toString()}` : ''
}

export const noFilter: RunFilter = {
  ruleId: null,
  operationId: null,
  outcome: null,
  customer: null,
  problem: null,
  what: null,
  from: null,
  to: null,
}

/** Shopify's number of the customer, or keyed hashes of what Klaviyo knows the person by. */
const number = /^(?:gid:\/\/shopify\/Customer\/)?(\d{4,20})$/
const isHashes = /^[\w-]{43}(\.[\w-]{43})*$/

/** Anything else stands for nobody, and never for everybody: what is shown can be undone. */
const nobody = 'nobody'

function customerIn(text: string | null): string | null {
  if (text === null) return null
  return number.exec(text)?.[1] ?? (isHashes.test(text) ? text : nobody)
}

/** Whom a filter's `customer` stands for; no key = nobody. */
export function whomIn(customer: string): { customerGid: string } | { keys: string[] } {
  const id = number.exec(customer)?.[1]
  if (id) return { customerGid: `gid://shopify/Customer/${id}` }
  return { keys: isHashes.test(customer) ? customer.split('.') : [] }
}

/** Whom the merchant means by what they typed: a Shopify customer, or a person as Klaviyo knows them. */
export function whomOf(customer: string): { number: string } | { identifier: string } {
  const id = number.exec(customer)?.[1]
  if (id) return { number: id }
  // Phones are stored as E.164; people type them with spaces, brackets and dashes.
  const isPhone = /^\+[\d\s().-]{6,}$/.test(customer)
  return { identifier: isPhone ? customer.replace(/[^+\d]/g, '') : customer }
}

/** The day after the last one of the filter: where its time ends. */
export const endOf = (day: string): string => addDays(day, 1)

/** "2026-11-01 to 2026-11-07", or null. */
export function describeTime({ from, to }: RunFilter): string | null {
  if (from && to) return from === to ? `on ${from}` : `${from} to ${to}`
  if (from) return `since ${from}`
  return to && `until ${to}`
}
