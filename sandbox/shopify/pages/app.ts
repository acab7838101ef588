import { createHmac } from 'node:crypto'
import { issueSessionToken } from '../session-token.ts'
import type { Platform } from '../platform.ts'
import type { Store } from '../store.ts'
import { html, type Html } from './html.ts'

/** The page that embeds the app, or offers to install it. */
export function appPage(platform: Platform, store: Store, path: string): Html {
  const { handle } = store.seed
  if (!store.isInstalled) {
    return html` <section class="card">
      <h1>Install Klaviyo Actions</h1>
      <p>The app will be able to:</p>
      <ul>
        ${[...store.scopes].sort().map((scope) => html`<li><code>${scope}</code></li>`)}
      </ul>
      <form method="post" action="/store/${handle}/install">
        <button class="primary">Install</button>
      </form>
    </section>`
  }
  return html` <div id="title-bar">
      <h1>Klaviyo Actions</h1>
      <div></div>
    </div>
    <iframe
      title="Klaviyo Actions"
      src="${embeddedUrl(platform, store, path)}"
      data-store="${handle}"
      data-app-origin="${new URL(platform.options.appUrl).origin}"
      allow="clipboard-read; clipboard-write"
    ></iframe>
    <dialog id="leave">
      <form method="dialog">
        <h2>Leave page with unsaved changes?</h2>
        <p>Leaving this page will delete all unsaved changes.</p>
        <div class="buttons">
          <button value="stay">Stay</button
          ><button value="leave" class="critical">Leave page</button>
        </div>
      </form>
    </dialog>
    <dialog id="pick">
      <form method="dialog">
        <h2></h2>
        <ul></ul>
        <div class="buttons">
          <button value="cancel">Cancel</button
          ><button value="select" class="primary">Select</button>
        </div>
      </form>
    </dialog>
    <dialog id="consent">
      <form method="dialog">
        <h2>Klaviyo Actions asks for more access</h2>
        <p>The app will be able to:</p>
        <ul></ul>
        <div class="buttons">
          <button value="decline">Don’t allow</button
          ><button value="allow" class="primary">Allow</button>
        </div>
      </form>
    </dialog>
    <script type="module" src="/assets/admin.js"></script>`
}

/** The app's address with what Shopify adds to it, signed as Shopify signs it. */
function embeddedUrl({ options }: Platform, { shop, seed }: Store, path: string): string {
  const url = new URL(path, options.appUrl)
  const added = {
    embedded: '1',
    host: Buffer.from(`admin.shopify.com/store/${seed.handle}`).toString('base64'),
    id_token: issueSessionToken(shop, options),
    locale: 'en',
    shop,
    timestamp: String(Math.floor(Date.now() / 1000)),
  }
  for (const [name, value] of Object.entries(added)) url.searchParams.set(name, value)
  url.searchParams.sort()
  const signed = createHmac('sha256', options.apiSecret).update(url.searchParams.toString())
  url.searchParams.set('hmac', signed.digest('hex'))
  return url.href
}
