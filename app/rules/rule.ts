/** A rule as it is stored in a version: when this happens in Klaviyo, do that in Shopify. */
import { z } from 'zod'
import { conditionGroup, describeConditions } from './conditions.ts'
import type { Group, Test } from './conditions.ts'
import type { Json } from './facts.ts'
import { pathOf } from './values.ts'

const words = z.string().trim()

/** A metric, flow or campaign as picked, or as typed: then the id may be missing. */
const named = (what: string) =>
  z
    .object({
      id: words.max(100).nullable().default(null),
      name: words.max(255, `The ${what}'s name has at most 255 characters.`).default(''),
    })
    .refine(({ id, name }) => Boolean(id) || name !== '', {
      path: ['name'],
      message: `Choose a ${what}, or type its name or id.`,
    })

/** A flow's outcome: a property of the event that must hold a certain text. */
const outcome = z
  .object({
    property: words
      .min(1, 'Name the property that holds the outcome.')
      .max(100)
      .default('branch_outcome'),
    equals: words.min(1, 'Say which outcome, such as converted.').max(255),
  })
  .nullable()
  .default(null)

export const triggerSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('any') }),
  z.object({ kind: z.literal('metric'), metric: named('metric'), outcome }),
  z.object({ kind: z.literal('flow'), flow: named('flow'), outcome }),
  z.object({
    kind: z.literal('campaign'),
    campaign: named('campaign'),
    /** Name of the engagement's metric, such as Opened Email; null = any. */
    engagement: words.max(255).nullable().default(null),
  }),
])

export type Trigger = z.infer<typeof triggerSchema>

const settings: z.ZodType<Json> = z.json()

export const ruleSchema = z.object({
  name: words.min(1, 'Give the rule a name.').max(100, 'A name has at most 100 characters.'),
  trigger: triggerSchema,
  conditions: conditionGroup,
  actions: z
    .array(z.object({ id: z.string().max(64), kind: z.string().max(64), settings }))
    .min(1, 'Add at least one action.')
    .max(20, 'A rule has at most 20 actions.'),
  /** What happens to an event whose profile is no customer (yet). */
  noCustomer: z
    .discriminatedUnion('then', [
      z.object({ then: z.literal('skip') }),
      /** Without consent to marketing: the event gives none. */
      z.object({ then: z.literal('create') }),
      z.object({
        then: z.literal('wait'),
        hours: z
          .int('Give whole hours.')
          .min(1, 'Wait at least one hour.')
          .max(72, 'Wait at most 72 hours.'),
      }),
    ])
    .default({ then: 'skip' }),
})

export type Rule = z.infer<typeof ruleSchema>

/** Whether Klaviyo's predictive analytics are looked at, which are dearer to read than the rest. */
export function usesPredictions({ conditions, actions }: Rule): boolean {
  return testsPredictions(conditions) || JSON.stringify(actions).includes('predictive')
}

const testsPredictions = (item: Group | Test): boolean =>
  item.kind === 'group'
    ? item.items.some(testsPredictions)
    : item.source === 'profile' && pathOf(item.path)[0] === 'predictive'

/** "Completed Flow, when branch_outcome is converted". */
export function describeTrigger(trigger: Trigger): string {
  const nameOf = ({ id, name }: { id: string | null; name: string }) => name || id || ''
  const ending = (value: { property: string; equals: string } | null) =>
    value ? `, when ${value.property} is ${value.equals}` : ''
  switch (trigger.kind) {
    case 'any':
      return 'Any Klaviyo event'
    case 'metric':
      return `${nameOf(trigger.metric)}${ending(trigger.outcome)}`
    case 'flow':
      return `Flow ${nameOf(trigger.flow)}${ending(trigger.outcome)}`
    case 'campaign':
      return `${trigger.engagement ?? 'Any engagement'} with campaign ${nameOf(trigger.campaign)}`
  }
}

/** Trigger and conditions in one sentence. */
export function describeRule({ trigger, conditions }: Rule): string {
  const tests = describeConditions(conditions)
  return tests ? `${describeTrigger(trigger)}, if ${tests}` : describeTrigger(trigger)
}
