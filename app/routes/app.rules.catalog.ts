/** Metrics, flows and campaigns of the connected account, for the pickers. */
import type { LoaderFunctionArgs } from '@remix-run/node'
import { entriesOf } from '../rulebook/catalog.server.ts'
import { authenticate } from '../shopify.server.ts'

export async function loader({ request }: LoaderFunctionArgs) {
  const { session } = await authenticate.admin(request)
  return entriesOf(session.shop)
}
