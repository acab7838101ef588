import { createHmac } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isProven, proofOf, secretHeader } from '../../../app/events/signature.ts'

const secret = 's3cret'
const body = Buffer.from('{"a":1}')
const hmac = (...parts: (string | Buffer)[]) => {
  const mac = createHmac('sha256', secret)
  for (const part of parts) mac.update(part)
  return mac
}
const proof = (headers: Record<string, string>, raw = body) => proofOf(new Headers(headers), raw)

describe('a delivery is believed when it knows the secret', () => {
  it.each([
    ['flow', { [secretHeader]: secret }],
    [
      'system',
      {
        'Klaviyo-Signature': hmac(body, '1773480000').digest('hex'),
        'Klaviyo-Timestamp': '1773480000',
      },
    ],
    ['guide', { 'X-Klaviyo-Signature': hmac(body).digest('hex') }],
    ['guide', { 'X-Klaviyo-Signature': hmac(body).digest('base64') }],
  ])('through the %s channel', (source, headers) => {
    const given = proof(headers)
    expect(given?.source).toBe(source)
    expect(isProven(given, ['other', secret])).toBe(true)
    expect(isProven(given, ['other'])).toBe(false)
  })

  it('but not when the timestamp was changed', () => {
    const headers = { 'Klaviyo-Signature': hmac(body, '1').digest('hex'), 'Klaviyo-Timestamp': '2' }
    expect(isProven(proof(headers), [secret])).toBe(false)
  })

  it('and not without any proof', () => {
    expect(isProven(proof({}), [secret])).toBe(false)
  })

  it('whatever is guessed', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme-ascii' }), fc.uint8Array(), (guess, raw) => {
        fc.pre(guess.trim() !== secret)
        for (const name of [secretHeader, 'Klaviyo-Signature', 'X-Klaviyo-Signature']) {
          expect(isProven(proof({ [name]: guess }, Buffer.from(raw)), [secret])).toBe(false)
        }
      }),
    )
  })
})
