/** Where Klaviyo posts for one shop, and what the merchant has to type in there. */

export interface EndpointView {
  id: string
  url: string
  /** One or two, oldest first. */
  secrets: { id: string; createdAt: Date; value: string }[]
  /** The headers of Klaviyo's webhook action, with the newest secret. */
  headers: Record<string, string>
  /** The JSON body of Klaviyo's webhook action, with Klaviyo's template variables. */
  flowBody: string
  lastEventAt: Date | null
  /** The last delivery that was known to be the shop's but could not be read, and why. */
  lastRefusal: { at: Date; why: string } | null
}

export type SecretOutcome = { ok: true; endpoint: EndpointView } | { ok: false; message: string }

export async function endpointOf(_shop: string): Promise<EndpointView> {
  throw new Error('Not here yet.')
}
/** Adds a second secret; both are valid until one is retired. */
export async function rotateSecret(_shop: string): Promise<SecretOutcome> {
  throw new Error('Not here yet.')
}
/** Never the last one. */
export async function retireSecret(_shop: string, _secretId: string): Promise<SecretOutcome> {
  throw new Error('Not here yet.')
}
