import type { FlowTrigger } from '../flow.ts'
import type { Store } from '../store.ts'
import { html, type Html } from './html.ts'

const shownAtOnce = 200

/** What apps told Shopify Flow, the newest first. Workflows themselves the sandbox has none. */
export function flowPage({ flowTriggers }: Store): Html {
  return html` <h1>Flow</h1>
    <section class="card flush">
      <table>
        <thead>
          <tr>
            <th>Received</th>
            <th>Trigger</th>
            <th>Payload</th>
          </tr>
        </thead>
        <tbody>
          ${flowTriggers.slice(-shownAtOnce).reverse().map(row)}
        </tbody>
      </table>
      <p class="quiet">${flowTriggers.length} received</p>
    </section>`
}

function row({ at, handle, payload }: FlowTrigger): Html {
  return html` <tr>
    <td><time>${at}</time></td>
    <td><code>${handle}</code></td>
    <td><code>${JSON.stringify(payload)}</code></td>
  </tr>`
}
