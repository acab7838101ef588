/** A merchant's operations: much work at once, started, watched, paused, resumed and stopped. */
import { z } from 'zod'
import { problemSchema } from '../../app/problem.ts'
import { answer } from './merchant.ts'
import type { Merchant } from './merchant.ts'

const operation = z.object({
  id: z.string(),
  title: z.string(),
  state: z.enum(['running', 'paused', 'stopped', 'done']),
  expected: z.number(),
  certainty: z.enum(['exact', 'about', 'more']),
  counts: z.object({
    done: z.number(),
    skipped: z.number(),
    failed: z.number(),
    waiting: z.number(),
  }),
  problem: problemSchema.nullable(),
})
export type OperationRow = z.infer<typeof operation>

export async function operationsOf({ session }: Merchant): Promise<OperationRow[]> {
  const response = await session.load('/app/operations', 'app.operations')
  return z.object({ operations: z.array(operation) }).parse(await response.json()).operations
}

export async function operationOf(merchant: Merchant, id: string): Promise<OperationRow> {
  const found = (await operationsOf(merchant)).find((each) => each.id === id)
  if (!found) throw new Error(`no operation ${id}`)
  return found
}

export const ask = (merchant: Merchant, intent: 'pause' | 'resume' | 'stop', id: string) =>
  merchant.submit('/app/operations', 'app.operations', { intent, id })

const pastRoute = 'app.rules.$id_.past'
const pathOf = (ruleId: string) => `/app/rules/${ruleId}/past`

const preview = z.object({
  ok: z.literal(true),
  preview: z.object({
    inbox: z.object({ waiting: z.number(), handled: z.number(), isAbout: z.boolean() }),
    history: z
      .object({
        state: z.string(),
        count: z.number().optional(),
        handled: z.number().optional(),
        why: z.string().optional(),
        problem: problemSchema.optional(),
      })
      .loose(),
    expected: z.number(),
    certainty: z.enum(['exact', 'about', 'more']),
    estimate: z.object({ points: z.number(), klaviyoRequests: z.number(), seconds: z.number() }),
  }),
})

/** What running the rule over the past would do; the last 30 days and Klaviyo's events by default. */
export async function previewPast(merchant: Merchant, ruleId: string, form: object = {}) {
  const asked = { intent: 'preview', days: '30', history: 'yes', ...form }
  const response = await merchant.session.submit(pathOf(ruleId), pastRoute, asked)
  return preview.parse(await response.json()).preview
}

/** Starts it; the operation's id, or the refusal. */
export async function startPast(merchant: Merchant, ruleId: string, form: object = {}) {
  const asked = {
    intent: 'start',
    days: '30',
    history: 'yes',
    expected: '1',
    certainty: 'exact',
    ...form,
  }
  const response = await merchant.session.submit(pathOf(ruleId), pastRoute, asked)
  const target = response.headers.get('X-Remix-Redirect') ?? ''
  const id = /^\/app\/activity\?operation=([0-9a-f-]{36})$/.exec(target)?.[1]
  return id ? { id } : { refusal: answer.parse(await response.json()) }
}

/** Starts it, and trusts that it is started. */
export async function runOverPast(merchant: Merchant, ruleId: string, form: object = {}) {
  const started = await startPast(merchant, ruleId, form)
  if (!started.id) throw new Error(`it was refused: ${JSON.stringify(started.refusal)}`)
  return started.id
}
