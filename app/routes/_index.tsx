/** The bare address. The app lives inside the Shopify admin; who comes here is shown the way. */
import { redirect } from '@remix-run/node'
import type { LoaderFunctionArgs } from '@remix-run/node'
import { useLoaderData } from '@remix-run/react'
import { config } from '../config.server.ts'
import { PlainPage } from '../ui/plain-page.tsx'

export function loader({ request }: LoaderFunctionArgs) {
  const { search, searchParams } = new URL(request.url)
  if (searchParams.has('shop')) throw redirect(`/app${search}`)
  return { adminUrl: config.shopify.adminOrigin ?? 'https://admin.shopify.com' }
}

export default function Nothing() {
  const { adminUrl } = useLoaderData<typeof loader>()
  return (
    <PlainPage title="Klaviyo Actions">
      <p>
        The app opens inside the <a href={adminUrl}>Shopify admin</a>, under Apps.
      </p>
    </PlainPage>
  )
}
