/** How a sender proves that it knows an endpoint's secret. Pure. */
import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Source } from './formats.ts'

/** The header that the settings screen tells merchants to set in Klaviyo's flow webhook action. */
export const secretHeader = 'X-Klaviyo-Actions-Secret'

export interface Proof {
  /** Each channel has a header of its own, so the header tells the format. */
  source: Source
  matches(secret: string): boolean
}

// Unknown endpoints are checked against these, so that they take as long as a wrong secret.
export const decoySecrets = ['decoy-one', 'decoy-two']

/** The proof that a request brings, or null when it brings none. `body` is the raw body. */
export function proofOf(headers: Headers, body: Buffer): Proof | null {
  const shared = headers.get(secretHeader)
  if (shared !== null) {
    return { source: 'flow', matches: (secret) => isEqual(digest(shared), digest(secret)) }
  }
  const system = headers.get('Klaviyo-Signature')
  if (system !== null) {
    const timestamp = headers.get('Klaviyo-Timestamp') ?? ''
    return {
      source: 'system',
      matches: (secret) => {
        const expected = createHmac('sha256', secret).update(body).update(timestamp).digest()
        return isEqual(expected, Buffer.from(system, 'hex'))
      },
    }
  }
  const guide = headers.get('X-Klaviyo-Signature')
  if (guide !== null) {
    // No official page defines the encoding: hex and base64 are both in use.
    const text = guide.replace(/^sha256=/, '')
    const encoding = /^[0-9a-f]{64}$/i.test(text) ? 'hex' : 'base64'
    return {
      source: 'guide',
      matches: (secret) =>
        isEqual(createHmac('sha256', secret).update(body).digest(), Buffer.from(text, encoding)),
    }
  }
  return null
}

/** Whether any of the secrets fits. Always tries all of them: time tells nothing. */
export function isProven(proof: Proof | null, secrets: readonly string[]): boolean {
  let proven = false
  for (const secret of secrets) if (proof?.matches(secret)) proven = true
  return proven
}

const digest = (text: string) => createHmac('sha256', 'compare').update(text).digest()

function isEqual(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b)
}
