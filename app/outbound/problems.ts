/** What went wrong with a receiver, in words for a merchant. It never concerns Klaviyo or Shopify. */
import type { Problem } from '../problem.ts'

const longestPauseMs = 3_600_000

/** An answer that is no success; `retryAfter` as the receiver sent it. */
export interface Refusal {
  status: number
  retryAfter: string | undefined
}

export function problemOfAnswer({ status, retryAfter }: Refusal, host: string): Problem {
  if (status === 429) return busy(host, pauseOf(retryAfter))
  if (status === 408 || status >= 500) return down(host, status, pauseOf(retryAfter))
  if (status >= 300 && status < 400) return redirected(host, status)
  if (status === 410) return gone(host)
  return refused(host, status)
}

export function problemOfError(error: unknown, host: string): Problem {
  if (!(error instanceof Error)) return unreachable(host)
  // request-filtering-agent gives its refusals no code; a test holds it to these words.
  if (error.message.includes('is not allowed. Because')) return addressBlocked(host)
  const code = 'code' in error ? String(error.code) : ''
  if (tlsCodes.test(code)) return insecure(host)
  return unreachable(host)
}

/** OpenSSL's verdicts on certificates and handshakes, as Node names them (nodejs.org/api/tls.html). */
const tlsCodes =
  /^(ERR_TLS_|ERR_SSL_|EPROTO$|CERT_|CRL_|UNABLE_TO_|ERROR_IN_|DEPTH_ZERO_|SELF_SIGNED_|INVALID_|PATH_LENGTH_|HOSTNAME_MISMATCH)/

/** Retry-After holds seconds or a date (RFC 9110). */
function pauseOf(retryAfter: string | undefined): number | undefined {
  if (retryAfter === undefined) return undefined
  const seconds = Number(retryAfter)
  const pauseMs = Number.isFinite(seconds) ? 1_000 * seconds : Date.parse(retryAfter) - Date.now()
  // Who can ask for any pause could keep the event waiting for years.
  return pauseMs > 0 ? Math.min(pauseMs, longestPauseMs) : undefined
}

/** Whether it concerns all that would be sent to this address now, not the one delivery. */
export const isAway = ({ code }: Problem): boolean =>
  code === 'webhook-busy' || code === 'webhook-timeout' || code === 'webhook-unreachable'

const again = 'It is tried again by itself, for about a day.'

const busy = (host: string, retryAfterMs: number | undefined): Problem => ({
  code: 'webhook-busy',
  what: `${host} takes no more webhooks for now (status 429).`,
  remedy: `${again} If it happens often, raise the receiver’s limit.`,
  retry: 'later',
  retryAfterMs,
})

const down = (host: string, status: number, retryAfterMs: number | undefined): Problem => ({
  code: 'webhook-down',
  what: `${host} has trouble of its own (status ${status}).`,
  remedy: `${again} If it stays, look into the receiver’s own log.`,
  retry: 'later',
  retryAfterMs,
})

export const timedOut = (host: string): Problem => ({
  code: 'webhook-timeout',
  what: `${host} did not answer in time.`,
  remedy: `${again} A receiver should answer first and do its work afterwards.`,
  retry: 'later',
})

const unreachable = (host: string): Problem => ({
  code: 'webhook-unreachable',
  what: `The connection to ${host} could not be made, or broke.`,
  remedy: `${again} If it stays, check the address in the rule and whether the receiver runs.`,
  retry: 'later',
})

const redirected = (host: string, status: number): Problem => ({
  code: 'webhook-redirected',
  what: `${host} answered with a redirect (status ${status}), which the app does not follow.`,
  remedy: 'Put the address that it leads to into the rule, then run this again.',
  retry: 'never',
})

const gone = (host: string): Problem => ({
  code: 'webhook-gone',
  what: `${host} says that nobody listens at this address any more (status 410).`,
  remedy: 'Put the receiver’s new address into the rule, or remove the action.',
  retry: 'never',
})

const refused = (host: string, status: number): Problem => ({
  code: 'webhook-refused',
  what: `${host} refused the webhook (status ${status}).`,
  remedy:
    'Check the address and the body in the rule against what the receiver expects, and its signing secret; then run this again.',
  retry: 'never',
})

const insecure = (host: string): Problem => ({
  code: 'webhook-insecure',
  what: `The encrypted connection to ${host} could not be made: its certificate is not valid, or it speaks no https.`,
  remedy: 'Have the receiver’s certificate renewed or its https set up, then run this again.',
  retry: 'never',
})

const addressBlocked = (host: string): Problem => ({
  code: 'webhook-address-blocked',
  what: `${host} leads into a private network, and the app sends nothing there.`,
  remedy: 'Use an address that can be reached from the internet, then run this again.',
  retry: 'never',
})

export const addressUnusable = (host: string, why: string): Problem => ({
  code: 'webhook-address-unusable',
  what: `Nothing can be sent to ${host}.`,
  remedy: `Correct the address in the rule. ${why}`,
  retry: 'never',
})
