/** Kills the app at random times while it undoes what all actions did that can be undone. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { z } from 'zod'
import { flowPost } from '../../bench/bodies.ts'
import { codeSettings } from '../../bench/code-settings.ts'
import { Merchant, ruleOn } from '../harness/merchant.ts'
import { eventually, openSeededStage, shopA } from '../harness/stage.ts'
import type { Stage } from '../harness/stage.ts'

const kills = 4
const people = 60
/** Of each person: what the second did is undone before what the first did. */
const metrics = ['First', 'Second']
const account = 'demo-one'

let stage: Stage
beforeAll(async () => {
  stage = await openSeededStage({ latencyMs: 20 })
})
afterAll(() => stage.close())

const metafield = (key: string, type: string, mode: string, value: string) => ({
  kind: 'set-metafield',
  settings: { namespace: 'fault', key, type, mode, value },
})

const everything = ruleOn('Everything', [], {
  trigger: { kind: 'any' },
  actions: [
    {
      kind: 'discount-code',
      settings: codeSettings('KILL-'),
    },
    {
      kind: 'set-profile-properties',
      settings: { properties: [{ key: 'last_event', value: '{{ metric }}', as: 'text' }] },
    },
    metafield('count', 'number_integer', 'increment', '1'),
    metafield('last', 'single_line_text_field', 'set', '{{ metric }}'),
    { kind: 'add-tags', settings: { tags: ['had-{{ metric }}'] } },
    { kind: 'remove-tags', settings: { tags: ['cold'] } },
    {
      kind: 'annotate-order',
      settings: {
        order: { which: 'latest' },
        attributes: [{ key: 'Last', value: '{{ metric }}' }],
        tags: ['had-{{ metric }}'],
      },
    },
    { kind: 'store-credit', settings: { amount: '5', currency: 'USD', expiresAfterDays: '30' } },
  ].map((action, index) => ({ ...action, id: String(index) })),
})

const customers = z.array(
  z.object({ id: z.string(), email: z.string().nullable(), tags: z.array(z.string()) }),
)
const codes = z.array(z.object({ status: z.string() }))
const profiles = z.array(
  z.object({ email: z.string().nullish(), properties: z.record(z.string(), z.json()) }),
)
const orders = z.array(
  z.object({
    tags: z.array(z.string()),
    customAttributes: z.array(z.object({ key: z.string(), value: z.string() })),
  }),
)
const accounts = z.array(z.object({ balance: z.number() }))
const metafields = z.array(z.object({ namespace: z.string(), key: z.string(), value: z.string() }))

it(`kills the app ${kills} times: all is as it was before the rule, and each run is undone once`, async () => {
  const merchant = new Merchant(stage, shopA)
  await stage.shopify.post('/scopes', {
    shop: shopA,
    scopes: [
      'write_customers',
      'write_discounts',
      'write_orders',
      'read_store_credit_accounts',
      'write_store_credit_account_transactions',
    ],
  })
  // A small plan's limits would only make all of it take longer.
  await stage.shopify.post('/throttling', { shop: shopA, enabled: false })
  const rule = await merchant.addRule(everything)
  await stage.klaviyo.post('/profiles/bulk', { account, count: people, prefix: 'kill' })
  const emails = Array.from({ length: people }, (_, index) => `kill${index}@example.com`)
  const buyers = z.array(z.object({ id: z.string() })).parse(
    await stage.shopify.post(
      '/customers',
      emails.map((email) => ({ shop: shopA, email, tags: ['cold', 'theirs'] })),
    ),
  )
  const floor = { key: 'Floor', value: '3' }
  for (const { id: customerId } of buyers) {
    await stage.shopify.post('/orders', { shop: shopA, customerId, customAttributes: [floor] })
  }
  const { webhookUrl, headers } = await stage.webhook(shopA)
  const secret = Object.values(headers)[0] ?? ''
  const acted = async (count: number) => {
    const home = await (await stage.admin(shopA).load('/app', 'app._index')).text()
    expect(home).toContain(`"acted":${count}`)
  }
  for (const [nth, metric] of metrics.entries()) {
    for (const email of emails) {
      const post = flowPost(secret, metric, { eventId: `${email}-${nth}`, profileId: '', email })
      expect((await fetch(webhookUrl, { method: 'POST', ...post })).status).toBe(202)
    }
    await eventually(() => acted((nth + 1) * people), 120_000)
  }

  await merchant.startUndo({ search: `?rule=${rule}` })
  for (let kill = 0; kill < kills; kill++) {
    await sleep(50 + Math.random() * 450)
    await Promise.all(stage.sandbox.apps.map((app) => app.stop('SIGKILL')))
    await stage.sandbox.restart()
  }
  await eventually(async () => {
    expect(await merchant.operations()).toMatchObject([
      {
        state: 'done',
        counts: { done: metrics.length * people, waiting: 0, failed: 0, skipped: 0 },
      },
    ])
  }, 240_000)

  const found = (await stage.shopify.get(`/customers?shop=${shopA}`, customers)).filter(
    ({ email }) => email?.startsWith('kill'),
  )
  expect(found).toHaveLength(people)
  for (const { id, tags } of found) {
    expect(tags.toSorted()).toEqual(['cold', 'theirs'])
    const left = await stage.shopify.get(`/metafields?shop=${shopA}&id=${id}`, metafields)
    // What was counted stays noted in the app's own namespace.
    expect(left.filter(({ namespace }) => namespace === 'fault')).toEqual([])
  }
  const credited = await stage.shopify.get(`/store-credit?shop=${shopA}`, accounts)
  expect(credited).toHaveLength(people)
  for (const { balance } of credited) expect(balance).toBe(0)
  const bought = await stage.shopify.get(`/orders?shop=${shopA}`, orders)
  expect(bought).toHaveLength(people)
  for (const { tags, customAttributes } of bought) {
    expect(tags).toEqual([])
    expect(customAttributes).toEqual([floor])
  }
  const made = await stage.shopify.get(`/discounts?shop=${shopA}`, codes)
  expect(made.map(({ status }) => status)).toEqual(Array(people).fill('EXPIRED'))
  const written = (await stage.klaviyo.get(`/profiles?account=${account}`, profiles)).filter(
    ({ email }) => email?.startsWith('kill'),
  )
  for (const { properties } of written) expect(properties['last_event'] ?? null).toBeNull()
}, 900_000)
