/** A Make scenario that posts to this shop's endpoint, as a file. */
import type { LoaderFunctionArgs } from '@remix-run/node'
import { authenticate } from '../shopify.server.ts'
import { endpointOf } from '../shops/endpoint.server.ts'
import { makeBlueprint } from '../shops/make-blueprint.ts'

export async function loader({ request }: LoaderFunctionArgs) {
  const { session } = await authenticate.admin(request)
  const { url } = await endpointOf(session.shop)
  return new Response(JSON.stringify(makeBlueprint(url), null, 2), {
    headers: {
      'Content-Type': 'application/json; charset=utf-8',
      'Content-Disposition': 'attachment; filename="klaviyo-actions.blueprint.json"',
      'Cache-Control': 'no-store',
    },
  })
}
