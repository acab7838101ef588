/** The app as a process of its own, pointed at the local Shopify and Klaviyo. */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { setTimeout as sleep } from 'node:timers/promises'

export const apiKey = 'sandbox-client-id'
export const apiSecret = 'sandbox-client-secret'

const entry = fileURLToPath(new URL('../build/server/index.js', import.meta.url))
const root = fileURLToPath(new URL('..', import.meta.url))

/** As in `npm start`. */
const flags = ['--max-semi-space-size=8', '--heap-growing-percent=50']

const startsWithinMs = 60_000

export interface AppOptions {
  port: number
  shopifyUrl: string
  klaviyoUrl: string
  /** PGlite in a folder, or a PostgreSQL server. */
  database: { folder: string } | { url: string }
  /** `all` = web and worker in one process. */
  role?: 'all' | 'web' | 'worker'
  env?: Record<string, string>
}

export interface RunningApp {
  url: string
  pid: number
  /** Ends the process, by default as an operator would; resolves once it is gone. */
  stop(signal?: NodeJS.Signals): Promise<void>
  /** What it wrote to its log. */
  output(): string
}

/** One key for all processes of this sandbox, so that they read what each other sealed. */
const encryptionKeys = `sandbox:${randomBytes(32).toString('base64')}`

/** Starts the built app; resolves once it answers. Rejects with its log when it ends before. */
export async function startApp(options: AppOptions): Promise<RunningApp> {
  const { port, role = 'all' } = options
  const url = `http://127.0.0.1:${port}`
  const child = spawn(process.execPath, [...flags, entry, role], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'],
      NODE_ENV: 'production',
      SANDBOX: '1',
      HOST: '127.0.0.1',
      PORT: String(port),
      SHOPIFY_API_KEY: apiKey,
      SHOPIFY_API_SECRET: apiSecret,
      SHOPIFY_APP_URL: url,
      SHOPIFY_ADMIN_ORIGIN: options.shopifyUrl,
      KLAVIYO_BASE_URL: options.klaviyoUrl,
      APP_BRIDGE_URL: `${options.shopifyUrl}/app-bridge.js`,
      WEBHOOKS_TO_THIS_MACHINE: '1',
      ENCRYPTION_KEYS: encryptionKeys,
      ...('url' in options.database
        ? { DATABASE_URL: options.database.url }
        : { DATA_DIR: options.database.folder }),
      ...options.env,
    },
  })
  let output = ''
  const keep = (chunk: Buffer) => {
    output = (output + chunk.toString()).slice(-200_000)
  }
  child.stdout.on('data', keep)
  child.stderr.on('data', keep)

  await answers(child, `${url}/healthz`, () => output)
  return {
    url,
    pid: child.pid ?? 0,
    output: () => output,
    stop: async (signal = 'SIGTERM') => {
      if (child.exitCode !== null || child.signalCode !== null) return
      const gone = once(child, 'exit')
      child.kill(signal)
      await gone
    },
  }
}

async function answers(child: ChildProcess, url: string, output: () => string): Promise<void> {
  const until = Date.now() + startsWithinMs
  while (Date.now() < until) {
    if (child.exitCode !== null) throw new Error(`The app ended at its start:\n${output()}`)
    if (await isUp(url)) return
    await sleep(50)
  }
  child.kill('SIGKILL')
  throw new Error(`The app did not answer within ${startsWithinMs / 1_000} s:\n${output()}`)
}

async function isUp(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).ok
  } catch {
    return false
  }
}
