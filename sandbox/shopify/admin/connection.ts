import { z } from 'zod'
import { refusal } from './group.ts'

const pageArgs = z.object({
  first: z.int().min(0).nullish(),
  last: z.int().min(0).nullish(),
  after: z.string().nullish(),
  before: z.string().nullish(),
  reverse: z.boolean().default(false),
})

/** The largest page that Shopify gives. */
const maxPage = 250

/** A Relay page over `items`, which come in their natural order and are told apart by `idOf`. */
export function connection<T>(
  items: readonly T[],
  args: Record<string, unknown>,
  idOf: (item: T) => string,
  toNode: (item: T) => object,
) {
  const { first, last, after, before, reverse } = pageArgs.parse(args)
  const size = first ?? last
  if (size == null) throw refusal('you must provide one of first or last', 'BAD_REQUEST')
  if (size > maxPage) {
    throw refusal(`The page size can't be more than ${maxPage}, it is ${size}`, 'BAD_REQUEST')
  }

  const ordered = reverse ? [...items].reverse() : items
  const start = after == null ? 0 : positionOf(after, ordered, idOf) + 1
  const end = before == null ? ordered.length : positionOf(before, ordered, idOf)
  const range = ordered.slice(start, end)
  const page = first != null ? range.slice(0, first) : range.slice(Math.max(0, range.length - size))
  const edges = page.map((item) => ({ cursor: cursorOf(idOf(item)), node: toNode(item) }))
  const isCut = page.length < range.length
  return {
    edges,
    nodes: edges.map((edge) => edge.node),
    pageInfo: {
      hasNextPage: first != null ? isCut || end < ordered.length : end < ordered.length,
      hasPreviousPage: first != null ? start > 0 : isCut || start > 0,
      startCursor: edges.at(0)?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  }
}

const cursorOf = (id: string) => Buffer.from(JSON.stringify({ last_id: id })).toString('base64')

function positionOf<T>(cursor: string, items: readonly T[], idOf: (item: T) => string): number {
  const position = items.findIndex((item) => cursorOf(idOf(item)) === cursor)
  if (position < 0) throw refusal(`Invalid cursor for current pagination sort.`, 'BAD_REQUEST')
  return position
}
