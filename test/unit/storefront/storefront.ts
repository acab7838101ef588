/**
 * A storefront for the blocks of the theme app extension: renders their real Liquid files with what
 * Shopify adds to Liquid, as far as they use it.
 */
import { readFileSync } from 'node:fs'
import { Liquid, Tag, type TagToken, type TopLevelToken, TypeGuards } from 'liquidjs'
import { z } from 'zod'

export const extension = new URL('../../../extensions/personal-content/', import.meta.url)

export type BlockName = 'personal-content' | 'hide-element'

/** Who looks at the page, as Shopify's Liquid knows them. Nobody is logged in: null. */
export type Shopper = {
  tags?: string[]
  /** By namespace and key, `value` as Liquid gives it for the type. */
  metafields?: Record<string, Record<string, { type: string; value: unknown }>>
} | null

const words = z.record(z.string(), z.json())

const blockSchema = z.object({
  name: z.string(),
  target: z.string(),
  settings: z.array(
    z.object({
      type: z.string(),
      id: z.string().optional(),
      default: z.string().optional(),
      options: z.array(z.object({ value: z.string(), label: z.string() })).optional(),
    }),
  ),
})

/** A tag whose content is not part of the page: `schema` and `doc`. */
class Unseen extends Tag {
  constructor(token: TagToken, remaining: TopLevelToken[], liquid: Liquid) {
    super(token, remaining, liquid)
    for (let next = remaining.shift(); next !== undefined; next = remaining.shift())
      if (TypeGuards.isTagToken(next) && next.name === `end${token.name}`) return
    throw new Error(`${token.name} is not closed`)
  }

  render() {
    return ''
  }
}

const liquid = new Liquid({
  root: new URL('blocks', extension).pathname,
  partials: new URL('snippets', extension).pathname,
  extname: '.liquid',
  relativeReference: false,
  strictFilters: true,
  timezoneOffset: 0,
})
liquid.registerTag('schema', Unseen)
liquid.registerTag('doc', Unseen)
liquid.registerFilter('t', (key: string) => translate(key, 'en.default.json'))

export function translate(key: string, file: 'en.default.json' | 'en.default.schema.json') {
  let found = words.parse(JSON.parse(read(`locales/${file}`)))[key.split('.')[0] ?? '']
  for (const part of key.split('.').slice(1)) found = words.parse(found)[part]
  return z.string().parse(found)
}

/** What a block tells the theme editor, in English. */
export function schemaOf(block: BlockName) {
  const json = /schema -?%\}(.*)\{%-? endschema/s.exec(read(`blocks/${block}.liquid`))?.[1] ?? ''
  const english: unknown = JSON.parse(json, (_key, value: unknown) =>
    typeof value === 'string' && value.startsWith('t:')
      ? translate(value.slice(2), 'en.default.schema.json')
      : value,
  )
  return blockSchema.parse(english)
}

/** The block's part of the page, with the defaults of its settings where none are given. */
export function renderBlock(
  block: BlockName,
  visit: { settings?: Record<string, string>; customer: Shopper; inEditor?: boolean },
): string {
  const settings: Record<string, string | null> = {}
  for (const each of schemaOf(block).settings) if (each.id) settings[each.id] = each.default ?? null
  return z.string().parse(
    liquid.renderFileSync(
      block,
      {
        block: {
          settings: { ...settings, ...visit.settings },
          shopify_attributes: visit.inEditor ? 'data-shopify-editor-block' : '',
        },
      },
      // Seen by snippets too, unlike the block.
      { globals: { customer: visit.customer, request: { design_mode: visit.inEditor ?? false } } },
    ),
  )
}

function read(path: string) {
  return readFileSync(new URL(path, extension), 'utf8')
}
