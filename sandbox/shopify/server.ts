import { createServer } from 'node:http'
import express, { type ErrorRequestHandler } from 'express'
import { z } from 'zod'
import { people } from '../people.ts'
import { AdminSchema } from './admin/schema.ts'
import { storage } from './bulk/storage.ts'
import { control } from './control.ts'
import { doors } from './doors.ts'
import { pages } from './pages/index.ts'
import { Platform, type ShopifyOptions } from './platform.ts'
import type { StoreSeed } from './store.ts'
import { subscribedTopics } from './subscriptions.ts'

export type { ShopifyOptions, StoreSeed }

export interface RunningShopify {
  /** Origin of the Admin API, the admin pages and `/_sandbox`. */
  url: string
  close(): Promise<void>
}

/** The two stores that `npm run sandbox` opens with. */
export function demoStores(): StoreSeed[] {
  return [
    {
      handle: 'demo-one',
      name: 'Demo One',
      email: 'owner@demo-one.example',
      plan: 'Standard',
      ianaTimezone: 'America/New_York',
      currencyCode: 'USD',
      people: people['demo-one'],
    },
    {
      handle: 'demo-two',
      name: 'Demo Two',
      email: 'owner@demo-two.example',
      plan: 'Plus',
      ianaTimezone: 'Europe/Berlin',
      currencyCode: 'EUR',
      people: people['demo-two'],
    },
  ]
}

/** Starts the local Shopify on `127.0.0.1`; resolves once it accepts connections. */
export async function startShopify(
  options: Omit<ShopifyOptions, 'topics'> & Partial<Pick<ShopifyOptions, 'topics'>>,
): Promise<RunningShopify> {
  const platform = new Platform({ topics: subscribedTopics(), ...options })
  const app = express()
    .disable('x-powered-by')
    .disable('etag')
    .use(doors(platform, new AdminSchema()))
    .use(storage(platform))
    .use('/_sandbox', control(platform))
    .use(pages(platform))
    .use(explain)

  const server = createServer(app)
  // Longer than any client keeps an idle connection, so that none is closed just as it is reused.
  server.keepAliveTimeout = 75_000
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(options.port, '127.0.0.1', resolve)
  })
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : options.port
  platform.listensAt(`http://127.0.0.1:${port}`)
  return {
    url: platform.url,
    close: () =>
      new Promise((resolve, reject) => {
        platform.stop()
        server.close((error) => (error ? reject(error) : resolve()))
        server.closeAllConnections()
      }),
  }
}

const explain: ErrorRequestHandler = (error: unknown, _request, response, next) => {
  if (response.headersSent) return next(error)
  const words = error instanceof z.ZodError ? z.prettifyError(error) : String(error)
  response.status(400).json({ error: words })
}
