/** How far a sync is, asked for again and again while it runs. */
import type { LoaderFunctionArgs } from '@remix-run/node'
import { authenticate } from '../shopify.server.ts'
import { watchSync } from '../sync/watch.server.ts'

export async function loader({ request, params }: LoaderFunctionArgs) {
  const { session } = await authenticate.admin(request)
  const watched = await watchSync(session.shop, params['syncId'] ?? '')
  if (!watched) throw new Response(null, { status: 404 })
  return watched
}
