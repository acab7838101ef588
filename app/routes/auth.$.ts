/** Pages of shopify-app-remix's own: where a session token is fetched, and where a frame is left. */
import type { LoaderFunctionArgs } from '@remix-run/node'
import { authenticate } from '../shopify.server.ts'

export async function loader({ request }: LoaderFunctionArgs) {
  await authenticate.admin(request)
  return null
}
