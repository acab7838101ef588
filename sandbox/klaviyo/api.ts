import { setTimeout as wait } from 'node:timers/promises'
import express, { Router, type Request, type Response } from 'express'
import { Query } from './document.ts'
import { endpoints, type Answer, type Endpoint } from './endpoints.ts'
import type { Fault } from './faults.ts'
import type { Platform, PrivateKey } from './platform.ts'
import { cloudflareChallenge, Refusal, refusalOf, refusals } from './refusal.ts'

/** Klaviyo retires a revision two years after it came out; this one speaks {@link newest}. */
const oldest = '2024-07-15'
const newest = '2026-07-15'

const jsonApi = 'application/vnd.api+json'

interface Match {
  endpoint: Endpoint | undefined
  /** With `{id}` where the address had one. */
  path: string
  id: string
}

/** Klaviyo's API as an app sees it: authentication, limits, endpoints, in the order Klaviyo asks. */
export function api(platform: Platform): Router {
  const router = Router()
  const byAddress = new Map(endpoints.map((each) => [`${each.method} ${each.path}`, each]))

  router.use(express.text({ limit: '5mb', type: () => true }))
  router.use((request, response, next) => {
    serve(request, response).catch(next)
  })

  async function serve(request: Request, response: Response): Promise<void> {
    const url = new URL(request.originalUrl, `http://${request.headers.host ?? 'localhost'}`)
    const { endpoint, path, id } = match(request.method, url.pathname)
    const key = presentedKey(request)
    platform.calls.request(request.method, path)
    response.on('finish', () => platform.calls.answer(response.statusCode))
    const account = key?.account.seed.handle
    const fault = platform.faults.take({ method: request.method, path, account })
    if (platform.latencyMs > 0) await wait(platform.latencyMs)
    if (fault && !fault.applied) return fail(request, response, fault)
    try {
      const answer = admit(request, response, endpoint, key, new Query(url), id)
      if (fault) return fail(request, response, fault)
      if (answer.document) send(response, answer.status, answer.document)
      else response.status(answer.status).end()
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      refuse(response, error)
    }
  }

  function match(method: string, pathname: string): Match {
    const [, , collection = '', id = '', ...rest] = pathname.replace(/\/$/, '').split('/')
    const path = ['/api', collection, ...(id ? ['{id}'] : []), ...rest].join('/')
    return { endpoint: byAddress.get(`${method} ${path}`), path, id: decodeURIComponent(id) }
  }

  function presentedKey(request: Request): PrivateKey | undefined {
    const [scheme, key = ''] = (request.headers.authorization ?? '').split(' ')
    return scheme === 'Klaviyo-API-Key' ? platform.keys.get(key) : undefined
  }

  return router
}

function admit(
  request: Request,
  response: Response,
  endpoint: Endpoint | undefined,
  key: PrivateKey | undefined,
  query: Query,
  id: string,
): Answer {
  if (!endpoint) throw refusals.noSuchPath()
  if (!/^Klaviyo-API-Key \S/.test(request.headers.authorization ?? '')) {
    throw refusals.notAuthenticated()
  }
  if (!key?.isValid) throw refusals.wrongKey()
  checkRevision(request.get('revision'))
  const missing = endpoint.scopes.filter((scope) => !key.scopes.has(scope))
  if (missing.length > 0) throw refusals.missingScopes(missing)

  const name = `${endpoint.method} ${endpoint.path}`
  const taken = key.account.limits.take(name, endpoint.tier, endpoint.stricter?.(query))
  if (!taken.ok) {
    response.set('retry-after', String(taken.retryAfterSeconds))
    throw refusals.throttled(taken.retryAfterSeconds)
  }
  response.set(taken.headers)
  return endpoint.answer({ account: key.account, query, id, body: bodyOf(request) })
}

function checkRevision(revision: string | undefined): void {
  const source = { pointer: '/data/' }
  if (!revision) throw refusals.invalid('The revision header is required.', source)
  const [date = ''] = revision.split('.')
  if (!/^\d{4}-\d{2}-\d{2}$/.test(date) || date > newest) {
    throw refusals.invalid(`'${revision}' is not a valid revision.`, source)
  }
  if (date < oldest) throw refusals.retired(revision)
}

function bodyOf(request: Request): unknown {
  if (request.method === 'GET') return undefined
  try {
    return JSON.parse(String(request.body))
  } catch {
    throw refusals.invalid('The request body is not valid JSON.', { pointer: '/data' })
  }
}

function send(response: Response, status: number, document: object): void {
  response.writeHead(status, { 'content-type': jsonApi }).end(JSON.stringify(document))
}

function refuse(response: Response, refusal: Refusal): void {
  send(response, refusal.status, refusal.body)
}

function fail(request: Request, response: Response, fault: Fault): void {
  switch (fault.kind) {
    case 'status':
      if (fault.retryAfterSeconds !== undefined) {
        response.set('retry-after', String(fault.retryAfterSeconds))
      }
      return refuse(response, refusalOf(fault.status))
    case 'cloudflare':
      response.status(fault.status).set('cf-mitigated', 'challenge').type('html')
      response.end(cloudflareChallenge)
      return
    case 'hang':
      return
    case 'drop':
      request.socket.destroy()
  }
}
