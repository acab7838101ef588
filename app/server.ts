/**
 * The process: `node build/server/index.js [web|worker|rotate-keys]`. Without a word it is web and
 * worker in one, which is what PGlite allows.
 */
import { createServer } from 'node:http'
import { join } from 'node:path'
import { createRequestHandler } from '@remix-run/express'
import express from 'express'
import type { Express, RequestHandler } from 'express'
import type { ServerBuild } from '@remix-run/node'
import * as build from 'virtual:remix/server-build'
import { config } from './config.server.ts'
import { closeDatabase } from './db/client.server.ts'
import { migrate } from './db/migrate.server.ts'
import { startJobs, stopJobs } from './jobs/jobs.server.ts'
import { log } from './log.server.ts'
import { resealAll } from './shops/rotate-keys.server.ts'

// Shopify and Klaviyo wait a few seconds for an answer; a proxy in front kills us after 30 or so.
const shutdownGraceMs = 20_000

// Beside the server bundle.
const clientFolder = join(import.meta.dirname, '../client')

const role = process.argv[2] ?? 'all'

async function main(): Promise<void> {
  await migrate()
  switch (role) {
    case 'all':
      await startJobs({ works: true })
      return serve(withScreens)
    case 'web':
      await startJobs({ works: false })
      return serve(withScreens)
    case 'worker':
      await startJobs({ works: true })
      return serve(withHealthOnly)
    case 'rotate-keys':
      log.info(await resealAll(), 'sealed again with the first of ENCRYPTION_KEYS')
      return closeDatabase()
    default:
      throw new Error(
        `Unknown command "${role}": use web, worker, rotate-keys, or nothing for all in one.`,
      )
  }
}

function withHealthOnly(): Express {
  const app = express().disable('x-powered-by')
  return app.get('/healthz', (_request, response) => void response.type('text').send('ok'))
}

function withScreens(): Express {
  const app = withHealthOnly()
  app.use(
    '/assets',
    express.static(join(clientFolder, 'assets'), { immutable: true, maxAge: '1y' }),
  )
  app.use(express.static(clientFolder, { maxAge: '1h' }))
  // Klaviyo comes in bursts, and matching among all the screens would be a fifth of the work.
  const webhooks = Object.entries(build.routes).filter(([id]) =>
    /^(root|routes\/webhooks\.)/.test(id),
  )
  app.all('/webhooks/*', handlerOf({ ...build, routes: Object.fromEntries(webhooks) }))
  app.all('*', handlerOf(build))
  return app
}

function handlerOf(routes: ServerBuild): RequestHandler {
  const handle = createRequestHandler({ build: routes, mode: 'production' })
  return (request, response, next) => void handle(request, response, next)
}

function serve(what: () => Express): void {
  const server = createServer(what())
  server.listen(config.port, config.host, () => {
    log.info({ role, address: server.address() }, 'listening')
  })
  endWith(async () => {
    server.closeIdleConnections()
    await new Promise<void>((resolve) => {
      server.close(() => resolve())
    })
  })
}

/** On SIGTERM or SIGINT: stop taking work in, finish what runs, close, go. */
function endWith(stopTaking: () => Promise<void>): void {
  let isEnding = false
  const end = async () => {
    if (isEnding) return
    isEnding = true
    setTimeout(() => process.exit(1), shutdownGraceMs).unref()
    await stopTaking()
    await stopJobs()
    await closeDatabase()
    process.exit(0)
  }
  process.on('SIGTERM', () => void end())
  process.on('SIGINT', () => void end())
}

main().catch((error: unknown) => {
  log.fatal({ err: error }, 'could not start')
  process.exit(1)
})
