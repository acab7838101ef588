import { setTimeout as wait } from 'node:timers/promises'
import express, { Router, type Request, type Response } from 'express'
import { z } from 'zod'
import { AdminApi, type AdminRequest } from './admin/execute.ts'
import { apiVersion, type AdminSchema } from './admin/schema.ts'
import { awaited } from './awaited.ts'
import { fail } from './faults.ts'
import type { Platform } from './platform.ts'

const adminRequest = z.object({
  query: z.string(),
  variables: z.record(z.string(), z.unknown()).nullish(),
  operationName: z.string().nullish(),
})

/** What Shopify says with each status when it doesn't come as far as GraphQL. */
const refusals: Record<number, string> = {
  401: '[API] Invalid API key or access token (unrecognized login or wrong password)',
  402: 'Unavailable Shop',
  403: 'Forbidden',
  404: 'Not Found',
  423: 'Locked',
  429: 'Exceeded 2 calls per second for api client. Reduce request rates to resume uninterrupted service.',
  430: 'Shopify Security Rejection',
}

/** The doors that the app's server knocks at: the Admin API and the token endpoint. */
export function doors(platform: Platform, schema: AdminSchema): Router {
  const router = Router()
  const api = new AdminApi(schema)

  router.post(
    '/admin/api/:version/graphql.json',
    express.json({ limit: '10mb' }),
    awaited(async (request, response) => {
      const asked = adminRequest.safeParse(request.body)
      const admin: AdminRequest = {
        query: asked.data?.query ?? '',
        variables: asked.data?.variables ?? {},
        operationName: asked.data?.operationName ?? undefined,
      }
      const operation = api.operation(admin)
      const shop = shopOf(request)
      const fault = platform.faults.take({
        door: 'graphql',
        shop,
        operation: operation?.name?.value,
      })
      platform.calls.request(operation)
      if (platform.latencyMs > 0) await wait(platform.latencyMs)
      response.set('x-request-id', crypto.randomUUID())

      const store = platform.store(shop)
      if (!store || request.params.version !== apiVersion) return refuse(response, 404)
      if (fault?.kind === 'throttled') {
        response.json(api.throttle(store, admin))
        return
      }
      if (fault && !fault.applied) return fail(request, response, fault, refuse)
      if (!platform.tokens.opens(store, request.get('x-shopify-access-token') ?? '')) {
        return refuse(response, 401)
      }
      if (!asked.success) return refuse(response, 400, 'Required parameter missing or invalid')
      const answer = await api.answer(store, admin)
      if (fault) return fail(request, response, fault, refuse)
      response.set('x-shopify-api-version', apiVersion).json(answer)
    }),
  )

  router.post('/admin/oauth/access_token', express.json(), (request, response) => {
    platform.calls.tokenRequest()
    const shop = shopOf(request)
    const fault = platform.faults.take({ door: 'oauth', shop })
    const store = platform.store(shop)
    if (!store) return refuse(response, 404)
    if (fault && !fault.applied) return fail(request, response, fault, refuse)
    const { status, body } = platform.tokens.grant(store, request.body)
    if (fault) return fail(request, response, fault, refuse)
    response.status(status).json(body)
  })

  return router
}

/** The shop a call is for: the header of a rerouted call, or the host that was called. */
function shopOf(request: Request): string {
  return request.get('x-shopify-shop-domain') ?? request.hostname
}

function refuse(response: Response, status: number, words?: string): void {
  const errors = words ?? refusals[status] ?? 'Internal Server Error'
  response.status(status).json({ errors })
}
