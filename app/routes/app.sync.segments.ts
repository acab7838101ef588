/** Segments of the connected account, for the picker. */
import type { LoaderFunctionArgs } from '@remix-run/node'
import { authenticate } from '../shopify.server.ts'
import { segmentChoices } from '../sync/segments.server.ts'

export async function loader({ request }: LoaderFunctionArgs) {
  const { session } = await authenticate.admin(request)
  return segmentChoices(session.shop)
}
