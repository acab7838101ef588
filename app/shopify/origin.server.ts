import { abstractFetch, setAbstractFetchFunc } from '@shopify/shopify-api/runtime'

/**
 * From the first byte out to the last byte in. Connecting is part of it; Node's fetch gives up on
 * that alone after 10 s (undici's `connectTimeout`), and keeps connections alive.
 */
const usualAnswerTimeoutMs = 30_000

/**
 * Puts a total time-out on every call that Shopify's library makes, and sends those for
 * `https://{shop}.myshopify.com/path` to the same path at `origin` when there is one, with the shop
 * in the header `X-Shopify-Shop-Domain`. Call once, after the library's adapter was imported.
 */
export function sendShopsTo(
  origin: string | undefined,
  answerTimeoutMs = usualAnswerTimeoutMs,
): void {
  const send = abstractFetch
  setAbstractFetchFunc((input, init) => {
    const request = new Request(input, init)
    const timeout = AbortSignal.timeout(answerTimeoutMs)
    const signal = AbortSignal.any([request.signal, timeout])
    const url = new URL(request.url)
    if (!origin || !url.hostname.endsWith('.myshopify.com')) return send(request, { signal })
    const headers = new Headers(request.headers)
    headers.set('X-Shopify-Shop-Domain', url.hostname)
    return send(new Request(new URL(url.pathname + url.search, origin), request), {
      signal,
      headers,
    })
  })
}
