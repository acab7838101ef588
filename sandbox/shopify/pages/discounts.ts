import { statusOf, type Discount } from '../discounts.ts'
import { displayName, legacyId } from '../customer.ts'
import type { Store } from '../store.ts'
import { html, type Html } from './html.ts'

const shownAtOnce = 200

export function discountsPage(store: Store): Html {
  const newestFirst = store.discounts.all.reverse()
  return html` <h1>Discounts</h1>
    <section class="card flush">
      <table>
        <thead>
          <tr>
            <th>Code</th>
            <th>Status</th>
            <th>Worth</th>
            <th>Customer</th>
            <th>Used</th>
            <th></th>
          </tr>
        </thead>
        <tbody>
          ${newestFirst.slice(0, shownAtOnce).map((discount) => row(store, discount))}
        </tbody>
      </table>
      <p class="quiet">${newestFirst.length} discounts</p>
    </section>`
}

function row(store: Store, discount: Discount): Html {
  const { handle } = store.seed
  const { code, title, uses, usageLimit, customers } = discount
  const customer = store.customer(customers[0] ?? '')
  return html` <tr>
    <td title="${title}"><code>${code}</code></td>
    <td>${statusOf(discount).toLowerCase()}</td>
    <td>${worthOf(discount, store)}</td>
    <td>
      ${
        customer
          ? html`<a href="/store/${handle}/customers/${legacyId(customer.id)}"
              >${displayName(customer)}</a
            >`
          : 'Everybody'
      }
    </td>
    <td>${uses.length}${usageLimit === null ? '' : ` of ${usageLimit}`}</td>
    <td>
      <form method="post" action="/store/${handle}/discounts/redeem">
        <button name="code" value="${code}">Buy with it</button>
      </form>
    </td>
  </tr>`
}

function worthOf({ worth }: Discount, { seed }: Store): string {
  if (!worth) return 'Free shipping'
  return 'percentage' in worth
    ? `${Math.round(worth.percentage * 10_000) / 100}%`
    : `${worth.amount.toFixed(2)} ${seed.currencyCode}`
}
