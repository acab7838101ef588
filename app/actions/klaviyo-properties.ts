/** Properties that are written to Klaviyo: how they are set up, checked and filled in. Pure. */
import { z } from 'zod'
import type { Problem } from '../problem.ts'
import type { Facts, Json } from '../rules/facts.ts'
import { renderTemplate } from '../rules/template.ts'

const mostProperties = 20

/**
 * Klaviyo states no rule for keys. These work in its templates as `{{ person.key }}`, which those
 * with spaces, dots or brackets don't; a leading `$` is Klaviyo's own.
 */
const usableKey = /^[A-Za-z_][A-Za-z0-9_]*$/

const property = z.object({
  key: z
    .string()
    .trim()
    .min(1, 'Name the property.')
    .max(100, 'A name has at most 100 characters.')
    .refine(
      (key) => key.toLowerCase() !== 'shopify tags',
      'Klaviyo’s own sync overwrites Shopify Tags. Choose another name.',
    )
    .refine((key) => key === '' || usableKey.test(key), {
      message:
        'Use letters, digits and _ only, such as win_back_stage: other names don’t work in templates.',
    }),
  value: z.string().trim().min(1, 'Say what the property shall hold.'),
  as: z.enum(['text', 'number', 'true-false', 'list']),
})

/** Each name once. */
export const klaviyoProperties = z
  .array(property)
  .max(mostProperties, `Give at most ${mostProperties} properties.`)
  .superRefine((properties, ctx) => {
    for (const [index, { key }] of properties.entries()) {
      if (properties.findIndex((other) => other.key === key) < index) {
        ctx.addIssue({ code: 'custom', path: [index, 'key'], message: `${key} is there already.` })
      }
    }
  })

export type KlaviyoProperties = z.infer<typeof klaviyoProperties>

export type RenderedProperties =
  | {
      ok: true
      values: Record<string, Json>
      /** Properties whose templates gave nothing. */
      empty: { key: string; template: string }[]
    }
  | { ok: false; problem: Problem }

/** The values by key. A template that gives nothing leaves its property out. */
export function renderProperties(properties: KlaviyoProperties, facts: Facts): RenderedProperties {
  const values: [string, Json][] = []
  const empty: { key: string; template: string }[] = []
  for (const { key, value, as } of properties) {
    const rendered = renderTemplate(value, facts)
    if (!rendered.ok) return rendered
    const text = rendered.text.trim()
    if (text === '') {
      empty.push({ key, template: value })
      continue
    }
    const typed = valueOf(text, as)
    if (typed === null) return { ok: false, problem: unusable(key, as) }
    values.push([key, typed])
  }
  return { ok: true, values: Object.fromEntries(values), empty }
}

/** Null where the text can't be that. */
function valueOf(text: string, as: KlaviyoProperties[number]['as']): Json {
  switch (as) {
    case 'text':
      return text
    case 'number':
      return Number.isFinite(Number(text)) ? Number(text) : null
    case 'true-false':
      return words.get(text.toLowerCase()) ?? null
    case 'list':
      return text
        .split(',')
        .map((part) => part.trim())
        .filter((part) => part !== '')
  }
}

const words = new Map([
  ['true', true],
  ['false', false],
])

const kinds = { text: 'a text', number: 'a number', 'true-false': 'true or false', list: 'a list' }

// What the template gives may be personal, and problems are stored in the clear.
const unusable = (key: string, as: KlaviyoProperties[number]['as']): Problem => ({
  code: 'property-unusable',
  what: `The template of ${key} gives something that is not ${kinds[as]}.`,
  remedy: 'Correct the template in the rule, or let the property hold a text; then run this again.',
  retry: 'never',
})

/** Where the templates are, relative to the field that holds the properties. */
export const propertyTemplates = (field: string, properties: KlaviyoProperties) =>
  properties.map(({ value }, index) => ({ field: `${field}.${index}.value`, template: value }))
