import { Router, type Response } from 'express'
import { z } from 'zod'
import type { Platform } from '../platform.ts'
import { fileSize } from './operations.ts'

const shopOnly = z.object({ shop: z.string() })
const settings = z.object({
  /** Every store when left out. */
  shop: z.string().optional(),
  rowsPerSecond: z.number().positive().nullable().optional(),
  held: z.boolean().optional(),
  webhooks: z.boolean().optional(),
})
const failure = z.object({
  shop: z.string(),
  type: z.enum(['MUTATION', 'QUERY']).default('MUTATION'),
  errorCode: z
    .enum(['ACCESS_DENIED', 'INTERNAL_SERVER_ERROR', 'TIMEOUT'])
    .default('INTERNAL_SERVER_ERROR'),
  afterRows: z.int().min(0).default(0),
})
const rowFailure = z.object({
  shop: z.string(),
  lines: z.array(z.int().min(0)),
  applied: z.boolean().default(false),
})
const one = z.object({ shop: z.string(), id: z.string() })

/** `/_sandbox/bulk`: how tests arrange bulk operations and look into them. */
export function bulkControl(platform: Platform): Router {
  const router = Router()
  const storeOf = (shop: string) => platform.storeNamed(shop)

  router.get('/', (request, response) => {
    const { bulk } = storeOf(shopOnly.parse(request.query).shop)
    response.json(
      bulk.all.map((operation) => ({
        id: operation.id,
        type: operation.type,
        status: operation.status,
        errorCode: operation.errorCode,
        createdAt: operation.createdAt,
        completedAt: operation.completedAt,
        objectCount: operation.objectCount,
        fileSize: fileSize(operation),
      })),
    )
  })
  router.post('/', (request, response) => {
    const { shop, rowsPerSecond, held, webhooks } = settings.parse(request.body)
    for (const { bulk } of shop ? [storeOf(shop)] : platform.stores) {
      if (rowsPerSecond !== undefined) bulk.rowsPerSecond = rowsPerSecond
      if (held !== undefined) bulk.isHeld = held
      if (webhooks !== undefined) bulk.sendsWebhooks = webhooks
    }
    done(response)
  })
  router.post('/fail', (request, response) => {
    const { shop, ...next } = failure.parse(request.body)
    storeOf(shop).bulk.failNext(next)
    done(response)
  })
  router.post('/fail-rows', (request, response) => {
    const { shop, ...next } = rowFailure.parse(request.body)
    storeOf(shop).bulk.failRows(next)
    done(response)
  })
  router.post('/expire', (request, response) => {
    const { shop, id } = one.parse(request.body)
    const { bulk } = storeOf(shop)
    const operation = bulk.get(id)
    if (!operation) throw new Error(`No bulk operation ${id} in ${shop}`)
    bulk.expire(operation)
    done(response)
  })

  return router
}

const done = (response: Response) => void response.json({ ok: true })
