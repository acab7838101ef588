/**
 * The real app between the sandbox's Shopify and Klaviyo, on the database under test, and the doors
 * through which a test arranges, acts and looks.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { AdminSession } from '../../sandbox/admin-session.ts'
import { startSandbox } from '../../sandbox/sandbox.ts'
import type { Sandbox, SandboxOptions } from '../../sandbox/sandbox.ts'
import { pointKlaviyo, seedFirstStore, webhookOf } from '../../sandbox/seed.ts'
import type { Webhook } from '../../sandbox/seed.ts'
import { Control } from './control.ts'
import { runSql, startPostgres } from './postgres.ts'

export const shopA = 'demo-one.myshopify.com'
export const shopB = 'demo-two.myshopify.com'

export const database = z
  .enum(['pglite', 'postgresql'])
  .parse(process.env['TEST_DATABASE'] ?? 'pglite')

export interface Stage {
  sandbox: Sandbox
  /** The control doors. */
  shopify: Control
  klaviyo: Control
  /** The store's admin, as its owner uses it. */
  admin(shop: string): AdminSession
  webhook(shop: string): Promise<Webhook>
  /** Rows as they lie in the database; on PGlite null, since the app alone may open it. */
  query(sql: string): Promise<Record<string, unknown>[]>
  close(): Promise<void>
}

/** Starts everything. On PostgreSQL web and worker run as processes of their own. */
export async function openStage(options: Partial<SandboxOptions> = {}): Promise<Stage> {
  const postgres = database === 'postgresql' ? await startPostgres() : null
  const sandbox = await startSandbox({
    port: 0,
    ...(postgres ? { databaseUrl: postgres.url, apart: true } : {}),
    ...options,
  })
  return {
    sandbox,
    shopify: new Control(sandbox.shopifyUrl),
    klaviyo: new Control(sandbox.klaviyoUrl),
    admin: (shop) => new AdminSession(sandbox, shop),
    webhook: (shop) => webhookOf(sandbox, shop),
    query: (sql) => {
      if (!postgres) throw new Error('only PostgreSQL can be looked into from outside')
      return runSql(postgres.url, sql)
    },
    close: async () => {
      await sandbox.close()
      await postgres?.close()
    },
  }
}

/** A stage whose first store is connected, has the rule switched on, and is known to its Klaviyo. */
export async function openSeededStage(
  options: Partial<SandboxOptions> = {},
  rule?: object,
): Promise<Stage> {
  const stage = await openStage(options)
  await seedFirstStore(stage.sandbox, rule)
  await pointKlaviyo(stage.sandbox, [{ shop: shopA, ...(await stage.webhook(shopA)) }])
  return stage
}

/** Waits until `look` gives something; fails with the last reason after `withinMs`. */
export async function eventually<T>(look: () => Promise<T>, withinMs = 15_000): Promise<T> {
  const until = Date.now() + withinMs
  for (;;) {
    try {
      return await look()
    } catch (error) {
      if (Date.now() > until) throw error
      await sleep(100)
    }
  }
}

const customers = z.array(
  z.object({
    id: z.string(),
    email: z.string().nullable(),
    phone: z.string().nullable(),
    tags: z.array(z.string()),
  }),
)

/** Tags of the store's customer with that e-mail, as Shopify has them. */
export async function tagsOf(stage: Stage, shop: string, email: string): Promise<string[]> {
  const all = await stage.shopify.get(`/customers?shop=${shop}`, customers)
  const customer = all.find((each) => each.email?.toLowerCase() === email.toLowerCase())
  if (!customer) throw new Error(`${shop} has no customer ${email}`)
  return customer.tags
}
