import { describe, expect, it } from 'vitest'
import { problemOfAnswer, problemOfError } from '../../../app/outbound/problems.ts'

const host = 'hook.example.com'
const answered = (status: number, retryAfter?: string) =>
  problemOfAnswer({ status, retryAfter }, host)
const thrown = (code: string) => problemOfError(Object.assign(new Error(code), { code }), host)

describe('an answer that is no success', () => {
  it.each([408, 429, 500, 502, 503, 504])('%i is tried again', (status) => {
    expect(answered(status).retry).toBe('later')
  })

  it.each([301, 302, 307, 308, 400, 401, 403, 404, 410, 413, 422])(
    '%i is not tried again, and says what to do',
    (status) => {
      const { retry, what, remedy } = answered(status)
      expect(retry).toBe('never')
      expect(what).toContain(host)
      expect(remedy).not.toBe('')
    },
  )

  it('waits as long as the receiver asks for, an hour at most', () => {
    expect(answered(429, '30').retryAfterMs).toBe(30_000)
    expect(answered(503, '999999999').retryAfterMs).toBe(3_600_000)
    expect(answered(429, 'soon').retryAfterMs).toBeUndefined()
    const inAMinute = answered(429, new Date(Date.now() + 60_000).toUTCString()).retryAfterMs
    expect(inAMinute).toBeGreaterThan(55_000)
    expect(inAMinute).toBeLessThanOrEqual(60_000)
  })

  it('never concerns Klaviyo’s or Shopify’s side', () => {
    for (const status of [301, 401, 403, 404, 410, 429, 500]) {
      expect(answered(status).side).toBeUndefined()
      expect(answered(status).retry).not.toBe('mended')
    }
  })
})

describe('a connection that was not made', () => {
  it.each(['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ETIMEDOUT'])(
    '%s is tried again',
    (code) => {
      expect(thrown(code)).toMatchObject({ code: 'webhook-unreachable', retry: 'later' })
    },
  )

  it.each([
    'CERT_HAS_EXPIRED',
    'DEPTH_ZERO_SELF_SIGNED_CERT',
    'SELF_SIGNED_CERT_IN_CHAIN',
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
    'ERR_TLS_CERT_ALTNAME_INVALID',
    'ERR_SSL_WRONG_VERSION_NUMBER',
    'EPROTO',
  ])('%s is for the receiver’s operator to mend', (code) => {
    expect(thrown(code)).toMatchObject({ code: 'webhook-insecure', retry: 'never' })
  })
})
