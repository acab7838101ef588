import { Router, type Request, type Response } from 'express'
import { awaited } from '../awaited.ts'
import { fail } from '../faults.ts'
import type { Platform } from '../platform.ts'
import { readForm } from './multipart.ts'
import { mostUploadBytes } from './uploads.ts'

/** What a form may weigh beside its file. */
const mostFieldBytes = 20_000

/** Google's cloud storage, where Shopify lets apps put files and fetch results. It answers in XML. */
export function storage(platform: Platform): Router {
  const router = Router()

  router.post(
    '/storage/uploads',
    awaited(async (request, response) => {
      const body = await collect(request)
      if (body === 'too-large') return refuse(response, 400, ...tooLarge)
      const form = readForm(body, request.get('content-type') ?? '')
      if (!form) return refuse(response, 400, 'InvalidArgument', 'Invalid multipart form.')
      const key = form.fields.get('key')
      if (key === undefined) {
        return refuse(response, 400, 'InvalidArgument', 'The bucket POST must contain "key".')
      }
      const store = platform.stores.find(({ id }) => key.startsWith(`tmp/${id}/`))
      const upload = store?.bulk.uploads.get(key)
      const fault = platform.faults.take({
        door: 'storage',
        shop: store?.shop ?? '',
        operation: 'upload',
      })
      if (fault && !fault.applied) return fail(request, response, fault, broken)
      const isSigned = upload?.parameters.every(
        ({ name, value }) => form.fields.get(name) === value,
      )
      if (!upload || !isSigned) {
        return refuse(
          response,
          403,
          'SignatureDoesNotMatch',
          'Access denied. The request signature does not match the form.',
        )
      }
      if (!form.file) {
        return refuse(
          response,
          400,
          'InvalidArgument',
          'POST requires exactly one file upload per request.',
        )
      }
      if (form.file.length > mostUploadBytes) return refuse(response, 400, ...tooLarge)
      if (form.file.length === 0) {
        return refuse(
          response,
          400,
          'EntityTooSmall',
          'Your proposed upload is smaller than the minimum allowed object size.',
        )
      }
      upload.file = form.file
      if (fault) return fail(request, response, fault, broken)
      response
        .status(201)
        .type('application/xml')
        .send(
          `<?xml version='1.0' encoding='UTF-8'?><PostResponse><Location>${platform.url}/storage/uploads/${encodeURIComponent(key)}</Location><Bucket>uploads</Bucket><Key>${key}</Key></PostResponse>`,
        )
    }),
  )

  router.get('/storage/bulk-operation-outputs/:storeId/:token', (request, response) => {
    const { storeId, token } = request.params
    const store = platform.stores.find(({ id }) => String(id) === storeId)
    const fault = platform.faults.take({
      door: 'storage',
      shop: store?.shop ?? '',
      operation: 'download',
    })
    if (fault) return fail(request, response, fault, broken)
    if (request.query['Signature'] !== token) {
      return refuse(response, 403, 'SignatureDoesNotMatch', 'Access denied.')
    }
    const result = store?.bulk.resultAt(token)
    if (!result) {
      return refuse(response, 400, 'ExpiredToken', 'The provided token has expired.')
    }
    response.type('application/jsonl')
    for (const piece of result) response.write(piece)
    response.end()
  })

  return router
}

const tooLarge = [
  'EntityTooLarge',
  'Your proposed upload exceeds the maximum allowed object size.',
] as const

/** Reads all, so that the caller hears the answer, but keeps no more than may be. */
async function collect(request: Request): Promise<Buffer | 'too-large'> {
  const pieces: Buffer[] = []
  let length = 0
  for await (const piece of request) {
    if (!Buffer.isBuffer(piece)) continue
    length += piece.length
    if (length <= mostUploadBytes + mostFieldBytes) pieces.push(piece)
    else pieces.length = 0
  }
  return length > mostUploadBytes + mostFieldBytes ? 'too-large' : Buffer.concat(pieces)
}

const broken = (response: Response, status: number) =>
  refuse(response, status, 'InternalError', 'We encountered an internal error. Please try again.')

function refuse(response: Response, status: number, code: string, message: string): void {
  response
    .status(status)
    .type('application/xml')
    .send(
      `<?xml version='1.0' encoding='UTF-8'?><Error><Code>${code}</Code><Message>${message}</Message></Error>`,
    )
}
