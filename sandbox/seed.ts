/** Sets the demo stores up through the app's own doors, as a merchant would. */
import { z } from 'zod'
import { AdminSession } from './admin-session.ts'
import type { Sandbox } from './sandbox.ts'

export interface Webhook {
  webhookUrl: string
  headers: Record<string, string>
}

const seededRule = {
  name: 'Win-back converted',
  trigger: {
    kind: 'metric',
    metric: { id: null, name: 'Completed Flow' },
    outcome: { property: 'branch_outcome', equals: 'converted' },
  },
  conditions: { kind: 'group', match: 'all', items: [] },
  actions: [{ id: 'tag', kind: 'add-tags', settings: { tags: ['klaviyo-reengaged'] } }],
  noCustomer: { then: 'skip' },
}

/** Connects the first store's Klaviyo and switches one rule on. */
export async function seedFirstStore(sandbox: Sandbox, rule: object = seededRule): Promise<void> {
  const [first] = sandbox.shops
  if (!first) throw new Error('the sandbox has no store')
  const session = new AdminSession(sandbox, first.shop)
  await accepted(
    await session.submit('/app/settings', 'app.settings', {
      intent: 'connect',
      key: first.klaviyoKey,
    }),
  )
  await addRule(sandbox, rule)
}

/** Saves a rule in the first store and switches it on. */
export async function addRule(sandbox: Sandbox, rule: object): Promise<void> {
  const [first] = sandbox.shops
  if (!first) throw new Error('the sandbox has no store')
  await accepted(
    await new AdminSession(sandbox, first.shop).submit('/app/rules/new', 'app.rules.$id', {
      intent: 'save',
      mode: 'on',
      document: JSON.stringify(rule),
    }),
  )
}

const settings = z.object({
  endpoint: z.object({ url: z.string(), headers: z.record(z.string(), z.string()) }),
})

/** Where the shop takes Klaviyo's events, as its settings screen shows it. */
export async function webhookOf(sandbox: Sandbox, shop: string): Promise<Webhook> {
  const response = await new AdminSession(sandbox, shop).load('/app/settings', 'app.settings')
  const { endpoint } = settings.parse(await response.json())
  return { webhookUrl: endpoint.url, headers: endpoint.headers }
}

/** Tells the local Klaviyo where each account's events go. */
export async function pointKlaviyo(
  sandbox: Sandbox,
  webhooks: ({ shop: string } & Webhook)[],
): Promise<void> {
  for (const { shop, webhookUrl, headers } of webhooks) {
    const account = shop.replace('.myshopify.com', '')
    const [secret = ''] = Object.values(headers)
    const response = await fetch(`${sandbox.klaviyoUrl}/_sandbox/webhook-targets`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ account, url: webhookUrl, secret }),
    })
    if (!response.ok)
      throw new Error(`the local Klaviyo refused a target: ${await response.text()}`)
  }
}

async function accepted(response: Response): Promise<void> {
  // Remix answers a redirect after a data request with 204 and a header.
  if (response.status >= 400)
    throw new Error(`the app refused: ${response.status} ${await response.text()}`)
  const body = await response.text()
  if (body.includes('"ok":false')) throw new Error(`the app refused: ${body}`)
}
