/** Discount codes: what the rules made, and what came of it. */
import type { LoaderFunctionArgs } from '@remix-run/node'
import { useLoaderData } from '@remix-run/react'
import { BlockStack, Card, Page } from '@shopify/polaris'
import { codeFilterOf, listCodes, rulesOfCodes } from '../codes/codes.server.ts'
import { authenticate } from '../shopify.server.ts'
import { CodeRules } from '../ui/codes/code-rules.tsx'
import { CodeTable } from '../ui/codes/code-table.tsx'

export async function loader({ request }: LoaderFunctionArgs) {
  const { session } = await authenticate.admin(request)
  const { searchParams } = new URL(request.url)
  const filter = codeFilterOf(searchParams)
  const now = new Date()
  const [page, rules] = await Promise.all([
    listCodes(session.shop, filter, searchParams.get('before'), now),
    rulesOfCodes(session.shop, now),
  ])
  return { ...page, rules, filter }
}

export default function Codes() {
  const { rows, older, rules, filter } = useLoaderData<typeof loader>()
  return (
    <Page title="Discount codes" fullWidth>
      <BlockStack gap="400">
        {rules.length > 0 ? <CodeRules rules={rules} /> : null}
        <Card padding="0">
          <CodeTable rows={rows} older={older} filter={filter} rules={rules} />
        </Card>
      </BlockStack>
    </Page>
  )
}

export { ErrorScreen as ErrorBoundary } from '../ui/error-screen.tsx'
