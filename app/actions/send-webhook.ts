/**
 * Sends a webhook to a receiver of the merchant's: JSON by template, signed by the Standard
 * Webhooks scheme.
 *
 * At least once by nature: when the receiver's answer is lost, the webhook is sent again. Every try
 * carries the step's id as `webhook-id`, by which the receiver can drop what it has had.
 */
import { z } from 'zod'
import { config } from '../config.server.ts'
import { hostOf, whatIsWrong } from '../outbound/address.ts'
import { openOutbound } from '../outbound/outbound.server.ts'
import { defineAction } from './action.ts'
import type { Applied } from './action.ts'
import { signingSecretOf } from './signing-secret.server.ts'
import { checkBody, renderBody } from './webhook-body.ts'

const { webhooksToThisMachine: toThisMachine } = config
const outbound = openOutbound({ toThisMachine })

/** Reports the sentence that `check` finds wrong. */
const checkedBy =
  (check: (text: string) => string | null) => (text: string, ctx: z.RefinementCtx<string>) => {
    const message = text === '' ? null : check(text)
    if (message) ctx.addIssue(message)
  }

const settings = z.object({
  url: z
    .string()
    .trim()
    .min(1, 'Give the address of the receiver.')
    .max(2_000, 'An address has at most 2,000 characters.')
    .superRefine(checkedBy((url) => whatIsWrong(url, toThisMachine))),
  body: z
    .string()
    .trim()
    .min(1, 'Say what to send: {} sends nothing but the signal.')
    .superRefine(checkedBy(checkBody)),
})

const change = z.object({
  url: z.string(),
  /** JSON text, as it is sent. */
  body: z.string(),
})

export const sendWebhook = defineAction<z.infer<typeof settings>, z.infer<typeof change>>({
  kind: 'send-webhook',
  title: 'Send a webhook',
  points: 0,
  settings,
  change,
  describe: ({ url }) => `Send a webhook to ${hostOf(url)}`,
  templates: ({ body }) => [{ field: 'body', template: body }],
  plan({ url, body }, facts, target) {
    const rendered = renderBody(body, facts)
    if (!rendered.ok) return { outcome: 'fail', problem: rendered.problem }
    const host = hostOf(url)
    return {
      outcome: 'change',
      change: { url, body: rendered.text },
      before: null,
      // Whoever knows the whole address of, say, a Make webhook can post to it.
      after: { to: host, body: rendered.value },
      note: `Sends a webhook to ${host}`,
      target,
    }
  },
  async apply(intents) {
    const shops = [...new Set(intents.map(({ shop }) => shop))]
    const secrets = new Map(shops.map((shop) => [shop, signingSecretOf(shop)]))
    const problems = await outbound.send(
      await Promise.all(
        intents.map(async ({ shop, stepId, change: { url, body } }) => ({
          url,
          id: stepId,
          body,
          secret: await (secrets.get(shop) ?? signingSecretOf(shop)),
        })),
      ),
    )
    return problems.map((problem): Applied => (problem ? { ok: false, problem } : { ok: true }))
  },
  undo: { impossible: 'A webhook that was sent can’t be taken back.' },
})
