import { isRouteErrorResponse, useRouteError } from '@remix-run/react'
import { Banner, Card, EmptyState, Page } from '@shopify/polaris'
import emptyImage from './empty.svg'

/** A screen that could not be shown, inside the frame with its menu. */
export function ErrorScreen() {
  const error = useRouteError()
  // Other answers come from Shopify's sign-in: the layout knows what to do with them.
  if (isRouteErrorResponse(error) && error.status !== 404) throw error
  if (isRouteErrorResponse(error)) return <NotFound />
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
