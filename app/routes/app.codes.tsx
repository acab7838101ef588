/** Discount codes: what the rules made, and what came of it. */
import type { ActionFunctionArgs, LoaderFunctionArgs } from '@remix-run/node'
import { useFetcher, useLoaderData } from '@remix-run/react'
import { BlockStack, Card, Page } from '@shopify/polaris'
import { codeFilterOf, listCodes, rulesOfCodes } from '../codes/codes.server.ts'
import { startNow } from '../jobs/wake.server.ts'
import { authenticate } from '../shopify.server.ts'
import { done, unknownForm } from '../ui/answer.ts'
import type { Answer } from '../ui/answer.ts'
import { CodeRules } from '../ui/codes/code-rules.tsx'
import { CodeTable } from '../ui/codes/code-table.tsx'
import { fieldOf } from '../ui/form.ts'
import { useToldAnswer } from '../ui/use-answer.ts'

export async function loader({ request }: LoaderFunctionArgs) {
  const { session } = await authenticate.admin(request)
  const { searchParams } = new URL(request.url)
  const filter = codeFilterOf(searchParams)
  const now = new Date()
  const [page, rules] = await Promise.all([
    listCodes(session.shop, filter, searchParams.get('before'), now),
    rulesOfCodes(session.shop, now),
  ])
  // A rule without codes here is none to filter by.
  const known = rules.find(({ ruleId }) => ruleId === filter.ruleId)
  return { ...page, rules, filter: { ...filter, ruleId: known?.ruleId ?? null } }
}

export async function action({ request }: ActionFunctionArgs): Promise<Answer> {
  const { session } = await authenticate.admin(request)
  switch (fieldOf(await request.formData(), 'intent')) {
    case 'delete-ended':
      await startNow('deleteCodes', session.shop)
      return done('Ended codes are being deleted. The activity tells how many.')
    case 'read-orders':
      await startNow('readUsage', session.shop)
      return done('Orders are being read.')
    default:
      return unknownForm
  }
}

export default function Codes() {
  const { rows, older, rules, filter } = useLoaderData<typeof loader>()
  const asking = useFetcher<typeof action>()
  useToldAnswer(asking.data)
  const ask = (intent: string) => asking.submit({ intent }, { method: 'post' })
  return (
    <Page
      title="Discount codes"
      fullWidth
      secondaryActions={
        rules.length > 0
          ? [
              { content: 'Read orders now', onAction: () => ask('read-orders') },
              { content: 'Delete ended codes', onAction: () => ask('delete-ended') },
            ]
          : []
      }
    >
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
