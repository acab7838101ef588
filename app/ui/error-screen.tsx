import { isRouteErrorResponse, useRouteError } from '@remix-run/react'
import type { ErrorResponse } from '@remix-run/react'
import { Banner, Card, EmptyState, Page } from '@shopify/polaris'
import emptyImage from './empty.svg'

/**
 * Whether it is an answer of Shopify's sign-in: a page, a refusal that App Bridge mends, or what
 * programs get. All else is an answer of our own, or Remix's.
 */
export const isSignIn = (error: unknown): error is ErrorResponse =>
  isRouteErrorResponse(error) && [200, 401, 410].includes(error.status)

/** A screen that could not be shown, inside the frame with its menu. */
export function ErrorScreen() {
  const error = useRouteError()
  // The layout knows what to do with them.
  if (isSignIn(error)) throw error
  if (isRouteErrorResponse(error) && error.status === 404) return <NotFound />
  return (
    <Page title="Something went wrong">
      <Banner
        tone="critical"
        title="This screen could not be loaded"
        action={{ content: 'Try again', onAction: () => location.reload() }}
      >
        <p>Nothing was lost. Try again in a moment; if it stays, contact support.</p>
      </Banner>
    </Page>
  )
}

function NotFound() {
  return (
    <Page title="Not found" narrowWidth>
      <Card>
        <EmptyState
          heading="There is nothing here"
          image={emptyImage}
          action={{ content: 'Go to Home', url: '/app' }}
        >
          <p>What you are looking for was deleted, or never was part of this store.</p>
        </EmptyState>
      </Card>
    </Page>
  )
}
