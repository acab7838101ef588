/** Sets, counts up or clears a metafield of the customer. What it holds already is not sent. */
import { z } from 'zod'
import type { Problem } from '../problem.ts'
import type { Facts } from '../rules/facts.ts'
import { renderTemplate } from '../rules/template.ts'
import { defineAction, times } from './action.ts'
import type { Planned } from './action.ts'
import { keyShape, namespaceShape } from './metafield-names.ts'
import { aboutTypes, isNumber, metafieldTypes } from './metafield-types.ts'
import { isSameValue, readValue, sum } from './metafield-values.ts'
import { noteWritten } from './metafield-unsure.ts'
import { applyMetafields, metafieldChange, typeDiffers } from './metafield-writes.ts'
import type { MetafieldChange } from './metafield-writes.ts'
import { undoMetafield } from './metafield-undo.ts'

const settings = z
  .object({
    // Some of Shopify's 255 are for the note that the app keeps in a namespace of its own.
    namespace: namespaceShape(200),
    key: keyShape,
    type: z.enum(metafieldTypes),
    mode: z.enum(['set', 'increment', 'clear']),
    /** Liquid: the value, or by how much to count up. Without a meaning when clearing. */
    value: z.string().trim(),
  })
  .superRefine(({ mode, type, value }, ctx) => {
    if (mode === 'increment' && !isNumber(type)) {
      ctx.addIssue({ code: 'custom', path: ['mode'], message: 'Only numbers can be counted up.' })
    }
    if (mode === 'clear' || (value !== '' && (value.includes('{') || readValue(type, value))))
      return
    const message = value === '' ? 'Give a value.' : `This is not ${aboutTypes[type].wants}.`
    ctx.addIssue({ code: 'custom', path: ['value'], message })
  })

type Settings = z.infer<typeof settings>

const nameOf = ({ namespace, key }: Settings) => `${namespace}.${key}`

const verbs = { set: 'Set', increment: 'Count up', clear: 'Clear' }

export const setMetafield = defineAction<Settings, MetafieldChange>({
  kind: 'set-metafield',
  title: 'Set customer metafield',
  settings,
  change: metafieldChange,
  describe: (given) => `${verbs[given.mode]} ${nameOf(given)}`,
  tally: (count) => `changed metafields ${times(count)}`,
  templates: ({ mode, value }) => (mode === 'clear' ? [] : [{ field: 'value', template: value }]),
  metafields: (given) => [nameOf(given)],
  plan(given, facts, target) {
    const name = nameOf(given)
    const { type, mode } = given
    const held = target.metafields?.get(name) ?? null
    const change = (to: string | null, note: string): Planned<MetafieldChange> => ({
      outcome: 'change',
      change: {
        name,
        type,
        from: held?.value ?? null,
        fromType: held === null || held.type === type ? null : held.type,
        to,
        counts: mode === 'increment',
      },
      before: { [name]: held?.value ?? null },
      after: { [name]: to },
      note,
      target: {
        ...target,
        metafields: new Map(target.metafields).set(name, to === null ? null : { type, value: to }),
      },
    })

    if (mode === 'clear') {
      if (held === null) return { outcome: 'skip', reason: `The customer has no ${name}.` }
      return change(null, `Clears ${name}`)
    }
    const rendered = renderValue(given, facts)
    if (!rendered.ok) return { outcome: 'fail', problem: rendered.problem }
    const { value } = rendered
    if (held !== null && held.type !== type) {
      return { outcome: 'fail', problem: typeDiffers(name, held.type, type) }
    }
    if (mode === 'increment' && isNumber(type)) {
      const to = sum(type, held?.value ?? '0', value)
      if (to === null) return { outcome: 'fail', problem: outOfRange(name) }
      if (sum(type, value, '0') === '0') {
        return { outcome: 'skip', reason: `Nothing is to be added to ${name}.` }
      }
      return change(to, `Counts up ${name}`)
    }
    if (isSameValue(type, held?.value ?? null, value)) {
      return { outcome: 'skip', reason: `The customer’s ${name} holds this value already.` }
    }
    return change(value, `Sets ${name}`)
  },
  apply: applyMetafields,
  undo: undoMetafield,
  remember: (done, tx) =>
    noteWritten(
      tx,
      done.map(({ shop, customer, change }) => ({ shop, customer, name: change.name })),
    ),
})

type RenderedValue = { ok: true; value: string } | { ok: false; problem: Problem }

function renderValue(given: Settings, facts: Facts): RenderedValue {
  const rendered = renderTemplate(given.value, facts)
  if (!rendered.ok) return rendered
  const value = readValue(given.type, rendered.text)
  if (value !== null) return { ok: true, value }
  const isNothing = rendered.text.trim() === ''
  return { ok: false, problem: unusable(given, isNothing) }
}

/** Never quotes the value: it may be personal, and problems are stored in the clear. */
const unusable = (given: Settings, isNothing: boolean): Problem => ({
  code: 'metafield-unusable',
  what: isNothing
    ? `The template for ${nameOf(given)} gives nothing: a value it uses is missing in this event or profile.`
    : `The template for ${nameOf(given)} gives something that is not ${aboutTypes[given.type].wants}.`,
  remedy:
    'Correct the template in the rule (a filter such as default: "none" fills gaps), or add a condition that the value exists; then run this again.',
  retry: 'never',
})

const outOfRange = (name: string): Problem => ({
  code: 'metafield-out-of-range',
  what: `${name} would become larger than Shopify can keep.`,
  remedy: 'Clear or correct the customer’s metafield in Shopify, then run this again.',
  retry: 'never',
})
