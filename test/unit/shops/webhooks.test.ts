import { createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { receiveWebhook } from '../../../app/shops/webhooks.server.ts'

const shop = 'demo-one.myshopify.com'

function webhook(body: string, headers: Record<string, string> = {}): Request {
  return new Request('http://127.0.0.1:1/webhooks/shopify', {
    method: 'POST',
    body,
    headers: {
      'X-Shopify-Topic': 'customers/redact',
      'X-Shopify-Shop-Domain': shop,
      'X-Shopify-API-Version': '2026-10',
      'X-Shopify-Webhook-Id': 'w-1',
      'X-Shopify-Triggered-At': '2026-03-14T09:30:00Z',
      'X-Shopify-Hmac-Sha256': createHmac('sha256', 'unit-secret').update(body).digest('base64'),
      ...headers,
    },
  })
}
const statusOf = async (request: Request) => {
  const received = await receiveWebhook(request)
  return received.ok ? 200 : received.status
}

describe('a webhook of Shopify’s', () => {
  it('is taken when its signature fits', async () => {
    expect(await receiveWebhook(webhook(`{"shop_domain":"${shop}"}`))).toEqual({
      ok: true,
      webhook: {
        topic: 'CUSTOMERS_REDACT',
        shop,
        id: 'w-1',
        triggeredAt: new Date('2026-03-14T09:30:00Z'),
        payload: { shop_domain: shop },
      },
    })
  })

  it('is refused with 401 when the signature does not fit', async () => {
    expect(await statusOf(webhook('{}', { 'X-Shopify-Hmac-Sha256': 'forged' }))).toBe(401)
  })

  it.each(['X-Shopify-Hmac-Sha256', 'X-Shopify-Topic', 'X-Shopify-Webhook-Id'])(
    'is refused with 400 without %s',
    async (name) => {
      const request = webhook('{}')
      request.headers.delete(name)
      expect(await statusOf(request)).toBe(400)
    },
  )

  it('is refused with 400 when it is empty or no JSON', async () => {
    expect(await statusOf(webhook(''))).toBe(400)
    expect(await statusOf(webhook('{'))).toBe(400)
  })

  it('is refused with 413 when it is larger than any of Shopify’s, without reading it all', async () => {
    expect(await statusOf(webhook(' '.repeat(1024 * 1024 + 1)))).toBe(413)
    let sent = 0
    const endless = new ReadableStream({
      pull(controller) {
        sent += 1
        controller.enqueue(new Uint8Array(64 * 1024))
      },
    })
    const url = 'http://127.0.0.1:1/webhooks/shopify'
    const request = new Request(url, { method: 'POST', body: endless, duplex: 'half' })
    expect(await statusOf(request)).toBe(413)
    expect(sent).toBeLessThan(32)
  })

  it('is refused when its body, which alone is signed, is about another shop', async () => {
    expect(await statusOf(webhook('{"shop_domain":"demo-two.myshopify.com"}'))).toBe(400)
  })
})
