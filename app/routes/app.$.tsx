/** Addresses that no screen has. */
import type { LoaderFunctionArgs } from '@remix-run/node'
import { authenticate } from '../shopify.server.ts'

export async function loader({ request }: LoaderFunctionArgs) {
  await authenticate.admin(request)
  throw new Response(null, { status: 404 })
}

export default function Nowhere() {
  return null
}

export { ErrorScreen as ErrorBoundary } from '../ui/error-screen.tsx'
