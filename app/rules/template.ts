/** Liquid templates over the facts: rendered the same in the editor, in a trial and for real. */
import { Liquid, LiquidError, toValue } from 'liquidjs'
import type { Emitter } from 'liquidjs'
import type { Problem } from '../problem.ts'
import { cleanText, cut } from '../text.ts'
import type { Facts, Json } from './facts.ts'
import { customerRecord, eventRecord, profileRecord } from './values.ts'

const mostCharacters = 2_000

/** Of what a template writes: more than any field of Shopify's or Klaviyo's takes. */
const mostWritten = 256_000

/** Templates come from merchants: bounded in size, time and memory, and without files. */
const liquid = new Liquid({
  ownPropertyOnly: true,
  strictFilters: true,
  strictVariables: false,
  parseLimit: 10_000,
  renderLimit: 50,
  memoryLimit: 1_000_000,
})

// They read files: their messages tell of the machine's.
delete liquid.tags['include']
delete liquid.tags['render']
delete liquid.tags['layout']

/** Holds what a template, or a part of it that is captured, has written so far. */
class BoundedEmitter implements Emitter {
  buffer = ''
  write(part: unknown): void {
    this.buffer += wordsFor(part)
    if (this.buffer.length > mostWritten)
      throw new Error(`it gives more than ${mostWritten.toLocaleString('en')} characters`)
  }
}

/** As Liquid writes a value. */
function wordsFor(part: unknown): string {
  const value: unknown = toValue(part)
  return Array.isArray(value) ? value.map(wordsFor).join('') : [value].join('')
}

// Liquid's limit of memory counts what filters make, and not what is written.
const { renderer } = liquid
const renderTemplates = renderer.renderTemplates.bind(renderer)
renderer.renderTemplates = (templates, context, emitter = new BoundedEmitter()) =>
  renderTemplates(templates, context, emitter)

// Of what is missing, Liquid's own `json` gives nothing, and the JSON around it would break.
liquid.registerFilter('json', function (value: unknown, space: number = 0) {
  const text = JSON.stringify(value ?? null, null, space)
  this.context.memoryLimit.use(text.length)
  return text
})

/** Why a template can't be used, in one sentence, or null. */
export function checkTemplate(template: string): string | null {
  if (template.length > mostCharacters)
    return `A template has at most ${mostCharacters} characters.`
  try {
    // Unknown filters show only when rendered.
    liquid.parseAndRenderSync(template, {})
    return null
  } catch (error) {
    return `This is not valid Liquid: ${wordsOf(error)}`
  }
}

/** Variables that a valid template looks up, without their properties: `discount` of `discount.code`. */
export const usesOf = (template: string): string[] => liquid.globalVariablesSync(template)

export type Rendered = { ok: true; text: string } | { ok: false; problem: Problem }

/** The template filled in. Variables that do not exist render as nothing. */
export function renderTemplate(template: string, facts: Facts): Rendered {
  return filled(template, () => liquid.parseAndRenderSync(template, scopeOf(facts)))
}

export type PreparedTemplate = (variables: Record<string, Json>) => Rendered

/** A template that will be filled in many times, each time with variables of its own. */
export function prepareTemplate(template: string): PreparedTemplate {
  const parsed = liquid.parse(template)
  return (variables) => filled(template, () => liquid.renderSync(parsed, variables))
}

/** Filters that decode, or take texts apart, make what can't be stored out of what can. */
function filled(template: string, render: () => unknown): Rendered {
  try {
    return { ok: true, text: cleanText(String(render())) }
  } catch (error) {
    return { ok: false, problem: failed(template, error) }
  }
}

const failed = (template: string, error: unknown): Problem => ({
  code: 'template-failed',
  what: `The template “${cut(template, 80)}” could not be filled in: ${wordsOf(error)}`,
  remedy: 'Open where it is used and correct the template; the preview shows what it gives.',
  retry: 'never',
})

function wordsOf(error: unknown): string {
  const message =
    error instanceof LiquidError || error instanceof Error ? error.message : 'it failed'
  return cleanText(message.split('\n')[0] ?? message)
}

/** What templates can use. Dates are those of the event, in the shop's time zone. */
function scopeOf(facts: Facts): Record<string, Json> {
  const event = eventRecord(facts)
  return {
    ...dateParts(facts.event.occurredAt, facts.shop.timeZone),
    metric: event['metric'] ?? null,
    flow: event['flow'] ?? null,
    campaign: event['campaign'] ?? null,
    outcome: event['outcome'] ?? null,
    event,
    profile: profileRecord(facts),
    customer: customerRecord(facts),
    rule: facts.rule?.name ?? null,
    ...facts.given,
  }
}

function dateParts(at: Date, timeZone: string): Record<string, number | string> {
  const date = calendarOf(timeZone).format(at)
  const [year = 0, month = 0, day = 0] = date.split('-').map(Number)
  return { date, year, month, day, quarter: Math.ceil(month / 3), week: isoWeek(year, month, day) }
}

/** Making one takes longer than all the rest of a rendering. There are some 400 time zones. */
const calendars = new Map<string, Intl.DateTimeFormat>()

function calendarOf(timeZone: string): Intl.DateTimeFormat {
  const known = calendars.get(timeZone)
  if (known) return known
  const calendar = new Intl.DateTimeFormat('en-CA', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  })
  calendars.set(timeZone, calendar)
  return calendar
}

/** ISO 8601: week 1 holds the year's first Thursday. */
function isoWeek(year: number, month: number, day: number): number {
  const thursday = new Date(Date.UTC(year, month - 1, day))
  thursday.setUTCDate(thursday.getUTCDate() + 4 - (thursday.getUTCDay() || 7))
  const yearStart = Date.UTC(thursday.getUTCFullYear(), 0, 1)
  return Math.ceil(((thursday.getTime() - yearStart) / 86_400_000 + 1) / 7)
}

/** The variables that exist for these facts with a sample each, for the editor. */
export function variables(facts: Facts): { path: string; sample: string }[] {
  return Object.entries(scopeOf(facts)).flatMap(([name, value]) => listed(name, value, 0))
}

function listed(path: string, value: Json, depth: number): { path: string; sample: string }[] {
  if (value === null || value === '') return []
  if (typeof value !== 'object') return [{ path, sample: cut(String(value), 80) }]
  if (depth > 2 || path.endsWith('.properties')) return []
  if (Array.isArray(value)) return [{ path, sample: cut(value.map(String).join(', '), 80) }]
  return Object.entries(value).flatMap(([key, inner]) =>
    listed(/^[a-z_]\w*$/i.test(key) ? `${path}.${key}` : `${path}["${key}"]`, inner, depth + 1),
  )
}
