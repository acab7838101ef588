/** Rules: each with what it does and what it did lately. */
import type { ActionFunctionArgs, LoaderFunctionArgs } from '@remix-run/node'
import { useFetcher, useLoaderData } from '@remix-run/react'
import { BlockStack, Card, Page } from '@shopify/polaris'
import { listReadyMade } from '../rulebook/ready-made.ts'
import { chooseMode, deleteRules, listRules, setMode } from '../rulebook/rulebook.server.ts'
import { authenticate } from '../shopify.server.ts'
import { done, gone, refused, unknownForm } from '../ui/answer.ts'
import type { Answer } from '../ui/answer.ts'
import { fieldOf, fieldsOf } from '../ui/form.ts'
import { ReadyMadeList } from '../ui/ready-made-list.tsx'
import { RuleTable } from '../ui/rule-table.tsx'
import { useSaid, useToldAnswer } from '../ui/use-answer.ts'

export async function loader({ request }: LoaderFunctionArgs) {
  const { session } = await authenticate.admin(request)
  const rules = await listRules(session.shop, new Date())
  return { rules, readyMade: rules.length > 0 ? [] : listReadyMade() }
}

export async function action({ request }: ActionFunctionArgs): Promise<Answer> {
  const { session } = await authenticate.admin(request)
  const form = await request.formData()
  const ids = fieldsOf(form, 'id')
  switch (fieldOf(form, 'intent')) {
    case 'delete': {
      const count = await deleteRules(session.shop, ids)
      if (count === 0) return noRules
      return done(count === 1 ? 'Rule deleted.' : `${count} rules deleted.`)
    }
    case 'switch': {
      const count = await setMode(session.shop, ids, fieldOf(form, 'mode'))
      if (count === null) return refused([{ field: 'mode', message: chooseMode }])
      if (count === 0) return noRules
      return done(count === 1 ? 'Rule switched.' : `${count} rules switched.`)
    }
    default:
      return unknownForm
  }
}

const noRules = gone('None of these rules is there any more.')

export default function Rules() {
  const { rules, readyMade } = useLoaderData<typeof loader>()
  const changing = useFetcher<typeof action>()
  useToldAnswer(changing.data)
  useSaid()
  const change = (ids: string[], fields: Record<string, string>) => {
    const form = new FormData()
    for (const [name, value] of Object.entries(fields)) form.set(name, value)
    for (const id of ids) form.append('id', id)
    changing.submit(form, { method: 'post' })
  }
  return (
    <Page
      title="Rules"
      fullWidth
      {...(rules.length > 0
        ? { primaryAction: { content: 'New rule', url: '/app/rules/start' } }
        : {})}
    >
      <BlockStack gap="400">
        <Card padding="0">
          <RuleTable
            rules={rules}
            onSwitch={(ids, mode) => change(ids, { intent: 'switch', mode })}
            onDelete={(ids) => change(ids, { intent: 'delete' })}
          />
        </Card>
        {readyMade.length > 0 ? <ReadyMadeList rules={readyMade} /> : null}
      </BlockStack>
    </Page>
  )
}

export { ErrorScreen as ErrorBoundary } from '../ui/error-screen.tsx'
