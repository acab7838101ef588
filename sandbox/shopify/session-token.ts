import { createHmac, randomUUID, timingSafeEqual } from 'node:crypto'
import { z } from 'zod'

/** How long App Bridge's session tokens last, in seconds. */
const lifetime = 60

const claims = z.object({
  iss: z.string(),
  dest: z.url(),
  aud: z.string(),
  sub: z.string(),
  exp: z.number(),
  nbf: z.number(),
  iat: z.number(),
  jti: z.string(),
  sid: z.string(),
})

export type SessionClaims = z.infer<typeof claims>

export interface AppCredentials {
  apiKey: string
  apiSecret: string
}

/** A session token as App Bridge's `idToken()` gives it: a JWT for one user of one shop. */
export function issueSessionToken(shop: string, { apiKey, apiSecret }: AppCredentials): string {
  const now = Math.floor(Date.now() / 1000)
  const payload: SessionClaims = {
    iss: `https://${shop}/admin`,
    dest: `https://${shop}`,
    aud: apiKey,
    sub: '1',
    exp: now + lifetime,
    nbf: now,
    iat: now,
    jti: randomUUID(),
    sid: randomUUID(),
  }
  const content = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(payload)}`
  return `${content}.${sign(content, apiSecret)}`
}

/** The claims of a token, `null` unless it is signed, current and meant for this app. */
export function readSessionToken(
  token: string,
  { apiKey, apiSecret }: AppCredentials,
): SessionClaims | null {
  const [header, payload, signature] = token.split('.')
  if (!header || !payload || !signature) return null
  const expected = Buffer.from(sign(`${header}.${payload}`, apiSecret))
  const given = Buffer.from(signature)
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return null

  const read = claims.safeParse(JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')))
  const now = Date.now() / 1000
  if (!read.success || read.data.aud !== apiKey) return null
  return read.data.exp > now && read.data.nbf <= now + 1 ? read.data : null
}

const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
const sign = (content: string, secret: string) =>
  createHmac('sha256', secret).update(content).digest('base64url')
