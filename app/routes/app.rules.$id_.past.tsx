/** Runs a rule over past events: what it would do, and its start. */
import { redirect } from '@remix-run/node'
import type { ActionFunctionArgs, LoaderFunctionArgs } from '@remix-run/node'
import { useLoaderData, useParams } from '@remix-run/react'
import { previewPast, startPast } from '../operations/past/start.server.ts'
import { readRule } from '../rulebook/rulebook.server.ts'
import { authenticate } from '../shopify.server.ts'
import { unknownForm } from '../ui/answer.ts'
import { fieldOf } from '../ui/form.ts'
import { PastForm } from '../ui/operations/past-form.tsx'

export async function loader({ request, params }: LoaderFunctionArgs) {
  const { session } = await authenticate.admin(request)
  const rule = await readRule(session.shop, params['id'] ?? '')
  if (!rule) throw new Response(null, { status: 404 })
  return { rule: { id: rule.id, name: rule.document.name, mode: rule.mode } }
}

export async function action({ request, params }: ActionFunctionArgs) {
  const { session } = await authenticate.admin(request)
  const form = await request.formData()
  const id = params['id'] ?? ''
  const ask = { days: fieldOf(form, 'days'), withHistory: fieldOf(form, 'history') === 'yes' }
  switch (fieldOf(form, 'intent')) {
    case 'preview':
      return previewPast(session.shop, id, ask)
    case 'start': {
      const started = await startPast(session.shop, id, {
        ...ask,
        expected: fieldOf(form, 'expected'),
        certainty: fieldOf(form, 'certainty'),
      })
      return started.ok ? redirect(`/app/activity?operation=${started.operationId}`) : started
    }
    default:
      return unknownForm
  }
}

export default function PastPage() {
  const { rule } = useLoaderData<typeof loader>()
  const { id } = useParams()
  return <PastForm key={id} rule={rule} />
}

export { ErrorScreen as ErrorBoundary } from '../ui/error-screen.tsx'
