import { holds, parseFilter, type Condition, type Filterable } from './filter.ts'
import { refusals } from './refusal.ts'

/** A resource as the store keeps it; links are added when it is sent. */
export interface Resource {
  id: string
  type:
    | 'account'
    | 'profile'
    | 'metric'
    | 'flow'
    | 'campaign'
    | 'event'
    | 'list'
    | 'segment'
    | 'profile-bulk-import-job'
    | 'import-error'
  attributes: object
  /** Names of its relationships, with the one they point to where the document says so. */
  relationships?: Record<string, { type: string; id: string } | null>
}

/** The query of a call with what Klaviyo's JSON:API dialect makes of it. */
export class Query {
  readonly #params: URLSearchParams
  readonly #url: URL

  constructor(url: URL) {
    this.#url = url
    this.#params = url.searchParams
  }

  get url(): string {
    return this.#url.href
  }

  get origin(): string {
    return this.#url.origin
  }

  get filter(): string | null {
    return this.#params.get('filter')
  }

  get sort(): string | null {
    return this.#params.get('sort')
  }

  get cursor(): string | null {
    return this.#params.get('page[cursor]')
  }

  /** The values of a list such as `include` or `additional-fields[profile]`. */
  list(name: string): string[] {
    return this.#params.get(name)?.split(',').filter(Boolean) ?? []
  }

  /** `null` when the caller wants all fields. */
  fields(type: string): string[] | null {
    return this.#params.has(`fields[${type}]`) ? this.list(`fields[${type}]`) : null
  }

  /** @throws {Refusal} 400 when it is not within 1 and `max`. */
  pageSize(usual: number, max: number): number {
    const asked = this.#params.get('page[size]')
    if (asked === null) return usual
    const size = Number(asked)
    if (Number.isInteger(size) && size >= 1 && size <= max) return size
    throw refusals.invalid(`Page size must be an integer between 1 and ${max}.`, {
      parameter: 'page[size]',
    })
  }

  /** This call's address, asking for the page that starts after `cursor`. */
  next(cursor: string): string {
    const url = new URL(this.#url)
    url.searchParams.set('page[cursor]', cursor)
    return url.href
  }
}

/** What can be read from the middle: an array, or people who are made up as they are read. */
export interface Sequence<Item> extends Iterable<Item> {
  readonly length: number
  at(index: number): Item | undefined
}

export interface Listing<Item extends { id: string }> {
  items: Sequence<Item>
  filterable: Filterable
  sortable: readonly string[]
  /** What is listed when the caller names no sort, such as `id` or `-datetime`. */
  usualSort: string
  /** The sort fields by which `items` are already in order, rising, and by id where they are alike. */
  storedBy?: readonly string[]
  pageSize: { usual: number; max: number }
  read: (item: Item, field: string) => unknown
  /** Finds by index what a condition asks for, so that look-ups don't read every item. */
  find?: (condition: Condition) => Item[] | undefined
  /** Which of the items are meant, when not all. */
  holds?: (item: Item) => boolean
}

export interface Page<Item> {
  items: Item[]
  links: { self: string; next: string | null; prev: null }
}

/** Filters, sorts and pages as the caller asked. Pages are cut by value, so nothing is skipped or repeated when items come and go. */
export function page<Item extends { id: string }>(
  query: Query,
  listing: Listing<Item>,
): Page<Item> {
  const { filterable, sortable, read } = listing
  const conditions = query.filter === null ? [] : parseFilter(query.filter, filterable)
  const sort = query.sort ?? listing.usualSort
  const field = sort.replace(/^-/, '')
  if (!sortable.includes(field)) {
    throw refusals.invalid(`'${sort}' is not a valid sort option.`, { parameter: 'sort' })
  }
  const key = (item: Item): Key => [comparable(read(item, field)), item.id]
  const size = query.pageSize(listing.pageSize.usual, listing.pageSize.max)
  const cursor = query.cursor === null ? null : readCursor(query.cursor)

  let items = listing.items
  let rest = conditions
  let isStored = listing.storedBy?.includes(field) ?? false
  for (const condition of conditions) {
    const found = listing.find?.(condition)
    if (!found) continue
    items = found
    rest = conditions.filter((each) => each !== condition)
    isStored = false
    break
  }
  const fits = (item: Item) =>
    (listing.holds?.(item) ?? true) && rest.every((each) => holds(each, read(item, each.field)))
  if (!isStored)
    items = Array.from(items)
      .filter(fits)
      .sort((a, b) => compare(key(a), key(b)))

  // Only as many items as the page needs are read: there may be a million.
  const step = sort.startsWith('-') ? -1 : 1
  const cut: Item[] = []
  let isMore = false
  for (let at = startOf(items, key, cursor, step); at >= 0 && at < items.length; at += step) {
    const item = items.at(at)
    if (item === undefined || !fits(item)) continue
    isMore = cut.length === size
    if (isMore) break
    cut.push(item)
  }
  const last = cut.at(-1)
  const next = last && isMore ? query.next(writeCursor(field, key(last))) : null
  return { items: cut, links: { self: query.url, next, prev: null } }
}

type Key = [value: string | number, id: string]

const comparable = (value: unknown) =>
  typeof value === 'number' || typeof value === 'string' ? value : ''

function compare([a, idA]: Key, [b, idB]: Key): number {
  if (a !== b) return a < b ? -1 : 1
  return idA === idB ? 0 : idA < idB ? -1 : 1
}

/** The index of the first item beyond `cursor`, going on by `step`; found by halves. */
function startOf<Item>(
  items: Sequence<Item>,
  key: (item: Item) => Key,
  cursor: Key | null,
  step: 1 | -1,
): number {
  if (cursor === null) return step === 1 ? 0 : items.length - 1
  let low = 0
  let high = items.length
  while (low < high) {
    const middle = (low + high) >> 1
    const item = items.at(middle)
    const order = item === undefined ? 0 : compare(key(item), cursor)
    if (order < 0 || (order === 0 && step === 1)) low = middle + 1
    else high = middle
  }
  return step === 1 ? low : low - 1
}

function writeCursor(field: string, [value, id]: Key): string {
  return Buffer.from(JSON.stringify(['next', field, value, id])).toString('base64url')
}

function readCursor(cursor: string): Key {
  try {
    const read: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString())
    if (Array.isArray(read) && typeof read[3] === 'string') return [comparable(read[2]), read[3]]
  } catch {
    // Falls through to the refusal: whatever it was, no page of ours had it.
  }
  throw refusals.invalid('The cursor is invalid.', { parameter: 'page[cursor]' })
}

/** Writes a resource out as JSON:API, with the fields asked for and absolute links. */
export function render(
  { type, id, attributes, relationships = {} }: Resource,
  query: Query,
  fields = query.fields(type),
): Record<string, unknown> {
  const self = `${query.origin}/api/${type}s/${id}/`
  const related: Record<string, unknown> = {}
  for (const [name, data] of Object.entries(relationships)) {
    const links = { self: `${self}relationships/${name}/`, related: `${self}${name}/` }
    related[name] = data ? { data, links } : { links }
  }
  return {
    type,
    id,
    attributes: fields ? pick(type, attributes, fields) : attributes,
    relationships: related,
    links: { self },
  }
}

function pick(type: string, attributes: object, fields: string[]): Record<string, unknown> {
  const all = new Map<string, unknown>(Object.entries(attributes))
  const picked: Record<string, unknown> = {}
  for (const field of fields) {
    if (field === 'id') continue
    const [name = '', part] = field.split('.')
    if (!all.has(name)) {
      throw refusals.invalid(`'${field}' is not a valid field for the resource type '${type}'.`, {
        parameter: `fields[${type}]`,
      })
    }
    const whole = all.get(name)
    if (part === undefined) picked[name] = whole
    else if (whole !== null && typeof whole === 'object') {
      const value = new Map<string, unknown>(Object.entries(whole)).get(part)
      picked[name] = Object.assign(picked[name] ?? {}, { [part]: value ?? null })
    }
  }
  return picked
}
