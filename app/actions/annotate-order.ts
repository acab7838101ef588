/**
 * Notes attributes and tags on an order of the customer's. What the order holds already stays: a key
 * that has another value keeps it.
 */
import { z } from 'zod'
import type { Problem } from '../problem.ts'
import type { Facts, Json } from '../rules/facts.ts'
import { renderTemplate } from '../rules/template.ts'
import { keyOfRef, orderRefOf } from '../shopify/orders.ts'
import type { Attribute, OrderRef, StoredOrder } from '../shopify/orders.ts'
import { counted, defineAction } from './action.ts'
import type { Planned, Target, Undo } from './action.ts'
import { applyToOrders, orderAnnotation } from './order-writes.ts'
import type { OrderAnnotation } from './order-writes.ts'
import { renderTags, tagKey, tagTemplates } from './tags.ts'

const mostAttributes = 20

const settings = z
  .object({
    order: z.discriminatedUnion('which', [
      z.object({
        which: z.literal('named'),
        /** Liquid: the order's id or name. */
        template: z
          .string()
          .trim()
          .min(1, 'Say where the event names the order, such as {{ event.order_id }}.'),
      }),
      z.object({ which: z.literal('latest') }),
    ]),
    attributes: z
      .array(
        z.object({
          key: z
            .string()
            .trim()
            .min(1, 'Name the attribute.')
            .max(100, 'A name has at most 100 characters.'),
          value: z.string().trim().min(1, 'Say what the attribute shall hold.'),
        }),
      )
      .max(mostAttributes, `Give at most ${mostAttributes} attributes.`),
    tags: tagTemplates,
  })
  .superRefine(({ attributes, tags }, ctx) => {
    for (const [index, { key }] of attributes.entries()) {
      if (attributes.findIndex((other) => other.key === key) === index) continue
      const path = ['attributes', index, 'key']
      ctx.addIssue({ code: 'custom', path, message: `${key} is there already.` })
    }
    if (attributes.length + tags.length === 0) {
      const message = 'Give at least one attribute or tag.'
      ctx.addIssue({ code: 'custom', path: ['attributes'], message })
    }
  })

type Settings = z.infer<typeof settings>

/** Takes out what still holds the value that was noted, and the tags that were added. */
export const undoAnnotation: Undo<OrderAnnotation> = ({ change }, _facts, target) => {
  const order = target.orders?.get(keyOfRef({ by: 'id', id: change.order }))
  if (!order) return { outcome: 'skip', reason: notFound({ by: 'id', id: change.order }) }
  const ours = (each: Attribute) =>
    order.attributes.some(({ key, value }) => key === each.key && value === each.value)
  const dropped = change.attributes.filter(ours)
  const carried = new Set(order.tags.map(tagKey))
  const removeTags = change.addTags.filter((tag) => carried.has(tagKey(tag)))
  if (dropped.length + removeTags.length === 0) {
    const reason = 'The order no longer has what was noted, or somebody changed it.'
    return { outcome: 'skip', reason }
  }
  const back = { order: order.id, attributes: [], dropped, addTags: [], removeTags }
  const note = [
    ...(dropped.length > 0 ? [`takes out ${listed(dropped)}`] : []),
    ...(removeTags.length > 0 ? [`removes ${removeTags.join(', ')}`] : []),
  ]
  return planned(order, back, target, `Order ${order.name}: ${note.join('; ')}`)
}

export const annotateOrder = defineAction<Settings, OrderAnnotation>({
  kind: 'annotate-order',
  title: 'Annotate an order',
  settings,
  change: orderAnnotation,
  tally: (count) => `annotated ${counted(count, 'order', 'orders')}`,
  describe({ order, attributes, tags }) {
    const what = [
      ...attributes.map(({ key }) => key),
      ...(tags.length > 0 ? [`tag ${tags.join(', ')}`] : []),
    ]
    const which = order.which === 'latest' ? 'the latest order' : 'the order'
    return `Note ${what.join(', ')} on ${which}`
  },
  templates: ({ order, attributes, tags }) => [
    ...(order.which === 'named' ? [{ field: 'order.template', template: order.template }] : []),
    ...attributes.map(({ value }, index) => ({
      field: `attributes.${index}.value`,
      template: value,
    })),
    ...tags.map((template, index) => ({ field: `tags.${index}`, template })),
  ],
  orders(given, facts) {
    const meant = refOf(given, facts)
    return meant.ok && meant.ref ? [meant.ref] : []
  },
  ordersOf: ({ order }) => [{ by: 'id', id: order }],
  plan(given, facts, target): Planned<OrderAnnotation> {
    const meant = refOf(given, facts)
    if (!meant.ok) return { outcome: 'fail', problem: meant.problem }
    if (!meant.ref) return { outcome: 'skip', reason: 'The event names no order.' }
    const order = target.orders?.get(keyOfRef(meant.ref))
    if (!order) return { outcome: 'skip', reason: notFound(meant.ref) }
    if (order.customer !== target.id) {
      return { outcome: 'skip', reason: 'The order is not the customer’s. It stays as it is.' }
    }
    const rendered = renderAttributes(given.attributes, facts)
    if (!rendered.ok) return { outcome: 'fail', problem: rendered.problem }
    const tags = renderTags(given, facts)
    if (!tags.ok) return { outcome: 'fail', problem: tags.problem }

    const held = new Map(order.attributes.map(({ key, value }) => [key, value]))
    const fresh = rendered.attributes.filter(({ key }) => !held.has(key))
    const kept = rendered.attributes.filter(({ key, value }) => (held.get(key) ?? value) !== value)
    const carried = new Set(order.tags.map(tagKey))
    const addTags = tags.tags.filter((tag) => !carried.has(tagKey(tag)))
    const stays = kept.length > 0 ? `keeps ${listed(kept)}, which the order has already` : ''
    if (fresh.length + addTags.length === 0) {
      const reason = stays
        ? `Nothing to note on the order: ${stays}.`
        : 'The order has all of it already.'
      return { outcome: 'skip', reason }
    }
    const change = {
      order: order.id,
      attributes: fresh,
      dropped: [],
      addTags,
      removeTags: [],
    }
    const note = [
      ...(fresh.length > 0 ? [`notes ${listed(fresh)}`] : []),
      ...(addTags.length > 0 ? [`adds ${addTags.join(', ')}`] : []),
      ...(stays ? [stays] : []),
    ]
    return planned(order, change, target, `Order ${order.name}: ${note.join('; ')}`)
  },
  undo: undoAnnotation,
  apply: applyToOrders,
})

const listed = (attributes: Attribute[]) => attributes.map(({ key }) => key).join(', ')

type Meant = { ok: true; ref: OrderRef | null } | { ok: false; problem: Problem }

/** The order that is meant; null where the template gives nothing. */
function refOf({ order }: Settings, facts: Facts): Meant {
  if (order.which === 'latest') return { ok: true, ref: { by: 'latest' } }
  const rendered = renderTemplate(order.template, facts)
  if (!rendered.ok) return rendered
  const text = rendered.text.trim()
  return { ok: true, ref: text === '' ? null : orderRefOf(text) }
}

const notFound = (ref: OrderRef) =>
  ref.by === 'latest'
    ? 'The customer has no order of the last 60 days. Older ones Shopify does not show to apps.'
    : 'The store has no such order, or it is older than 60 days, which Shopify does not show to apps.'

type Rendered = { ok: true; attributes: Attribute[] } | { ok: false; problem: Problem }

function renderAttributes(given: Settings['attributes'], facts: Facts): Rendered {
  const attributes: Attribute[] = []
  for (const { key, value } of given) {
    const rendered = renderTemplate(value, facts)
    if (!rendered.ok) return rendered
    const text = rendered.text.trim()
    if (text === '') return { ok: false, problem: gaveNothing(key) }
    attributes.push({ key, value: text })
  }
  return { ok: true, attributes }
}

const gaveNothing = (key: string): Problem => ({
  code: 'attribute-unusable',
  what: `The template for ${key} gives nothing: a value it uses is missing in this event or profile.`,
  remedy:
    'Correct the template in the rule (a filter such as default: "none" fills gaps), or add a condition that the value exists; then run this again.',
  retry: 'never',
})

/** The change with what the order holds before and after, of the keys concerned. */
function planned(
  order: StoredOrder,
  change: OrderAnnotation,
  target: Target,
  note: string,
): Planned<OrderAnnotation> {
  const { attributes, dropped, addTags, removeTags } = change
  const gone = new Set(removeTags.map(tagKey))
  const after: StoredOrder = {
    ...order,
    attributes: [
      ...order.attributes.filter(({ key }) => !dropped.some((each) => each.key === key)),
      ...attributes,
    ],
    tags: [...order.tags.filter((tag) => !gone.has(tagKey(tag))), ...addTags],
  }
  const keys = [...attributes, ...dropped].map(({ key }) => key)
  const orders = [...(target.orders ?? [])].map(
    ([ref, each]) => [ref, each?.id === order.id ? after : each] as const,
  )
  return {
    outcome: 'change',
    change,
    before: shown(order, keys),
    after: shown(after, keys),
    note,
    target: { ...target, orders: new Map(orders) },
  }
}

const shown = ({ attributes, tags }: StoredOrder, keys: string[]): Json => ({
  ...Object.fromEntries(
    keys.map((key) => [key, attributes.find((each) => each.key === key)?.value ?? null]),
  ),
  'Tags of the order': tags.length > 0 ? tags.join(', ') : null,
})
