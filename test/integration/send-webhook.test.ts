/** From a Klaviyo event to a receiver of the merchant's, who verifies what came. */
import { createServer } from 'node:http'
import type { IncomingHttpHeaders, Server } from 'node:http'
import { once } from 'node:events'
import { Webhook } from 'standardwebhooks'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { z } from 'zod'
import { defaultBody } from '../../app/actions/webhook-default.ts'
import { Merchant } from '../harness/merchant.ts'
import type { RunPage } from '../harness/merchant.ts'
import { eventually, openSeededStage, shopA, shopB } from '../harness/stage.ts'
import type { Stage } from '../harness/stage.ts'

let stage: Stage
let merchant: Merchant
let server: Server
let origin: string

/** What came, by path, and the statuses to answer with next; then 200. */
const received: { path: string; headers: IncomingHttpHeaders; body: string }[] = []
const statuses: number[] = []

beforeAll(async () => {
  stage = await openSeededStage()
  merchant = new Merchant(stage, shopA)
  server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8')
    request.on('data', (chunk: string) => (body += chunk))
    request.on('end', () => {
      received.push({ path: request.url ?? '', headers: request.headers, body })
      response.writeHead(statuses.shift() ?? 200).end()
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = z.object({ port: z.number() }).parse(server.address())
  origin = `http://127.0.0.1:${port}`
})
afterAll(async () => {
  server.close()
  server.closeAllConnections()
  await stage.close()
})

/** Each test has a metric, a customer and a path of its own. */
let metric: string
let email: string
let path: string
let number = 0
beforeEach(async () => {
  number++
  metric = `Metric ${number}`
  email = `webhook${number}@example.com`
  path = `/hook${number}`
  statuses.length = 0
  await stage.shopify.post('/customers', { shop: shopA, email, tags: ['VIP'] })
})

const ruleSending = (settings: { url: string; body: string }) => ({
  name: metric,
  trigger: { kind: 'metric', metric: { id: null, name: metric }, outcome: null },
  conditions: { kind: 'group', match: 'all', items: [] },
  actions: [{ id: 'send', kind: 'send-webhook', settings }],
  noCustomer: { then: 'skip' },
})

async function runOf(rule: string, state: string): Promise<RunPage> {
  return eventually(async () => {
    const [row] = await merchant.runs(`?rule=${rule}`)
    const run = await merchant.run(row?.id ?? '')
    expect(run.state).toBe(state)
    return run
  }, 40_000)
}

const deliveries = () => received.filter((each) => each.path === path)

async function signingSecretOf(shop: string): Promise<string> {
  const screen = await stage.admin(shop).load('/app/settings', 'app.settings')
  return z.object({ signingSecret: z.string() }).parse(await screen.json()).signingSecret
}

function verified(delivery: (typeof received)[number] | undefined, secret: string): unknown {
  if (!delivery) throw new Error('nothing came')
  const headers = Object.entries(delivery.headers).map(
    ([name, value]) => [name, String(value)] as const,
  )
  return new Webhook(secret).verify(delivery.body, Object.fromEntries(headers))
}

it('is sent again though what the run wrote before it no longer meets the conditions', async () => {
  statuses.push(503)
  await stage.klaviyo.post('/profiles', { account: 'demo-one', email, properties: { hook: 'new' } })
  const document = ruleSending({ url: `${origin}${path}`, body: '{}' })
  const isNew = { kind: 'test', source: 'profile', path: 'hook', type: 'text' }
  const properties = [{ key: 'hook', value: 'sent', as: 'text' }]
  const rule = await merchant.addRule({
    ...document,
    conditions: {
      kind: 'group',
      match: 'all',
      items: [{ ...isNew, operator: 'equals', value: 'new' }],
    },
    actions: [
      { id: 'mark', kind: 'set-profile-properties', settings: { properties } },
      ...document.actions,
    ],
  })
  expect(await merchant.post({ metric, email })).toBe(202)
  const run = await runOf(rule, 'done')
  expect(run.steps.map(({ state }) => state)).toEqual(['done', 'done'])
  expect(deliveries()).toHaveLength(2)
})

it('an event reaches the receiver once, signed, and the activity shows what was sent', async () => {
  const rule = await merchant.addRule(
    ruleSending({ url: `${origin}${path}?token=s3cr3t`, body: defaultBody }),
  )
  path += '?token=s3cr3t'
  await merchant.post({ metric, email, properties: { value: 'a "quoted" one' } })
  const run = await runOf(rule, 'done')
  expect(deliveries()).toHaveLength(1)

  const secret = await signingSecretOf(shopA)
  expect(secret).toMatch(/^whsec_/)
  const body = verified(deliveries()[0], secret)
  expect(body).toMatchObject({
    type: metric,
    data: {
      event: { properties: { value: 'a "quoted" one' } },
      profile: { email },
      customer: { id: run.customerGid, tags: ['VIP'] },
    },
  })
  const [step] = run.steps
  expect(step).toMatchObject({ state: 'done', effect: { before: null, after: { body } } })
  expect(JSON.stringify(run)).not.toContain('s3cr3t')
  expect(JSON.stringify(run)).not.toContain(secret)
})

it('a receiver in trouble is tried again, and can tell that it is the same webhook', async () => {
  statuses.push(503)
  const rule = await merchant.addRule(ruleSending({ url: `${origin}${path}`, body: '{"n": 1}' }))
  await merchant.post({ metric, email })
  expect((await runOf(rule, 'waiting')).problem).toMatchObject({ code: 'webhook-down' })
  // Neither side is to blame, and the shop's other events go on meanwhile.
  expect(await merchant.banners()).toEqual({ shopify: null, klaviyo: null })

  await runOf(rule, 'done')
  const [first, second, ...more] = deliveries()
  expect(more).toEqual([])
  expect(second?.headers['webhook-id']).toBe(first?.headers['webhook-id'])
  const secret = await signingSecretOf(shopA)
  for (const delivery of [first, second]) expect(verified(delivery, secret)).toEqual({ n: 1 })
})

it('a receiver that refuses ends the run, with what to do', async () => {
  statuses.push(404)
  const rule = await merchant.addRule(ruleSending({ url: `${origin}${path}`, body: '{}' }))
  await merchant.post({ metric, email })
  const { problem } = await runOf(rule, 'failed')
  expect(problem).toMatchObject({ code: 'webhook-refused', retry: 'never' })
  expect(deliveries()).toHaveLength(1)
})

it('nothing is sent into a private network', async () => {
  const rule = await merchant.addRule(
    ruleSending({ url: 'https://169.254.169.254/latest/meta-data', body: '{}' }),
  )
  await merchant.post({ metric, email })
  expect((await runOf(rule, 'failed')).problem).toMatchObject({ code: 'webhook-address-blocked' })
})

it('a rule in shadow shows what it would send, and sends nothing', async () => {
  const rule = await merchant.addRule(
    ruleSending({ url: `${origin}${path}`, body: '{"to": {{ event.email | json }}}' }),
    'shadow',
  )
  await merchant.post({ metric, email })
  const [step] = (await runOf(rule, 'done')).steps
  expect(step?.effect?.after).toMatchObject({ body: { to: email } })
  expect(deliveries()).toEqual([])
})

it('a body that gives no JSON is refused when the rule is saved', async () => {
  const body = '{"name": {{ event.name | json }},}'
  const document = JSON.stringify(ruleSending({ url: `${origin}${path}`, body }))
  const refused = await merchant.submit('/app/rules/new', 'app.rules.$id', {
    intent: 'save',
    mode: 'on',
    document,
  })
  expect(refused.problems).toMatchObject([{ field: 'actions.0.settings.body' }])
  expect(refused.problems?.[0]?.message).toMatch(/does not give JSON/)
})

it('each shop signs with a secret of its own, which stays the same', async () => {
  const [one, two, again] = [
    await signingSecretOf(shopA),
    await signingSecretOf(shopB),
    await signingSecretOf(shopA),
  ]
  expect(one).not.toBe(two)
  expect(again).toBe(one)
})

it('a renewed secret signs beside the old one until that is retired', async () => {
  const old = await signingSecretOf(shopA)
  const rule = await merchant.addRule(ruleSending({ url: `${origin}${path}`, body: '{"n": 1}' }))
  expect((await merchant.saveSettings({ intent: 'renew-signing' })).ok).toBe(true)
  const renewed = await signingSecretOf(shopA)
  expect(renewed).not.toBe(old)
  const again = await merchant.saveSettings({ intent: 'renew-signing' })
  expect(again.problems).toMatchObject([{ field: 'signing' }])
  expect(await signingSecretOf(shopA)).toBe(renewed)

  await merchant.post({ metric, email })
  await runOf(rule, 'done')
  for (const secret of [old, renewed]) expect(verified(deliveries()[0], secret)).toEqual({ n: 1 })

  expect((await merchant.saveSettings({ intent: 'retire-signing' })).ok).toBe(true)
  await merchant.post({ metric, email })
  await expect.poll(() => deliveries().length, { timeout: 15_000 }).toBe(2)
  expect(verified(deliveries()[1], renewed)).toEqual({ n: 1 })
  expect(() => verified(deliveries()[1], old)).toThrow()
  expect((await merchant.saveSettings({ intent: 'retire-signing' })).ok).toBe(false)
})
