/** The body of a webhook: a template that has to give JSON. Pure. */
import { z } from 'zod'
import type { Problem } from '../problem.ts'
import type { Facts, Json } from '../rules/facts.ts'
import { checkTemplate, renderTemplate } from '../rules/template.ts'

const json = z.json()

export type RenderedBody = { ok: true; text: string; value: Json } | { ok: false; problem: Problem }

/** The text to send, and what it says. */
export function renderBody(template: string, facts: Facts): RenderedBody {
  const rendered = renderTemplate(template, facts)
  if (!rendered.ok) return rendered
  const text = rendered.text.trim()
  const parsed = parse(text)
  return parsed.ok ? { ok: true, text, value: parsed.value } : { ok: false, problem: notJson }
}

/**
 * Why the template can't give JSON, or null. With a 0 for every value it is JSON whatever the values
 * are, as long as each is written with `| json`.
 */
export function checkBody(template: string): string | null {
  // That is told where all templates are checked. In a long one the search below takes minutes.
  if (checkTemplate(template) !== null) return null
  const withoutValues = template.replaceAll(/\{\{[\s\S]*?\}\}/g, '0')
  const rendered = renderTemplate(withoutValues, noFacts)
  if (!rendered.ok) return null
  const parsed = parse(rendered.text)
  return parsed.ok ? null : `This does not give JSON: ${parsed.why}.`
}

type Parsed = { ok: true; value: Json } | { ok: false; why: string }

function parse(text: string): Parsed {
  try {
    return { ok: true, value: json.parse(JSON.parse(text)) }
  } catch (error) {
    if (error instanceof RangeError) return { ok: false, why: 'it is nested too deep' }
    if (!(error instanceof SyntaxError)) throw error
    return { ok: false, why: error.message }
  }
}

const noFacts: Facts = {
  event: {
    metricId: null,
    metricName: null,
    flowId: null,
    flowName: null,
    campaignId: null,
    campaignName: null,
    outcome: null,
    profileId: null,
    email: null,
    phone: null,
    occurredAt: new Date(0),
    properties: {},
  },
  profile: null,
  shop: { timeZone: 'UTC' },
}

// JSON.parse quotes the text in its message, and the text is about a person.
const notJson: Problem = {
  code: 'webhook-body-not-json',
  what: 'The body of the webhook is not JSON with the values of this event.',
  remedy:
    'In the rule, write each value as {{ value | json }} without quotes around it, which keeps quotation marks inside values from breaking the body; then run this again.',
  retry: 'never',
}
