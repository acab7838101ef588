/** Pages of shopify-app-remix's own: where a session token is fetched, and where a frame is left. */
import { redirect } from '@remix-run/node'
import type { LoaderFunctionArgs } from '@remix-run/node'
import { secureDocument } from '../document.server.ts'
import { authenticate } from '../shopify.server.ts'

export async function loader({ request }: LoaderFunctionArgs) {
  // Where the library sends whoever comes without a store: we don't ask for one, the admin knows it.
  if (new URL(request.url).pathname === '/auth/login') return redirect('/')
  try {
    await authenticate.admin(request)
  } catch (page) {
    if (page instanceof Response) secureDocument(request, page.headers)
    throw page
  }
  return redirect('/app')
}
