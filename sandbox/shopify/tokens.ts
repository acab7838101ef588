import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import { readSessionToken, type AppCredentials } from './session-token.ts'
import type { Store } from './store.ts'

const tokenExchange = 'urn:ietf:params:oauth:grant-type:token-exchange'
const idToken = 'urn:ietf:params:oauth:token-type:id_token'
const offlineToken = 'urn:shopify:params:oauth:token-type:offline-access-token'

/** Lifetimes of expiring offline tokens, in seconds. */
const accessLifetime = 3_600
const refreshLifetime = 7_776_000

const grant = z.discriminatedUnion('grant_type', [
  z.object({
    grant_type: z.literal(tokenExchange),
    client_id: z.string(),
    client_secret: z.string(),
    subject_token: z.string(),
    subject_token_type: z.literal(idToken),
    requested_token_type: z.literal(offlineToken),
    expiring: z.enum(['0', '1']).default('0'),
  }),
  z.object({
    grant_type: z.literal('refresh_token'),
    client_id: z.string(),
    client_secret: z.string(),
    refresh_token: z.string(),
  }),
])

export type GrantAnswer =
  | { status: 200; body: Record<string, unknown> }
  | { status: 400; body: { error: string; error_description: string } }

interface Held {
  shop: string
  /** Milliseconds since the epoch, `null` for a token that doesn't expire. */
  expiresAt: number | null
}

/** The access and refresh tokens that shops gave to the app. */
export class Tokens {
  readonly #credentials: AppCredentials
  readonly #access = new Map<string, Held>()
  readonly #refresh = new Map<string, Held>()

  constructor(credentials: AppCredentials) {
    this.#credentials = credentials
  }

  /** Answers `POST /admin/oauth/access_token`. */
  grant(store: Store, body: unknown): GrantAnswer {
    const request = grant.safeParse(body)
    if (!request.success) return refused('invalid_request', z.prettifyError(request.error))
    const { client_id: id, client_secret: secret } = request.data
    if (id !== this.#credentials.apiKey || secret !== this.#credentials.apiSecret) {
      return refused('invalid_client', 'Client authentication failed')
    }
    return request.data.grant_type === tokenExchange
      ? this.#exchange(store, request.data.subject_token, request.data.expiring === '1')
      : this.#rotate(store, request.data.refresh_token)
  }

  opens(store: Store, accessToken: string): boolean {
    return store.isInstalled && isLive(this.#access.get(accessToken), store)
  }

  /** Ends the shop's access tokens as if their hour were over; refresh tokens stay good. */
  expire(shop: string): void {
    for (const held of this.#access.values()) {
      if (held.shop === shop) held.expiresAt = Date.now()
    }
  }

  /** Ends every token of the shop, as uninstalling does. */
  revoke(shop: string): void {
    for (const tokens of [this.#access, this.#refresh]) {
      for (const [token, held] of tokens) if (held.shop === shop) tokens.delete(token)
    }
  }

  #exchange(store: Store, sessionToken: string, isExpiring: boolean): GrantAnswer {
    const claims = readSessionToken(sessionToken, this.#credentials)
    if (!claims || claims.dest !== `https://${store.shop}` || !store.isInstalled) {
      return refused('invalid_subject_token', 'The session token is invalid or expired')
    }
    return { status: 200, body: this.#issue(store, isExpiring) }
  }

  #rotate(store: Store, refreshToken: string): GrantAnswer {
    if (!isLive(this.#refresh.get(refreshToken), store) || !store.isInstalled) {
      return refused('invalid_grant', 'The refresh token is invalid, expired or was used before')
    }
    this.#refresh.delete(refreshToken)
    return { status: 200, body: this.#issue(store, true) }
  }

  #issue(store: Store, isExpiring: boolean) {
    const { shop } = store
    const accessToken = `shpat_${randomBytes(16).toString('hex')}`
    const scope = compress(store.scopes)
    if (!isExpiring) {
      this.#access.set(accessToken, { shop, expiresAt: null })
      return { access_token: accessToken, scope }
    }
    const refreshToken = `shprt_${randomBytes(16).toString('hex')}`
    this.#access.set(accessToken, { shop, expiresAt: Date.now() + accessLifetime * 1000 })
    this.#refresh.set(refreshToken, { shop, expiresAt: Date.now() + refreshLifetime * 1000 })
    return {
      access_token: accessToken,
      scope,
      expires_in: accessLifetime,
      refresh_token: refreshToken,
      refresh_token_expires_in: refreshLifetime,
    }
  }
}

const isLive = (held: Held | undefined, store: Store) =>
  held !== undefined &&
  held.shop === store.shop &&
  (held.expiresAt === null || held.expiresAt > Date.now())

const refused = (error: string, description: string): GrantAnswer => ({
  status: 400,
  body: { error, error_description: description },
})

/** Scopes as a token names them: `write_x` stands for `read_x` too. */
const compress = (scopes: ReadonlySet<string>) =>
  [...scopes]
    .filter((scope) => !scope.startsWith('read_') || !scopes.has(`write_${scope.slice(5)}`))
    .sort()
    .join(',')
