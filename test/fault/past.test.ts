import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { z } from 'zod'
import { flowPost } from '../../bench/bodies.ts'
import { Merchant, ruleOn } from '../harness/merchant.ts'
import { operationOf, runOverPast } from '../harness/operations.ts'
import { eventually, openSeededStage, shopA } from '../harness/stage.ts'
import type { Stage } from '../harness/stage.ts'

const events = 400
const kills = 4

const journal = z.array(z.object({ customer: z.string().optional() }).loose())

let stage: Stage
let merchant: Merchant
beforeAll(async () => {
  stage = await openSeededStage()
  merchant = new Merchant(stage, shopA)
})
afterAll(() => stage.close())

it(`kills the app ${kills} times while a rule runs over ${events} past events: each is done once`, async () => {
  const people = Array.from({ length: events }, (_, index) => `past${index}@example.com`)
  await stage.shopify.post(
    '/customers',
    people.map((email) => ({ shop: shopA, email })),
  )
  await stage.shopify.post('/throttling', { restoreRate: 1_000, maximumAvailable: 20_000 })
  const { webhookUrl, headers } = await stage.webhook(shopA)
  const secret = Object.values(headers)[0] ?? ''
  for (const [index, email] of people.entries()) {
    const post = flowPost(secret, 'Past Metric', { eventId: `${index}`, profileId: '', email })
    const { status } = await fetch(webhookUrl, { method: 'POST', ...post })
    expect(status).toBe(202)
  }
  // What came before this one has been matched.
  expect(await merchant.post({ email: 'gwen.sato@example.com' })).toBe(202)
  await eventually(async () => expect(await merchant.runs('?outcome=done')).toHaveLength(1))
  const before = (await stage.shopify.get(`/journal?shop=${shopA}`, journal)).length

  const rule = await merchant.addRule(ruleOn('Past Metric', [{ kind: 'add-tags', tags: ['past'] }]))
  await stage.shopify.post('/latency', { ms: 50 })
  const id = await runOverPast(merchant, rule, { expected: String(events) })
  for (let kill = 0; kill < kills; kill++) {
    await sleep(100 + Math.random() * 400)
    await Promise.all(stage.sandbox.apps.map((app) => app.stop('SIGKILL')))
    await stage.sandbox.restart()
  }

  await eventually(async () => {
    expect(await operationOf(merchant, id)).toMatchObject({
      state: 'done',
      counts: { done: events, skipped: 0, failed: 0, waiting: 0 },
    })
  }, 120_000)
  const tagged = (await stage.shopify.get(`/journal?shop=${shopA}`, journal)).slice(before)
  expect(tagged).toHaveLength(events)
}, 300_000)
