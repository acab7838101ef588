/** What a sync could not write, as a CSV file. */
import { Readable } from 'node:stream'
import { createReadableStreamFromReadable } from '@remix-run/node'
import type { LoaderFunctionArgs } from '@remix-run/node'
import { authenticate } from '../shopify.server.ts'
import { errorsCsv } from '../sync/syncs.server.ts'

export async function loader({ request, params }: LoaderFunctionArgs) {
  const { session } = await authenticate.admin(request)
  const chunks = await errorsCsv(session.shop, params['syncId'] ?? '')
  if (!chunks) throw new Response('There is no such sync.', { status: 404 })
  return new Response(createReadableStreamFromReadable(Readable.from(chunks)), {
    headers: {
      'Content-Type': 'text/csv; charset=utf-8',
      'Content-Disposition': 'attachment; filename="sync-errors.csv"',
      'Cache-Control': 'no-store',
    },
  })
}
