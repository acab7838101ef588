import { displayName, legacyId, type Customer } from '../customer.ts'
import type { Store } from '../store.ts'
import { html, type Html } from './html.ts'

const shownAtOnce = 200

export function customersPage(store: Store, search: string): Html {
  const wanted = search.trim().toLowerCase()
  const found = [...store.customers].filter((customer) => textOf(customer).includes(wanted))
  return html` <h1>Customers</h1>
    <section class="card flush">
      <form class="search">
        <input
          type="search"
          name="q"
          value="${search}"
          placeholder="Search names, addresses, tags"
          aria-label="Search customers"
        />
        <button>Search</button>
      </form>
      <table>
        <thead>
          <tr>
            <th>Customer</th>
            <th>Email</th>
            <th>Phone</th>
            <th>Tags</th>
          </tr>
        </thead>
        <tbody>
          ${found.slice(0, shownAtOnce).map((customer) => row(store, customer))}
        </tbody>
      </table>
      <p class="quiet">
        ${found.length}
        ${found.length === 1 ? 'customer' : 'customers'}${
          found.length > shownAtOnce ? `, the first ${shownAtOnce} shown` : ''
        }
      </p>
    </section>`
}

export function customerPage(store: Store, customer: Customer): Html {
  const metafields = store.metafields.of(customer.id)
  const credit = store.credit.of(customer.id)
  const changes = store.journal.filter(({ customerId }) => customerId === customer.id).reverse()
  return html` <a class="back" href="/store/${store.seed.handle}/customers">← Customers</a>
    <h1>${displayName(customer)}</h1>
    <section class="card">
      <h2>Tags</h2>
      ${tagsOf(customer)}
    </section>
    <section class="card">
      <h2>Metafields</h2>
      ${metafields.length === 0 && html`<p class="quiet">None yet</p>`}
      <dl>
        ${metafields.map(
          ({ namespace, key, type, value }) =>
            html`<dt title="${type}">${namespace}.${key}</dt>
              <dd>${value}</dd>`,
        )}
      </dl>
    </section>
    <section class="card">
      <h2>Store credit</h2>
      ${credit.length === 0 && html`<p class="quiet">None yet</p>`}
      ${credit.map(
        ({ balance, currency, transactions }) =>
          html`<p>Balance ${balance.toFixed(2)} ${currency}</p>
            <ul>
              ${transactions
                .toReversed()
                .map(
                  ({ createdAt, amount, expiresAt }) =>
                    html` <li>
                      <time>${createdAt.toISOString()}</time> ${amount.toFixed(2)}
                      ${expiresAt && html`until ${expiresAt.toISOString().slice(0, 10)}`}
                    </li>`,
                )}
            </ul>`,
      )}
    </section>
    <section class="card">
      <h2>Contact</h2>
      <dl>
        <dt>Email</dt>
        <dd>${customer.email ?? '–'}</dd>
        <dt>Phone</dt>
        <dd>${customer.phone ?? '–'}</dd>
        <dt>Id</dt>
        <dd><code>${customer.id}</code></dd>
        <dt>Updated</dt>
        <dd>${customer.updatedAt.toISOString()}</dd>
      </dl>
    </section>
    <section class="card">
      <h2>Changes</h2>
      ${changes.length === 0 && html`<p class="quiet">None yet</p>`}
      <ul>
        ${changes.map(
          ({ at, operation, added, removed, metafield }) =>
            html` <li>
              <time>${at}</time>
              <code>${operation}</code>
              ${added.map((tag) => html` <span class="tag added">+ ${tag}</span>`)}
              ${removed.map((tag) => html` <span class="tag removed">− ${tag}</span>`)}
              ${
                metafield &&
                html`${metafield.name}: ${metafield.before ?? 'none'} → ${metafield.after ?? 'none'}`
              }
            </li>`,
        )}
      </ul>
    </section>
    <section class="card">
      <h2>Privacy</h2>
      <p class="quiet">
        What Shopify tells the app when this customer asks for their data, or to be forgotten.
      </p>
      <form method="post" action="/store/${store.seed.handle}/privacy" class="buttons">
        <input type="hidden" name="customerId" value="${customer.id}" />
        <button name="topic" value="customers/data_request">Request data</button>
        <button name="topic" value="customers/redact" class="critical">Erase data</button>
      </form>
    </section>`
}

function row(store: Store, customer: Customer): Html {
  const address = `/store/${store.seed.handle}/customers/${legacyId(customer.id)}`
  return html` <tr>
    <td><a href="${address}">${displayName(customer)}</a></td>
    <td>${customer.email}</td>
    <td>${customer.phone}</td>
    <td>${tagsOf(customer)}</td>
  </tr>`
}

function tagsOf({ tags }: Customer): Html {
  if (tags.length === 0) return html`<span class="quiet">No tags</span>`
  return html`<span class="tags">${tags.map((tag) => html`<span class="tag">${tag}</span>`)}</span>`
}

const textOf = (customer: Customer) =>
  [displayName(customer), customer.email, customer.phone, ...customer.tags].join(' ').toLowerCase()
