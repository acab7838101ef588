/** Home: the set-up, the key figures, what needs attention. */
import type { ActionFunctionArgs, LoaderFunctionArgs } from '@remix-run/node'
import { useFetcher, useLoaderData } from '@remix-run/react'
import { BlockStack, Page } from '@shopify/polaris'
import { hideGuide, overviewOf } from '../activity/overview.server.ts'
import { authenticate } from '../shopify.server.ts'
import { healthOf } from '../shops/health.server.ts'
import { Attention } from '../ui/attention.tsx'
import { Figures } from '../ui/figures.tsx'
import { SetupGuide } from '../ui/setup-guide.tsx'

export async function loader({ request }: LoaderFunctionArgs) {
  const { session } = await authenticate.admin(request)
  const [overview, health] = await Promise.all([
    overviewOf(session.shop, new Date()),
    healthOf(session.shop),
  ])
  return { ...overview, health }
}

export async function action({ request }: ActionFunctionArgs) {
  const { session } = await authenticate.admin(request)
  await hideGuide(session.shop)
  return { ok: true }
}

export default function Home() {
  const { guide, figures, since, failures, hasMoreFailures, waiting, health } =
    useLoaderData<typeof loader>()
  const hiding = useFetcher<typeof action>()
  const hide = () => hiding.submit({}, { method: 'post', action: '/app?index' })
  return (
    <Page title="Home" primaryAction={{ content: 'New rule', url: '/app/rules/start' }}>
      <BlockStack gap="500">
        {guide && hiding.state === 'idle' ? <SetupGuide guide={guide} onHide={hide} /> : null}
        <Figures days={figures} />
        <Attention
          failures={failures}
          hasMore={hasMoreFailures}
          waiting={waiting}
          since={since}
          health={health}
        />
      </BlockStack>
    </Page>
  )
}

export { ErrorScreen as ErrorBoundary } from '../ui/error-screen.tsx'
