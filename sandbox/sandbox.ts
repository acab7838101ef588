/** The local Shopify, the local Klaviyo and the app between them, started and stopped together. */
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { apiKey, apiSecret, startApp } from './app.ts'
import type { AppOptions, RunningApp } from './app.ts'
import { demoAccounts, startKlaviyo } from './klaviyo/server.ts'
import { demoStores, startShopify } from './shopify/server.ts'

export interface SandboxOptions {
  /** Shopify listens here, Klaviyo on the next port, the app on the one after; 0 takes free ones. */
  port: number
  /** Unset: PGlite in a folder that goes with the sandbox. */
  databaseUrl?: string
  /** More environment for the app. */
  env?: Record<string, string>
  /** Delay of each answer of Shopify's and Klaviyo's. */
  latencyMs?: number
  /** Web and worker as processes of their own; needs `databaseUrl`. */
  apart?: boolean
}

export interface Sandbox {
  shopifyUrl: string
  klaviyoUrl: string
  appUrl: string
  shops: { shop: string; handle: string; klaviyoKey: string }[]
  /** The app's processes, web first. */
  apps: RunningApp[]
  /** Starts the app again on the same data, as after a crash or a deploy. */
  restart(): Promise<void>
  close(): Promise<void>
}

export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const [shopifyPort, klaviyoPort, appPort] = await threePorts(options.port)
  const workerPort = await freePort()
  const appUrl = `http://127.0.0.1:${appPort}`
  const klaviyoUrl = `http://127.0.0.1:${klaviyoPort}`
  const latency = options.latencyMs === undefined ? {} : { latencyMs: options.latencyMs }
  const stores = demoStores()
  const accounts = demoAccounts()
  const shopify = await startShopify({
    port: shopifyPort,
    appUrl,
    apiKey,
    apiSecret,
    klaviyoUrl,
    stores,
    ...latency,
  })
  const klaviyo = await startKlaviyo({ port: klaviyoPort, accounts, appUrl, ...latency })
  const folder = await mkdtemp(join(tmpdir(), 'klaviyo-actions-'))
  const database = options.databaseUrl ? { url: options.databaseUrl } : { folder }

  const app: Omit<AppOptions, 'role'> = {
    port: appPort,
    shopifyUrl: shopify.url,
    klaviyoUrl: klaviyo.url,
    database,
    ...(options.env ? { env: options.env } : {}),
  }
  const start = () =>
    options.apart
      ? Promise.all([
          startApp({ ...app, role: 'web' }),
          startApp({ ...app, role: 'worker', port: workerPort }),
        ])
      : Promise.all([startApp({ ...app, role: 'all' })])

  const sandbox: Sandbox = {
    shopifyUrl: shopify.url,
    klaviyoUrl: klaviyo.url,
    appUrl,
    shops: stores.map(({ handle }, index) => ({
      shop: `${handle}.myshopify.com`,
      handle,
      klaviyoKey: Object.keys(accounts[index]?.keys ?? {})[0] ?? '',
    })),
    apps: await start(),
    restart: async () => {
      await Promise.all(sandbox.apps.map((each) => each.stop()))
      sandbox.apps = await start()
    },
    close: async () => {
      await Promise.all(sandbox.apps.map((each) => each.stop()))
      await Promise.all([shopify.close(), klaviyo.close()])
      await rm(folder, { recursive: true, force: true })
    },
  }
  return sandbox
}

async function threePorts(first: number): Promise<[number, number, number]> {
  if (first > 0) return [first, first + 1, first + 2]
  return Promise.all([freePort(), freePort(), freePort()])
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject).listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}
