/** Kills the app at random times while every kind of action is under way. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { z } from 'zod'
import { flowPost } from '../../bench/bodies.ts'
import { codeSettings } from '../../bench/code-settings.ts'
import { Merchant, ruleOn } from '../harness/merchant.ts'
import { database, eventually, openSeededStage, shopA } from '../harness/stage.ts'
import type { Stage } from '../harness/stage.ts'

const kills = 25
const people = 400
const account = 'demo-one'
const metric = 'Everything'

/** Takes the webhooks of the rule; each carries the id of its step. */
const received: string[] = []
const receiver = createServer((request, response) => {
  received.push(String(request.headers['webhook-id']))
  response.writeHead(204).end()
})

let stage: Stage
beforeAll(async () => {
  receiver.listen(0, '127.0.0.1')
  await once(receiver, 'listening')
  stage = await openSeededStage({ latencyMs: 20 })
})
afterAll(async () => {
  await stage.close()
  receiver.close()
})

const everything = (webhookUrl: string) =>
  ruleOn(metric, [], {
    actions: [
      {
        kind: 'discount-code',
        settings: codeSettings('KILL-'),
      },
      {
        kind: 'set-profile-properties',
        settings: {
          properties: [{ key: 'discount_code', value: '{{ discount.code }}', as: 'text' }],
        },
      },
      {
        kind: 'set-metafield',
        settings: {
          namespace: 'fault',
          key: 'codes',
          type: 'number_integer',
          mode: 'increment',
          value: '1',
        },
      },
      { kind: 'add-tags', settings: { tags: ['has-code'] } },
      { kind: 'remove-tags', settings: { tags: ['cold'] } },
      { kind: 'send-webhook', settings: { url: webhookUrl, body: '{}' } },
      {
        kind: 'record-event',
        settings: {
          metric: 'Got Code',
          properties: [{ key: 'code', value: '{{ discount.code }}', as: 'text' }],
        },
      },
      {
        kind: 'annotate-order',
        settings: {
          order: { which: 'latest' },
          attributes: [{ key: 'Code', value: '{{ discount.code }}' }],
          tags: ['has-code'],
        },
      },
      {
        kind: 'store-credit',
        settings: { amount: '5', currency: 'USD', expiresAfterDays: null },
      },
      {
        kind: 'start-flow',
        settings: { properties: [{ key: 'code', value: '{{ discount.code }}', as: 'text' }] },
      },
    ].map((action, index) => ({ ...action, id: String(index) })),
  })

const ids = z.object({ ids: z.array(z.string()) })
const customers = z.array(
  z.object({ id: z.string(), email: z.string().nullable(), tags: z.array(z.string()) }),
)
const codes = z.array(z.object({ code: z.string(), customers: z.array(z.string()) }))
const profiles = z.array(
  z.object({ email: z.string().nullish(), properties: z.record(z.string(), z.json()) }),
)
const metafields = z.array(z.object({ namespace: z.string(), value: z.string() }))
const orders = z.array(
  z.object({
    customerId: z.string().nullable(),
    tags: z.array(z.string()),
    customAttributes: z.array(z.object({ key: z.string(), value: z.string() })),
  }),
)
const accounts = z.array(z.object({ customerId: z.string(), balance: z.number() }))
const triggers = z.array(z.object({ payload: z.object({ 'Run id': z.string() }).loose() }))
const journal = z.array(z.object({ kind: z.string(), change: z.json() }).loose())

it(`kills the app ${kills} times: no second code, no lost write-back, nothing counted, noted or credited twice`, async () => {
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
  const address = receiver.address()
  const port = typeof address === 'object' ? address?.port : 0
  await merchant.addRule(everything(`http://127.0.0.1:${port}/`))
  const { ids: profileIds } = ids.parse(
    await stage.klaviyo.post('/profiles/bulk', { account, count: people, prefix: 'kill' }),
  )
  const emails = profileIds.map((_id, index) => `kill${index}@example.com`)
  const buyers = z.array(z.object({ id: z.string() })).parse(
    await stage.shopify.post(
      '/customers',
      emails.map((email) => ({ shop: shopA, email, tags: ['cold'] })),
    ),
  )
  const floor = { key: 'Floor', value: '3' }
  for (const { id: customerId } of buyers) {
    await stage.shopify.post('/orders', { shop: shopA, customerId, customAttributes: [floor] })
  }
  const { webhookUrl, headers } = await stage.webhook(shopA)
  const secret = Object.values(headers)[0] ?? ''

  const sending = (async () => {
    // Spread over all the kills, so that each finds work under way.
    for (const [index, email] of emails.entries()) {
      const post = flowPost(secret, metric, { eventId: `kill-${index}`, profileId: '', email })
      for (;;) {
        const status = await fetch(webhookUrl, { method: 'POST', ...post }).then(
          (response) => response.status,
          () => 0,
        )
        if (status === 202) break
        await sleep(50)
      }
      await sleep(200)
    }
  })()
  for (let kill = 0; kill < kills; kill++) {
    await untilAtWork()
    await sleep(Math.random() * 500)
    await Promise.all(stage.sandbox.apps.map((app) => app.stop('SIGKILL')))
    await forgetLeases()
    await stage.sandbox.restart()
  }
  await sending

  await eventually(async () => {
    const home = await (await stage.admin(shopA).load('/app', 'app._index')).text()
    expect(home).toContain(`"acted":${people}`)
  }, 300_000)

  const mine = (email: string | null | undefined) => email?.startsWith('kill') ?? false
  const found = (await stage.shopify.get(`/customers?shop=${shopA}`, customers)).filter(
    ({ email }) => mine(email),
  )
  const emailOf = new Map(found.map(({ id, email }) => [id, email]))
  const made = await stage.shopify.get(`/discounts?shop=${shopA}`, codes)
  const codeOf = new Map(made.map((each) => [emailOf.get(each.customers[0] ?? ''), each.code]))
  expect(made).toHaveLength(people)
  expect(codeOf.size).toBe(people)

  const written = (await stage.klaviyo.get(`/profiles?account=${account}`, profiles)).filter(
    ({ email }) => mine(email),
  )
  expect(written).toHaveLength(people)
  for (const { email, properties } of written) {
    expect(properties['discount_code']).toBe(codeOf.get(email ?? ''))
  }
  for (const { id, tags } of found) {
    expect(tags).toEqual(['has-code'])
    const counted = await stage.shopify.get(`/metafields?shop=${shopA}&id=${id}`, metafields)
    // Beside the count lies what was counted, in the app's own namespace.
    const own = counted.filter(({ namespace }) => namespace === 'fault')
    expect(own.map(({ value }) => value)).toEqual(['1'])
  }
  const events = (await stage.klaviyo.get(`/journal?account=${account}`, journal)).filter((entry) =>
    JSON.stringify(entry).includes('Got Code'),
  )
  expect(events).toHaveLength(people)

  const bought = await stage.shopify.get(`/orders?shop=${shopA}`, orders)
  expect(bought).toHaveLength(people)
  for (const { customerId, tags, customAttributes } of bought) {
    const code = codeOf.get(emailOf.get(customerId ?? '')) ?? ''
    expect(customAttributes).toEqual([floor, { key: 'Code', value: code }])
    expect(tags).toEqual(['has-code'])
  }
  const credited = await stage.shopify.get(`/store-credit?shop=${shopA}`, accounts)
  expect(credited).toHaveLength(people)
  for (const { balance } of credited) expect(balance).toBe(5)
  // Receivers and Flow are told at least once, and may tell a repetition by its id.
  expect(new Set(received).size).toBe(people)
  const told = await stage.shopify.get(`/flow-triggers?shop=${shopA}`, triggers)
  expect(new Set(told.map(({ payload }) => payload['Run id'])).size).toBe(people)
  // Of so many kills some fall between a run's first call and its record: it has begun twice.
  expect(await interrupted(merchant)).toBeGreaterThan(0)
}, 900_000)

/** On PostgreSQL the worker, which starts by itself, may take its time until it drains. */
async function untilAtWork(): Promise<void> {
  if (database !== 'postgresql') return sleep(50)
  await eventually(async () => {
    const held = await stage.query(`select from "Shop" where "drainUntil" > now()`)
    expect(held.length).toBeGreaterThan(0)
  })
}

/** Another process waits until a dead one's lease is over. The test has no time for that. */
async function forgetLeases(): Promise<void> {
  if (database !== 'postgresql') return
  await stage.query(`update "Shop" set "drainId" = null, "drainUntil" = null`)
}

/** How many runs were taken up by more than one process. */
async function interrupted(merchant: Merchant): Promise<number> {
  let count = 0
  let search = ''
  for (;;) {
    const rows = await merchant.runs(search)
    const last = rows.at(-1)
    if (!last) return count
    for (const { id } of rows) if ((await merchant.run(id)).attempts > 1) count++
    search = `?before=${last.id}`
  }
}
