import { refusals } from './refusal.ts'

export type Operand = string | number | boolean | null | Operand[]

export interface Condition {
  operator: string
  field: string
  value: Operand
}

/** Which operators each field of an endpoint takes. */
export type Filterable = Record<string, readonly string[]>

/**
 * Reads Klaviyo's filter language: `any(id,["a","b"])`, `equals(email,"x@y.z")`,
 * `and(greater-than(datetime,2026-01-01T00:00:00Z),equals(metric_id,"XVTP5Q"))`; conditions side by
 * side, parted by commas, must all hold too.
 *
 * @throws {Refusal} 400 for what can't be read or what the endpoint does not filter by.
 */
export function parseFilter(text: string, filterable: Filterable): Condition[] {
  const conditions = new Reader(text).conditions()
  for (const { field, operator } of conditions) {
    const operators = filterable[field]
    if (!operators) throw invalid(`'${field}' is not a valid field to filter by`)
    if (!operators.includes(operator)) {
      throw invalid(`'${operator}' is not a valid operator for the field '${field}'`)
    }
  }
  return conditions
}

/** Whether a value fulfils a condition. Dates are told by their field and compared as instants. */
export function holds({ operator, field, value }: Condition, actual: unknown): boolean {
  switch (operator) {
    case 'any':
      return Array.isArray(value) && value.some((each) => same(actual, each))
    case 'equals':
      return same(actual, value)
    case 'contains':
      return words(actual).includes(words(value))
    case 'starts-with':
      return words(actual).startsWith(words(value))
    case 'ends-with':
      return words(actual).endsWith(words(value))
    case 'greater-than':
      return measure(actual, field) > measure(value, field)
    case 'greater-or-equal':
      return measure(actual, field) >= measure(value, field)
    case 'less-than':
      return measure(actual, field) < measure(value, field)
    case 'less-or-equal':
      return measure(actual, field) <= measure(value, field)
    default:
      return false
  }
}

const words = (value: unknown) => (typeof value === 'string' ? value.toLowerCase() : '')

// Klaviyo compares addresses without regard to case.
function same(actual: unknown, wanted: Operand): boolean {
  if (typeof actual === 'string' && typeof wanted === 'string' && actual.includes('@')) {
    return actual.toLowerCase() === wanted.toLowerCase()
  }
  return actual === wanted
}

function measure(value: unknown, field: string): number {
  const number = typeof value === 'number' ? value : Date.parse(String(value))
  if (Number.isNaN(number)) throw invalid(`'${String(value)}' is not a valid value for '${field}'`)
  return number
}

const invalid = (detail: string) => refusals.invalid(detail, { parameter: 'filter' })

class Reader {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  conditions(): Condition[] {
    const found = this.#list()
    if (this.#at < this.#text.length) throw this.#unreadable()
    return found
  }

  #list(): Condition[] {
    const found: Condition[] = []
    do found.push(...this.#expression())
    while (this.#skip(','))
    return found
  }

  #expression(): Condition[] {
    const operator = this.#match(/[a-z-]+/y)
    this.#expect('(')
    if (operator === 'and') {
      const all = this.#list()
      this.#expect(')')
      return all
    }
    const field = this.#match(/[\w.]+/y)
    this.#expect(',')
    const value = this.#value()
    this.#expect(')')
    return [{ operator, field, value }]
  }

  #value(): Operand {
    if (this.#skip('[')) {
      const items: Operand[] = []
      while (!this.#skip(']')) {
        items.push(this.#value())
        if (!this.#skip(',') && this.#text[this.#at] !== ']') throw this.#unreadable()
      }
      return items
    }
    const quote = this.#text[this.#at]
    if (quote === '"' || quote === "'") {
      const quoted = this.#match(quote === '"' ? /"(?:[^"\\]|\\.)*"/y : /'(?:[^'\\]|\\.)*'/y)
      return quoted.slice(1, -1).replaceAll(/\\(.)/g, '$1')
    }
    const bare = this.#match(/[^,()[\]"']+/y).trim()
    if (bare === 'true') return true
    if (bare === 'false') return false
    if (bare === 'null') return null
    return /^-?\d+(\.\d+)?$/.test(bare) ? Number(bare) : bare
  }

  #match(pattern: RegExp): string {
    this.#space()
    pattern.lastIndex = this.#at
    const [found] = pattern.exec(this.#text) ?? []
    if (!found) throw this.#unreadable()
    this.#at += found.length
    this.#space()
    return found
  }

  #skip(sign: string): boolean {
    this.#space()
    if (this.#text[this.#at] !== sign) return false
    this.#at++
    this.#space()
    return true
  }

  #expect(sign: string): void {
    if (!this.#skip(sign)) throw this.#unreadable()
  }

  #space(): void {
    while (this.#text[this.#at] === ' ') this.#at++
  }

  #unreadable() {
    return invalid(`Invalid filter expression at position ${this.#at}: ${this.#text}`)
  }
}
