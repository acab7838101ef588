/**
 * Rules to start from. Each is a whole rule that could be saved as it stands; `toCheck` says what
 * differs from store to store. Pure.
 */
import type { Json } from '../rules/facts.ts'
import type { Rule } from '../rules/rule.ts'

export interface ReadyMade {
  /** In addresses: `/app/rules/new?start=win-back`. */
  id: string
  /** What it does, in a line. */
  about: string
  document: Rule
  /** What the merchant has to look at: where in the document, and what to do there. */
  toCheck: { field: string; what: string }[]
}

const nothingElse: Rule['conditions'] = { kind: 'group', match: 'all', items: [] }

const flow = (name: string, outcome: string | null): Rule['trigger'] => ({
  kind: 'flow',
  flow: { id: null, name },
  outcome: outcome === null ? null : { property: 'branch_outcome', equals: outcome },
})

const metric = (name: string): Rule['trigger'] => ({
  kind: 'metric',
  metric: { id: null, name },
  outcome: null,
})

const action = (kind: string, settings: Json) => ({ id: kind, kind, settings })

const text = (key: string, value: string) => ({ key, value, as: 'text' })

const code = (percent: number, prefix: string, validHours: number) =>
  action('discount-code', {
    worth: { kind: 'percentage', percent },
    currency: '',
    items: { on: 'order' },
    minimum: { kind: 'none' },
    combinesWith: { orderDiscounts: false, productDiscounts: false, shippingDiscounts: false },
    validHours,
    prefix,
    length: 8,
    again: 'reuse',
  })

const writeBack = action('set-profile-properties', {
  properties: [
    text('discount_code', '{{ discount.code }}'),
    text('discount_expires_at', '{{ discount.expires_at }}'),
    text('discount_amount', '{{ discount.worth }}'),
    text('discount_link', '{{ discount.link }}'),
  ],
})

export const readyMade: readonly ReadyMade[] = [
  {
    id: 'win-back',
    about: 'Tags customers who came back through your win-back flow, by quarter.',
    document: {
      name: 'Win-back converted',
      trigger: flow('Win-back', 'converted'),
      conditions: nothingElse,
      actions: [action('add-tags', { tags: ['klaviyo-reengaged-q{{ quarter }}-{{ year }}'] })],
      noCustomer: { then: 'skip' },
    },
    toCheck: [
      { field: 'trigger.flow.name', what: 'Choose your win-back flow.' },
      {
        field: 'trigger.outcome.equals',
        what: 'The flow’s webhook on the branch of those who bought has to send the outcome converted.',
      },
    ],
  },
  {
    id: 'cart-code',
    about:
      'Makes a single-use discount code for whoever leaves a cart, and writes it to their Klaviyo profile for your e-mails.',
    document: {
      name: 'Code for abandoned carts',
      trigger: flow('Abandoned Cart', null),
      conditions: nothingElse,
      actions: [code(10, 'CART-', 72), writeBack],
      noCustomer: { then: 'create' },
    },
    toCheck: [
      {
        field: 'trigger.flow.name',
        what: 'Choose your cart flow. Put its webhook step before the e-mail that shows the code.',
      },
      {
        field: 'actions.0.settings.worth.percent',
        what: 'Say what the code is worth and how long it is valid.',
      },
      {
        field: 'actions.1.settings.properties',
        what: 'In the e-mail, show the code as {{ person.discount_code }}.',
      },
    ],
  },
  {
    id: 'vip',
    about: 'Tags customers as VIP at an order once Klaviyo predicts that they will spend much.',
    document: {
      name: 'VIP by predicted value',
      trigger: metric('Placed Order'),
      conditions: {
        kind: 'group',
        match: 'all',
        items: [
          {
            kind: 'test',
            source: 'profile',
            path: 'predictive.predicted_clv',
            type: 'number',
            operator: 'at-least',
            value: 500,
          },
        ],
      },
      actions: [action('add-tags', { tags: ['VIP'] })],
      noCustomer: { then: 'skip' },
    },
    toCheck: [
      {
        field: 'conditions.items.0.value',
        what: 'Say from which predicted value of the next year’s orders on somebody is a VIP, in your store’s currency.',
      },
      {
        field: 'trigger.metric.name',
        what: 'The event has to reach the app: by a flow on Placed Order with a webhook step, or by a system webhook.',
      },
    ],
  },
  {
    id: 'back-in-stock',
    about:
      'Thanks those who bought after a back-in-stock alert: a code for next time, and an event that starts a thank-you flow in Klaviyo.',
    document: {
      name: 'Back-in-stock thank-you',
      trigger: flow('Back in Stock', 'converted'),
      conditions: nothingElse,
      actions: [
        action('add-tags', { tags: ['back-in-stock-buyer'], removeAfterDays: 90 }),
        code(5, 'THANKS-', 336),
        action('record-event', {
          metric: 'Back-in-stock thank-you',
          properties: [
            text('discount_code', '{{ discount.code }}'),
            text('discount_expires_at', '{{ discount.expires_at }}'),
          ],
        }),
      ],
      noCustomer: { then: 'skip' },
    },
    toCheck: [
      {
        field: 'trigger.flow.name',
        what: 'Choose your back-in-stock flow. Its webhook for those who bought sends the outcome converted.',
      },
      {
        field: 'actions.1.settings.worth.percent',
        what: 'Say what the code is worth and how long it is valid.',
      },
      {
        field: 'actions.2.settings.metric',
        what: 'In Klaviyo, let a flow on this event send the thanks with {{ event.discount_code }}.',
      },
    ],
  },
  {
    id: 'unsubscribed',
    about: 'Tidies up after an unsubscription: takes marketing tags off and clears what they told.',
    document: {
      name: 'Unsubscribed clean-up',
      trigger: metric('Unsubscribed from Email Marketing'),
      conditions: nothingElse,
      actions: [
        action('remove-tags', { tags: ['newsletter', 'klaviyo-engaged'] }),
        action('set-metafield', {
          namespace: 'klaviyo',
          key: 'engagement',
          type: 'single_line_text_field',
          mode: 'clear',
          value: '',
        }),
      ],
      noCustomer: { then: 'skip' },
    },
    toCheck: [
      {
        field: 'actions.0.settings.tags',
        what: 'Name the tags that mean “may be mailed” in your store.',
      },
      {
        field: 'actions.1.settings.key',
        what: 'Name the metafield to clear, or remove this action.',
      },
      {
        field: 'trigger.metric.name',
        what: 'The event has to reach the app: by a flow on this metric with a webhook step, or by a system webhook.',
      },
    ],
  },
]

/** The ready-made rule of that id, or null. */
export const readyMadeOf = (id: string | null): ReadyMade | null =>
  readyMade.find((each) => each.id === id) ?? null

/** All of them, for the list that offers them. */
export const listReadyMade = (): { id: string; name: string; about: string }[] =>
  readyMade.map(({ id, about, document: { name } }) => ({ id, name, about }))
