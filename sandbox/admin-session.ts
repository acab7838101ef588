/** Works in the app as a merchant's browser does: through its admin routes, with session tokens. */
import { z } from 'zod'

const tokenAnswer = z.object({ token: z.string() })

export class AdminSession {
  readonly shop: string
  readonly #appUrl: string
  readonly #shopifyUrl: string

  constructor({ appUrl, shopifyUrl }: { appUrl: string; shopifyUrl: string }, shop: string) {
    this.shop = shop
    this.#appUrl = appUrl
    this.#shopifyUrl = shopifyUrl
  }

  /** A session token as App Bridge would fetch it: one minute, signed for this shop. */
  async token(): Promise<string> {
    const response = await fetch(`${this.#shopifyUrl}/_sandbox/session-token`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ shop: this.shop }),
    })
    return tokenAnswer.parse(await response.json()).token
  }

  async fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers)
    headers.set('Authorization', `Bearer ${await this.token()}`)
    // shopify-app-remix turns away what doesn't look like a browser.
    headers.set('User-Agent', 'Mozilla/5.0 Chrome/150.0 Safari/537.36')
    return fetch(`${this.#appUrl}${path}`, { redirect: 'manual', ...init, headers })
  }

  /** What the route's loader gives its screen. */
  async load(path: string, route: string): Promise<Response> {
    return this.fetch(
      `${path}${path.includes('?') ? '&' : '?'}_data=${encodeURIComponent(`routes/${route}`)}`,
    )
  }

  /** What the route's action answers to a form. */
  async submit(path: string, route: string, form: Record<string, string>): Promise<Response> {
    return this.fetch(`${path}?_data=${encodeURIComponent(`routes/${route}`)}`, {
      method: 'POST',
      body: new URLSearchParams(form),
    })
  }
}
