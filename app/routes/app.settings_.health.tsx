/** Health: asks Shopify and Klaviyo, and says what to do about each answer that is not well. */
import type { ActionFunctionArgs, LoaderFunctionArgs } from '@remix-run/node'
import { useFetcher } from '@remix-run/react'
import { BlockStack, Card, EmptyState, Page } from '@shopify/polaris'
import { authenticate } from '../shopify.server.ts'
import { checkBoth } from '../shops/health.server.ts'
import emptyImage from '../ui/empty.svg'
import { ChecksCard } from '../ui/settings/checks-card.tsx'

export async function loader({ request }: LoaderFunctionArgs) {
  await authenticate.admin(request)
  return null
}

export async function action({ request }: ActionFunctionArgs) {
  const { session } = await authenticate.admin(request)
  return checkBoth(session.shop)
}

export default function HealthPage() {
  const checking = useFetcher<typeof action>()
  const check = () => checking.submit({}, { method: 'post' })
  const isBusy = checking.state !== 'idle'
  return (
    <Page
      title="Health"
      backAction={{ content: 'Settings', url: '/app/settings' }}
      {...(checking.data
        ? { primaryAction: { content: 'Test again', onAction: check, loading: isBusy } }
        : {})}
    >
      {checking.data ? (
        <BlockStack gap="400">
          <ChecksCard title="Shopify" checks={checking.data.shopify} />
          <ChecksCard title="Klaviyo" checks={checking.data.klaviyo} />
        </BlockStack>
      ) : (
        <Card>
          <EmptyState
            heading="Test both sides"
            image={emptyImage}
            action={{ content: 'Test both sides', onAction: check, loading: isBusy }}
          >
            <p>
              The app asks Shopify and Klaviyo now: keys, permissions, allowances. It changes
              nothing.
            </p>
          </EmptyState>
        </Card>
      )}
    </Page>
  )
}

export { ErrorScreen as ErrorBoundary } from '../ui/error-screen.tsx'
