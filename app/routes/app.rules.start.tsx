/** What to start a rule from: a ready-made one, or nothing. */
import type { LoaderFunctionArgs } from '@remix-run/node'
import { useLoaderData } from '@remix-run/react'
import { Page } from '@shopify/polaris'
import { listReadyMade } from '../rulebook/ready-made.ts'
import { authenticate } from '../shopify.server.ts'
import { ReadyMadeList } from '../ui/ready-made-list.tsx'

export async function loader({ request }: LoaderFunctionArgs) {
  await authenticate.admin(request)
  return { readyMade: listReadyMade() }
}

export default function StartPage() {
  const { readyMade } = useLoaderData<typeof loader>()
  return (
    <Page
      title="Start a rule"
      backAction={{ content: 'Rules', url: '/app/rules' }}
      primaryAction={{ content: 'Start from scratch', url: '/app/rules/new' }}
    >
      <ReadyMadeList rules={readyMade} />
    </Page>
  )
}

export { ErrorScreen as ErrorBoundary } from '../ui/error-screen.tsx'
