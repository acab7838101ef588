import { createHmac, randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { flowPost, systemPost } from '../../bench/bodies.ts'
import type { Posted } from '../../bench/bodies.ts'
import { Merchant } from '../harness/merchant.ts'
import { eventually, openSeededStage, shopA, tagsOf } from '../harness/stage.ts'
import type { Stage } from '../harness/stage.ts'

let stage: Stage
let url: string
let secret: string

beforeAll(async () => {
  stage = await openSeededStage({ env: { EVENTS_PER_MINUTE: '2500' } })
  const webhook = await stage.webhook(shopA)
  url = webhook.webhookUrl
  secret = Object.values(webhook.headers)[0] ?? ''
})
afterAll(() => stage.close())

const post = ({ headers, body }: { headers: Record<string, string>; body: BodyInit }, to = url) =>
  fetch(to, { method: 'POST', headers, body })
const flow = (changes: object = {}): Posted => {
  const made = flowPost(secret, 'Completed Flow', {
    eventId: randomUUID(),
    profileId: '',
    email: 'ben.okafor@example.com',
  })
  return {
    ...made,
    body: JSON.stringify({
      ...z.record(z.string(), z.json()).parse(JSON.parse(made.body)),
      ...changes,
    }),
  }
}
const raw = (body: BodyInit) => ({ headers: flow().headers, body })
const refusal = z.object({
  error: z.string(),
  problems: z.array(z.object({ field: z.string(), message: z.string() })).optional(),
})

describe('what is not known to come from the shop', () => {
  it.each([
    ['one that nobody has', `ep_${'n'.repeat(20)}`],
    ['one that is no id', 'ep_nobody'],
    ['one that no database stores', '%00'],
    ['one without end', 'e'.repeat(8_000)],
  ])('gets one answer, whether the secret is wrong or the endpoint: %s', async (_what, id) => {
    const wrongSecret = await post({
      ...flow(),
      headers: { ...flow().headers, 'X-Klaviyo-Actions-Secret': 'guess' },
    })
    const wrongEndpoint = await post(flow(), url.replace(/[^/]+$/, id))
    expect([wrongSecret.status, wrongEndpoint.status]).toEqual([401, 401])
    expect(await wrongSecret.text()).toBe(await wrongEndpoint.text())
  })

  it('and without any proof the same', async () => {
    expect(
      (await post({ headers: { 'Content-Type': 'application/json' }, body: '{}' })).status,
    ).toBe(401)
  })

  it('and only POST is a way in', async () => {
    expect((await fetch(url)).status).toBe(405)
    expect(
      (await fetch(url, { method: 'PUT', headers: flow().headers, body: flow().body })).status,
    ).toBe(405)
  })
})

describe('a body that can’t be read', () => {
  it.each<[string, () => BodyInit, string, RegExp]>([
    ['nothing', () => '', 'body', /empty/],
    ['a Python dictionary', () => "{'email': 'a@b.co'}", 'body', /Python dictionary/],
    ['a broken quote', () => '{"email": "a"b"}', 'body', /not JSON/],
    ['bytes that are no text', () => new Uint8Array([0x7b, 0xff, 0xfe, 0x7d]), 'body', /UTF-8/],
    [
      'nesting without end',
      () => '['.repeat(200_000) + ']'.repeat(200_000),
      'body',
      /nested|expected object/,
    ],
    ['a time that is none', () => flow({ occurred_at: 'soon' }).body, 'occurred_at', /ISO 8601/],
    ['an e-mail that is a list', () => flow({ email: ['a'] }).body, 'email', /./],
  ])('such as %s is refused with field and reason', async (_what, body, field, reason) => {
    const response = await post(raw(body()))
    expect(response.status).toBe(400)
    const { problems } = refusal.parse(await response.json())
    expect(problems?.[0]?.field).toBe(field)
    expect(problems?.[0]?.message).toMatch(reason)
  })

  it('is remembered for the settings screen', async () => {
    // Noted every few seconds only, so that a flood of refusals doesn't fight over one row.
    await eventually(async () => {
      await post(raw('{"email": '))
      const settings = await (await stage.admin(shopA).load('/app/settings', 'app.settings')).text()
      expect(settings).toContain('is not JSON')
    })
  })

  it('or is larger than any delivery is refused as that', async () => {
    expect((await post(raw('x'.repeat(9 * 1024 * 1024)))).status).toBe(413)
  })
})

describe('what breaks others', () => {
  it.each([
    ['NULs and half characters', flow({ properties: { 'a\u0000b': '\u0000 \ud800' } }).body],
    [
      'prototype keys',
      '{"metric":"x","email":"a@b.co","__proto__":{"x":1},"constructor":{"prototype":{"y":1}}}',
    ],
    ['no profile at all', '{"metric":"Completed Flow","branch_outcome":"converted"}'],
    ['a metric nobody knows', '{"metric":"Nobody knows","email":"a@b.co"}'],
    [
      'emoji and right-to-left',
      '{"metric":"🛍️ שלום","email":"a@b.co","properties":{"name":"مرحبا 🎉"}}',
    ],
  ])('is taken: %s', async (_what, body) => {
    expect((await post(raw(body))).status).toBe(202)
  })
})

describe('a delivery', () => {
  it('that comes twice is one event', async () => {
    const once = flow({ email: 'ada.moreno@example.com' })
    expect((await post(once)).status).toBe(202)
    expect((await post(once)).status).toBe(202)
    await eventually(async () =>
      expect(await tagsOf(stage, shopA, 'ada.moreno@example.com')).toContain('klaviyo-reengaged'),
    )
    const merchant = new Merchant(stage, shopA)
    const search = await merchant.find('ada.moreno@example.com')
    expect(await merchant.runs(`?${search}`)).toHaveLength(1)
  })

  it('of many events is taken whole or not at all', async () => {
    const good = systemPost(secret, 'Completed Flow', [
      { eventId: randomUUID(), profileId: 'x', email: '' },
    ])
    expect((await post(good)).status).toBe(202)
    const { signature, body, headers } = broken()
    const response = await post({ headers: { ...headers, 'Klaviyo-Signature': signature }, body })
    expect(response.status).toBe(400)
    expect(refusal.parse(await response.json()).problems?.[0]?.field).toBe('data.1.payload')
  })

  it('above the endpoint’s rate is asked to come back later', async () => {
    const many = Array.from({ length: 1_000 }, () => ({
      eventId: randomUUID(),
      profileId: '',
      email: '',
    }))
    const statuses: number[] = []
    let retryAfter: string | null = null
    for (let round = 0; round < 4; round++) {
      const response = await post(
        systemPost(
          secret,
          'Nobody knows',
          many.map((each) => ({ ...each, eventId: randomUUID() })),
        ),
      )
      statuses.push(response.status)
      retryAfter ??= response.headers.get('Retry-After')
    }
    expect(statuses).toContain(429)
    expect(Number(retryAfter)).toBeGreaterThan(0)
  })
})

function broken() {
  const { headers, body } = systemPost(secret, 'x', [{ eventId: 'a', profileId: 'p', email: '' }])
  const document = z.object({ meta: z.json(), data: z.array(z.json()) }).parse(JSON.parse(body))
  const changed = JSON.stringify({ ...document, data: [...document.data, { topic: 'x' }] })
  const signature = createHmac('sha256', secret)
    .update(changed)
    .update(headers['Klaviyo-Timestamp'] ?? '')
    .digest('hex')
  return { headers, body: changed, signature }
}
