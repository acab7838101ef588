/** What running a rule over the past works through. Pure. */
import { z } from 'zod'
import { isSame } from '../../rules/decide.ts'
import type { EventFacts } from '../../rules/facts.ts'
import { triggerSchema } from '../../rules/rule.ts'
import type { Trigger } from '../../rules/rule.ts'

const range = z.object({ from: z.coerce.date(), to: z.coerce.date() })
export type Range = z.infer<typeof range>

const metric = z.object({ id: z.string(), name: z.string() })
export type Metric = z.infer<typeof metric>

export const pastScope = z.object({
  ruleId: z.uuid(),
  /** As it was when the ranges were chosen. */
  trigger: triggerSchema,
  /** Events of the inbox, by when they came in. */
  inbox: range,
  /** Klaviyo's events of these metrics, by when they occurred; null = none are read. */
  history: range.extend({ metrics: z.array(metric) }).nullable(),
})
export type PastScope = z.infer<typeof pastScope>

/** Oldest first, so that what is newer has the last word: Klaviyo's history, then the inbox. */
export const pastCursor = z.discriminatedUnion('phase', [
  z.object({
    phase: z.literal('history'),
    metric: z.int(),
    /** Klaviyo's own; null = at the start. */
    page: z.string().nullable(),
  }),
  z.object({
    phase: z.literal('inbox'),
    /** The last event that was looked at; null = at the start. */
    after: z.object({ receivedAt: z.coerce.date(), id: z.uuid() }).nullable(),
  }),
])
export type PastCursor = z.infer<typeof pastCursor>

/** What Klaviyo's Events API tells events apart by is their metric: which one the trigger is about. */
export function historyOf(
  trigger: Trigger,
  metricNames: Map<string, string>,
): { metrics: Metric[] } | { without: string } {
  switch (trigger.kind) {
    case 'any':
      return { without: 'Choose a metric as the rule’s trigger to read its history from Klaviyo.' }
    case 'flow':
      return {
        without:
          'Klaviyo’s history does not tell which events a flow sent here, so only what came in is used.',
      }
    case 'campaign':
      return trigger.engagement === null
        ? {
            without:
              'Choose an engagement in the rule’s trigger to read the campaign’s history from Klaviyo.',
          }
        : named({ id: null, name: trigger.engagement }, metricNames)
    case 'metric':
      return named(trigger.metric, metricNames)
  }
}

function named(
  wanted: { id: string | null; name: string },
  metricNames: Map<string, string>,
): { metrics: Metric[] } | { without: string } {
  const metrics = [...metricNames]
    .filter(([id, name]) => isSame(wanted, id, name))
    .map(([id, name]) => ({ id, name }))
  if (metrics.length > 0) return { metrics }
  return {
    without: `Klaviyo’s history is not read: its account lists no metric “${wanted.name || wanted.id}”.`,
  }
}

/** What of an event lies in the clear. */
export type Head = Pick<EventFacts, 'metricId' | 'metricName' | 'flowId' | 'campaignId'>

/** Whether an event with this head can be one that the trigger takes: never no where it could. */
export function mayMatch(trigger: Trigger, head: Head): boolean {
  switch (trigger.kind) {
    case 'any':
      return true
    case 'metric':
      return isSame(trigger.metric, head.metricId, head.metricName)
    case 'flow':
      return !trigger.flow.id || !head.flowId || trigger.flow.id === head.flowId
    case 'campaign': {
      const { campaign, engagement } = trigger
      return (
        (!campaign.id || !head.campaignId || campaign.id === head.campaignId) &&
        (engagement === null || isSame({ id: null, name: engagement }, null, head.metricName))
      )
    }
  }
}

/** Whether the head alone decides, so that events need not be opened to be counted. */
export const headDecides = (trigger: Trigger): boolean =>
  trigger.kind === 'any' || (trigger.kind === 'metric' && trigger.outcome === null)
