/** What rules in shadow mode would have done, for the card that shows it. */
import type { LoaderFunctionArgs } from '@remix-run/node'
import { filterOf } from '../activity/filter.ts'
import { periodOf, shadowTotalsOf } from '../activity/shadow.server.ts'
import { authenticate } from '../shopify.server.ts'

export async function loader({ request }: LoaderFunctionArgs) {
  const { session } = await authenticate.admin(request)
  const { searchParams } = new URL(request.url)
  return shadowTotalsOf(session.shop, filterOf(searchParams), periodOf(searchParams), new Date())
}
