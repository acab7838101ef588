import type { Platform } from '../platform.ts'
import type { Store } from '../store.ts'
import { html, type Html } from './html.ts'

export type Section = 'home' | 'customers' | 'orders' | 'discounts' | 'flow' | 'app' | 'settings'

export interface Page {
  platform: Platform
  store: Store
  section: Section
  title: string
  body: Html
  /** What the last action did, shown above the page. */
  notice?: string
}

/** The admin's frame around every page: top bar with the store switcher, navigation, content. */
export function layout({ platform, store, section, title, body, notice }: Page): Html {
  const root = `/store/${store.seed.handle}`
  const link = (to: Section, path: string, label: string) =>
    html` <a href="${root}${path}" ${section === to ? html` aria-current="page"` : ''}>${label}</a>`

  return html`<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>${title} · ${store.seed.name} · Sandbox</title>
  <link rel="icon" href="data:,">
  <link rel="stylesheet" href="/assets/admin.css">
</head>
<body>
  <header id="top">
    <label for="menu" class="menu" aria-label="Navigation">☰</label>
    <a class="brand" href="${root}/home">Sandbox admin</a>
    <div id="save-bar" role="region" aria-label="Unsaved changes" hidden>
      <span>Unsaved changes</span><div></div>
    </div>
    <label class="switcher">
      <span class="visually-hidden">Store</span>
      <select onchange="location.assign('/store/' + this.value)">
        ${platform.stores.map(
          ({ seed }) =>
            html` <option
              value="${seed.handle}"
              ${seed.handle === store.seed.handle ? html` selected` : ''}
            >
              ${seed.name}
            </option>`,
        )}
      </select>
    </label>
    <div id="progress" hidden></div>
  </header>
  <div id="frame">
    <input type="checkbox" id="menu" hidden>
    <nav aria-label="Admin">
      ${link('home', '/home', 'Home')}
      ${link('orders', '/orders', 'Orders')}
      ${link('customers', '/customers', 'Customers')}
      ${link('discounts', '/discounts', 'Discounts')}
      ${link('flow', '/flow', 'Flow')}
      <h2>Apps</h2>
      ${link('app', '', 'Klaviyo Actions')}
      <div id="app-nav"></div>
      <div class="end">
        ${link('settings', '/settings', 'Settings')}
        <a href="${platform.options.klaviyoUrl}" target="_blank" rel="noreferrer">Klaviyo ↗</a>
      </div>
    </nav>
    <main${section === 'app' ? html` class="app"` : ''}>
      ${notice && html`<p class="notice" role="status">${notice}</p>`}
      ${body}
    </main>
  </div>
  <div id="toasts" role="status" aria-live="polite"></div>
</body>
</html>`
}
