import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import express, { type ErrorRequestHandler } from 'express'
import { z } from 'zod'
import type { AccountSeed } from './account.ts'
import { api } from './api.ts'
import { control } from './control.ts'
import { demoAccounts } from './demo.ts'
import { Platform, type KlaviyoOptions } from './platform.ts'

export { demoAccounts }
export type { AccountSeed, KlaviyoOptions }

export interface RunningKlaviyo {
  /** Origin of the API, of the page for people and of `/_sandbox`. */
  url: string
  close(): Promise<void>
}

/** Starts the local Klaviyo on `127.0.0.1`; resolves once it accepts connections. */
export async function startKlaviyo(options: KlaviyoOptions): Promise<RunningKlaviyo> {
  const platform = new Platform(options)
  const page = readFileSync(new URL('page.html', import.meta.url), 'utf8').replaceAll(
    '{{ appUrl }}',
    options.appUrl,
  )
  const app = express()
    .disable('x-powered-by')
    .disable('etag')
    .set('query parser', 'simple')
    .use('/api', api(platform))
    .use('/_sandbox', control(platform))
    .get('/', (_request, response) => void response.type('html').send(page))
    .use(explain)

  const server = createServer(app)
  // Longer than any client keeps an idle connection, so that none is closed just as it is reused.
  server.keepAliveTimeout = 75_000
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(options.port, '127.0.0.1', resolve)
  })
  const address = server.address()
  const port = address !== null && typeof address === 'object' ? address.port : options.port
  return {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve, reject) => {
        platform.webhooks.clear()
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
