import {
  Links,
  Meta,
  Outlet,
  Scripts,
  ScrollRestoration,
  isRouteErrorResponse,
  useRouteError,
} from '@remix-run/react'
import type { ReactNode } from 'react'
import { PlainPage } from './ui/plain-page.tsx'

export function Layout({ children }: { children: ReactNode }) {
  return (
    <html lang="en">
      <head>
        <meta charSet="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>Klaviyo Actions</title>
        <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
        <Meta />
        <Links />
      </head>
      <body>
        {children}
        <ScrollRestoration />
        <Scripts />
      </body>
    </html>
  )
}

export default function Root() {
  return <Outlet />
}

export function ErrorBoundary() {
  const error = useRouteError()
  if (isRouteErrorResponse(error) && error.status === 404) {
    return (
      <PlainPage title="There is nothing here">
        <p>
          This address is not one of the app’s. <a href="/">Go to its start</a>.
        </p>
      </PlainPage>
    )
  }
  return (
    <PlainPage title="The app could not be loaded">
      <p>Nothing was lost. Reload the page in a moment; if it stays, contact support.</p>
    </PlainPage>
  )
}
