/** What the benchmarks start from: a connected store with one rule, upstreams without limits. */
import { readFileSync } from 'node:fs'
import { startSandbox } from '../sandbox/sandbox.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'
import { seedFirstStore, webhookOf } from '../sandbox/seed.ts'
import { startPostgres } from '../test/harness/postgres.ts'
import { Control } from '../test/harness/control.ts'

export const databases = ['postgresql', 'pglite'] as const
export type Database = (typeof databases)[number]

export interface BenchStage {
  sandbox: Sandbox
  shop: string
  account: string
  url: string
  secret: string
  shopify: Control
  klaviyo: Control
  close(): Promise<void>
}

/** On PostgreSQL web and worker are processes of their own, as in production, unless told otherwise. */
export async function openBench(
  database: Database,
  latencyMs: number,
  { env, apart = true }: { env?: Record<string, string>; apart?: boolean } = {},
): Promise<BenchStage> {
  const postgres = database === 'postgresql' ? await startPostgres() : null
  const sandbox = await startSandbox({
    port: 0,
    latencyMs,
    env: { LOG_LEVEL: 'warn', ...env },
    ...(postgres ? { databaseUrl: postgres.url, apart } : {}),
  })
  const [first] = sandbox.shops
  if (!first) throw new Error('the sandbox has no store')
  const shopify = new Control(sandbox.shopifyUrl)
  const klaviyo = new Control(sandbox.klaviyoUrl)
  await shopify.post('/throttling', { enabled: false })
  await klaviyo.post('/limits', { enabled: false })
  await seedFirstStore(sandbox)
  const { webhookUrl, headers } = await webhookOf(sandbox, first.shop)
  return {
    sandbox,
    shop: first.shop,
    account: first.handle,
    url: webhookUrl,
    secret: Object.values(headers)[0] ?? '',
    shopify,
    klaviyo,
    close: async () => {
      await sandbox.close()
      await postgres?.close()
    },
  }
}

/** Highest resident memory that the app's processes ever had, or have now, in MB, added up. */
export function memoryMb({ sandbox }: BenchStage, what: 'VmHWM' | 'VmRSS'): number {
  const kilobytes = sandbox.apps.map(({ pid }) => {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    return Number(new RegExp(`${what}:\\s+(\\d+)`).exec(status)?.[1] ?? 0)
  })
  return Math.round(kilobytes.reduce((sum, each) => sum + each, 0) / 1024)
}

export function print(line: Record<string, string | number>): void {
  console.log(JSON.stringify(line))
}
