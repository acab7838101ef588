/** Records an event of the profile in Klaviyo, which flows and segments there can start from. */
import { z } from 'zod'
import { defineAction } from './action.ts'
import { klaviyoProperties, propertyTemplates, renderProperties } from './klaviyo-properties.ts'
import { noProfile, writeEach } from './klaviyo-writes.ts'

const settings = z.object({
  metric: z
    .string()
    .trim()
    .min(1, 'Name the event, such as Reached VIP.')
    .max(128, 'Klaviyo allows 128 characters for the name of an event.'),
  properties: klaviyoProperties,
})

const change = z.object({
  profileId: z.string(),
  metric: z.string(),
  /** ISO 8601. */
  at: z.string(),
  properties: z.record(z.string(), z.json()),
})

export const recordEvent = defineAction<z.infer<typeof settings>, z.infer<typeof change>>({
  kind: 'record-event',
  title: 'Record a Klaviyo event',
  points: 0,
  settings,
  change,
  describe: ({ metric }) => `Record “${metric}” in Klaviyo`,
  templates: ({ properties }) => propertyTemplates('properties', properties),
  plan({ metric, properties }, facts, target) {
    if (!facts.profile) return { outcome: 'skip', reason: noProfile }
    if (facts.event.metricName?.trim().toLowerCase() === metric.toLowerCase()) {
      return {
        outcome: 'skip',
        reason: `The event is itself a “${metric}”: recording another would go in a circle.`,
      }
    }
    const rendered = renderProperties(properties, facts)
    if (!rendered.ok) return { outcome: 'fail', problem: rendered.problem }
    return {
      outcome: 'change',
      change: {
        profileId: facts.profile.id,
        metric,
        at: facts.event.occurredAt.toISOString(),
        properties: rendered.values,
      },
      before: null,
      after: { [metric]: rendered.values },
      note: `Records “${metric}” in Klaviyo`,
      target,
    }
  },
  // The step's id makes Klaviyo take a repeated one for what it is.
  apply: (intents, { klaviyo }) =>
    writeEach(intents, ({ stepId, change: { profileId, metric, at, properties } }) =>
      klaviyo.recordEvent({ profileId, metric, uniqueId: stepId, at: new Date(at), properties }),
    ),
  undo: { impossible: 'Klaviyo keeps events that were recorded: they can’t be taken back.' },
})
