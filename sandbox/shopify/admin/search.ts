import { refusal } from './group.ts'

/** A search in Shopify's syntax (https://shopify.dev/docs/api/usage/search-syntax), as a tree. */
export type Search =
  | { kind: 'all'; of: Search[] }
  | { kind: 'any'; of: Search[] }
  | { kind: 'not'; of: Search }
  | { kind: 'term'; field: string | null; value: string; isPhrase: boolean }

const tokens =
  /\s*(\(|\)|-(?=\S)|(?:(\w+):)?(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|([^\s()]+)))/y

/** @throws {GraphQLError} when the text can't be read. */
export function parseSearch(text: string): Search {
  const words = tokenize(text)
  let position = 0

  const any = (): Search => {
    const of = [all()]
    while (isWord('OR')) {
      position++
      of.push(all())
    }
    return of.length === 1 && of[0] ? of[0] : { kind: 'any', of }
  }
  const all = (): Search => {
    const of: Search[] = []
    for (;;) {
      const next = words[position]
      if (!next || next.symbol === ')' || isWord('OR')) return { kind: 'all', of }
      if (isWord('AND')) position++
      else of.push(one())
    }
  }
  const one = (): Search => {
    const next = words[position++]
    if (!next) throw unreadable(text)
    if (next.symbol === '-' || (next.term && isBare(next.term, 'NOT'))) {
      return { kind: 'not', of: one() }
    }
    if (next.symbol === '(') {
      const inner = any()
      if (words[position++]?.symbol !== ')') throw unreadable(text)
      return inner
    }
    if (!next.term) throw unreadable(text)
    return { kind: 'term', ...next.term }
  }
  const isWord = (word: string) => {
    const term = words[position]?.term
    return term !== undefined && isBare(term, word)
  }

  const search = any()
  if (position < words.length) throw unreadable(text)
  return search
}

/** Whether something satisfies a search, given how to test a single term. */
export function satisfies(
  search: Search,
  test: (term: Extract<Search, { kind: 'term' }>) => boolean,
): boolean {
  switch (search.kind) {
    case 'all':
      return search.of.every((part) => satisfies(part, test))
    case 'any':
      return search.of.some((part) => satisfies(part, test))
    case 'not':
      return !satisfies(search.of, test)
    case 'term':
      return test(search)
  }
}

/** `>='2026-11-24T08:00:00Z'`; the quotes may be left out. */
export function isWhen(at: Date, value: string): boolean {
  const [, comparison = '', text = ''] = /^(>=|<=|>|<)?['"]?(.*?)['"]?$/.exec(value) ?? []
  const bound = Date.parse(text)
  if (Number.isNaN(bound)) throw refusal(`Invalid date '${text}'`, 'BAD_REQUEST')
  const time = at.getTime()
  switch (comparison) {
    case '>=':
      return time >= bound
    case '<=':
      return time <= bound
    case '>':
      return time > bound
    case '<':
      return time < bound
    default:
      return time === bound
  }
}

interface Term {
  field: string | null
  value: string
  isPhrase: boolean
}

function tokenize(text: string): { symbol?: string; term?: Term }[] {
  const found: { symbol?: string; term?: Term }[] = []
  const trimmed = text.trim()
  tokens.lastIndex = 0
  while (tokens.lastIndex < trimmed.length) {
    const match = tokens.exec(trimmed)
    if (!match) throw unreadable(text)
    const [, symbol, field, double, single, bare] = match
    const phrase = double ?? single
    if (phrase !== undefined) {
      const value = phrase.replace(/\\(.)/g, '$1')
      found.push({ term: { field: field ?? null, value, isPhrase: true } })
    } else if (bare !== undefined) {
      found.push({ term: { field: field ?? null, value: bare, isPhrase: false } })
    } else if (symbol) {
      found.push({ symbol })
    }
  }
  return found
}

const isBare = (term: Term, word: string) =>
  term.field === null && !term.isPhrase && term.value === word

const unreadable = (text: string) => refusal(`Invalid search syntax: ${text}`, 'BAD_REQUEST')
