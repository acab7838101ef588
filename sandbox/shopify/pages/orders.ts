import type { Order } from '../orders.ts'
import { displayName } from '../customer.ts'
import type { Store } from '../store.ts'
import { html, type Html } from './html.ts'

const shownAtOnce = 200

export function ordersPage(store: Store): Html {
  const newestFirst = store.orders.all.reverse()
  return html` <h1>Orders</h1>
    <section class="card flush">
      <table>
        <thead>
          <tr>
            <th>Order</th>
            <th>Customer</th>
            <th>Total</th>
            <th>Discounts</th>
            <th>Tags</th>
            <th>Attributes</th>
          </tr>
        </thead>
        <tbody>
          ${newestFirst.slice(0, shownAtOnce).map((order) => row(store, order))}
        </tbody>
      </table>
      <p class="quiet">${newestFirst.length} orders</p>
    </section>`
}

function row(store: Store, order: Order): Html {
  const customer = store.customer(order.customerId ?? '')
  return html` <tr>
    <td>${order.name}</td>
    <td>${customer ? displayName(customer) : '–'}</td>
    <td>${order.total.toFixed(2)} ${store.seed.currencyCode}</td>
    <td>${order.discountCodes.join(', ')}</td>
    <td>${order.tags.join(', ')}</td>
    <td>${order.customAttributes.map(({ key, value }) => `${key}: ${value}`).join(', ')}</td>
  </tr>`
}
