/**
 * Starts the workflows of Shopify Flow that begin with the app's trigger, which is declared in
 * extensions/klaviyo-flow-trigger.
 *
 * At least once by nature: Shopify offers no key by which Flow would know an occurrence again, nor a
 * way to ask what it has had. When its answer is lost, Flow is told again, with the same run id, by
 * which a workflow can tell.
 */
import { z } from 'zod'
import type { Problem } from '../problem.ts'
import type { FlowPayload } from '../shopify/admin.ts'
import { defineAction } from './action.ts'
import type { Applied } from './action.ts'
import { klaviyoProperties, propertyTemplates, renderProperties } from './klaviyo-properties.ts'

/** Of the extension. */
const handle = 'klaviyo-rule-matched'

/** https://shopify.dev/docs/apps/build/flow/triggers/reference */
const payloadBytesBelow = 50_000

const settings = z.object({ properties: klaviyoProperties })

const change = z.object({
  rule: z.string(),
  event: z.string(),
  /** ISO 8601. */
  at: z.string(),
  properties: z.record(z.string(), z.json()),
})

export const startFlow = defineAction<z.infer<typeof settings>, z.infer<typeof change>>({
  kind: 'start-flow',
  title: 'Start a Shopify Flow',
  settings,
  change,
  describe: () => 'Start a Shopify Flow',
  templates: ({ properties }) => propertyTemplates('properties', properties),
  plan({ properties }, facts, target, _guard, { stepId }) {
    const rendered = renderProperties(properties, facts)
    if (!rendered.ok) return { outcome: 'fail', problem: rendered.problem }
    const { event, rule } = facts
    const told = {
      rule: rule?.name ?? '',
      event: event.metricName ?? event.metricId ?? '',
      at: event.occurredAt.toISOString(),
      properties: rendered.values,
    }
    const bytes = Buffer.byteLength(JSON.stringify(payloadOf(target.id, stepId, told)))
    if (bytes >= payloadBytesBelow) return { outcome: 'fail', problem: tooMuch }
    return {
      outcome: 'change',
      change: told,
      before: null,
      after: { rule: told.rule, event: told.event, ...told.properties },
      note: 'Starts Shopify Flow workflows',
      target,
    }
  },
  async apply(intents, { shopify }) {
    const problems = await shopify.startFlows(
      handle,
      intents.map(({ customer, stepId, change: told }) => payloadOf(customer, stepId, told)),
    )
    return problems.map((problem): Applied => (problem ? { ok: false, problem } : { ok: true }))
  },
  undo: {
    impossible:
      'Shopify Flow was told, and its workflows have run. What they did can only be taken back where they did it.',
  },
})

function payloadOf(
  customer: string,
  stepId: string,
  { rule, event, at, properties }: z.infer<typeof change>,
): FlowPayload {
  return {
    // Flow's references want the number of the id.
    customer_id: Number(customer.split('/').at(-1)),
    'Rule name': rule,
    'Event name': event,
    'Occurred at': at,
    Properties: JSON.stringify(properties),
    'Run id': stepId,
  }
}

const tooMuch: Problem = {
  code: 'flow-payload-too-long',
  what: `Shopify Flow takes less than ${payloadBytesBelow.toLocaleString('en')} bytes, and the properties come to more with the values of this event.`,
  remedy: 'In the rule, send only the properties that the workflow needs; then run this again.',
  retry: 'never',
}
