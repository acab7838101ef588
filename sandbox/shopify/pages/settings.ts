import type { Platform } from '../platform.ts'
import { grantable, optional, type Store } from '../store.ts'
import { planNames } from '../throttle.ts'
import type { Delivery } from '../webhooks.ts'
import { html, type Html } from './html.ts'

export function homePage(platform: Platform, store: Store): Html {
  const { handle, name } = store.seed
  const customers = store.customers.length
  return html` <h1>${name}</h1>
    <section class="card">
      <dl>
        <dt>Shop</dt>
        <dd><code>${store.shop}</code></dd>
        <dt>Plan</dt>
        <dd>${store.plan}</dd>
        <dt>Customers</dt>
        <dd><a href="/store/${handle}/customers">${customers}</a></dd>
        <dt>App</dt>
        <dd>
          <a href="/store/${handle}">Klaviyo Actions</a>,
          ${store.isInstalled ? 'installed' : 'not installed'}
        </dd>
        <dt>Klaviyo</dt>
        <dd><a href="${platform.options.klaviyoUrl}">${platform.options.klaviyoUrl}</a></dd>
      </dl>
    </section>`
}

export function settingsPage(platform: Platform, store: Store): Html {
  const root = `/store/${store.seed.handle}`
  const { status, isEnforced } = store.bucket
  const deliveries = platform.webhooks.deliveries.filter(({ shop }) => shop === store.shop)
  return html` <h1>Settings</h1>
    <section class="card">
      <h2>Klaviyo Actions</h2>
      ${store.isInstalled ? installed(store, root) : notInstalled(root)}
    </section>
    <section class="card">
      <h2>Plan and API limits</h2>
      <p>
        ${status.currentlyAvailable} of ${status.maximumAvailable} points left,
        ${status.restoreRate} back each second.
      </p>
      <form method="post" action="${root}/plan" class="fields">
        <label
          >Plan
          <select name="plan">
            ${planNames.map((plan) => html`<option${plan === store.plan ? html` selected` : ''}>${plan}</option>`)}
          </select></label
        >
        <label
          ><input type="checkbox" name="enforced" ${isEnforced ? html` checked` : ''} /> Enforce
          limits</label
        >
        <button>Save</button>
      </form>
    </section>
    <section class="card flush">
      <h2>Webhooks</h2>
      ${deliveries.length === 0 && html`<p class="quiet">None sent yet</p>`}
      ${
        deliveries.length > 0 &&
        html` <table>
          <thead>
            <tr>
              <th>Sent</th>
              <th>Topic</th>
              <th>Answer</th>
              <th>Took</th>
            </tr>
          </thead>
          <tbody>
            ${deliveries.slice(-50).reverse().map(delivered)}
          </tbody>
        </table>`
      }
    </section>`
}

function installed(store: Store, root: string): Html {
  return html` <form method="post" action="${root}/scopes">
      <fieldset>
        <legend>Access scopes</legend>
        ${[...grantable, ...optional].map(
          (scope) =>
            html` <label
              ><input
                type="checkbox"
                name="scopes"
                value="${scope}"
                ${store.scopes.has(scope) ? html` checked` : ''}
              />
              <code>${scope}</code></label
            >`,
        )}
      </fieldset>
      <button>Grant these</button>
    </form>
    <div class="buttons">
      <form method="post" action="${root}/uninstall">
        <button class="critical">Uninstall</button>
      </form>
    </div>`
}

function notInstalled(root: string): Html {
  return html` <p>
      Not installed. 48 hours after that, Shopify asks the app to erase what it holds on the shop.
    </p>
    <div class="buttons">
      <form method="post" action="${root}/install"><button class="primary">Install</button></form>
      <form method="post" action="${root}/privacy">
        <button class="critical" name="topic" value="shop/redact">Erase the shop’s data</button>
      </form>
    </div>`
}

function delivered({ at, topic, status, durationMs }: Delivery): Html {
  return html` <tr>
    <td><time>${at}</time></td>
    <td><code>${topic}</code></td>
    <td>${status ?? 'no answer'}</td>
    <td>${durationMs} ms</td>
  </tr>`
}
