/** Tags as Shopify treats them. Pure. */
import { z } from 'zod'
import type { Problem } from '../problem.ts'
import type { Facts } from '../rules/facts.ts'
import { renderTemplate } from '../rules/template.ts'
import { cut } from '../text.ts'

/** Shopify's limits (Admin API, measured): "Tags cannot be more than 250". */
export const mostTagCharacters = 255
export const mostTags = 250

const mostTagsAnAction = 20

/** Liquid templates, one tag each; perhaps none. */
export const tagTemplates = z
  .array(
    z
      .string()
      .trim()
      .min(1, 'Type a tag.')
      .max(1_000, 'A tag template has at most 1,000 characters.')
      .refine(
        (tag) => tag.includes('{') || !tag.includes(','),
        'One tag a field: Shopify splits a tag at its commas.',
      )
      .refine(
        (tag) => tag.includes('{') || tag.length <= mostTagCharacters,
        `A tag has at most ${mostTagCharacters} characters.`,
      ),
  )
  .max(mostTagsAnAction, `Give at most ${mostTagsAnAction} tags.`)

/** Tags to add or remove. */
export const tagSettings = z.object({ tags: tagTemplates.min(1, 'Give at least one tag.') })

export type TagSettings = z.infer<typeof tagSettings>

/** Shopify tells tags apart without case and surrounding space, and keeps the first casing. */
export const tagKey = (tag: string): string => tag.trim().toLowerCase()

/** The first of each tag. */
export function uniqueTags(tags: readonly string[]): string[] {
  return [...new Map(tags.toReversed().map((tag) => [tagKey(tag), tag.trim()])).values()].reverse()
}

/** The tags as the merchant typed them: reasons are stored in the clear, and quote no rendered tag. */
export const asWritten = ({ tags }: TagSettings): string => tags.map(shortened).join(', ')

const shortened = (template: string) => cut(template, 80)

export type RenderedTags = { ok: true; tags: string[] } | { ok: false; problem: Problem }

/** The templates filled in and checked against what a tag may be. */
export function renderTags({ tags }: TagSettings, facts: Facts): RenderedTags {
  const rendered: string[] = []
  for (const template of tags) {
    const result = renderTemplate(template, facts)
    if (!result.ok) return result
    const tag = result.text.trim()
    const wrong = whatIsWrong(tag)
    if (wrong) return { ok: false, problem: unusable(template, wrong) }
    rendered.push(tag)
  }
  return { ok: true, tags: uniqueTags(rendered) }
}

/**
 * Never quotes or measures the tag: what fills a template may be personal, and problems are stored in
 * the clear and grouped by their words.
 */
function whatIsWrong(tag: string): string | null {
  if (tag === '') return 'gives nothing: a value it uses is missing in this event or profile'
  if (tag.includes(',')) return 'gives a text with a comma, and Shopify splits a tag at its commas'
  if (tag.length > mostTagCharacters)
    return `gives more than the ${mostTagCharacters} characters that Shopify allows`
  return null
}

const unusable = (template: string, wrong: string): Problem => ({
  code: 'tag-unusable',
  what: `The tag “${shortened(template)}” ${wrong}.`,
  remedy:
    'Correct the template in the rule (a filter such as default: "none" fills gaps), or add a condition that the value exists.',
  retry: 'never',
})
