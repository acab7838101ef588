/** What every page that we answer with tells the browser about itself. */
import { config } from './config.server.ts'

const shopDomain = /^[a-z0-9][a-z0-9-]*\.myshopify\.com$/i

/** In the sandbox its admin page stands in. */
const admin = config.shopify.adminOrigin ?? 'https://admin.shopify.com'

const appBridgeUrl =
  config.shopify.appBridgeUrl ?? 'https://cdn.shopify.com/shopifycloud/app-bridge.js'

/**
 * Lets the store's admin frame the page, and nobody else.
 * https://shopify.dev/docs/apps/build/security/set-up-iframe-protection
 */
export function secureDocument(request: Request, headers: Headers): void {
  const shop = new URL(request.url).searchParams.get('shop') ?? ''
  const isShop = shopDomain.test(shop)
  const framers = isShop ? [`https://${shop}`, admin] : [admin]
  headers.set('Content-Security-Policy', `frame-ancestors ${framers.join(' ')};`)
  // Fetched while the page is still on its way. Pages without a shop have no use for it.
  if (isShop) headers.set('Link', `<${appBridgeUrl}>; rel="preload"; as="script"`)
  headers.set('X-Content-Type-Options', 'nosniff')
  // Our addresses carry session tokens: other origins must not be told them.
  headers.set('Referrer-Policy', 'strict-origin-when-cross-origin')
}
