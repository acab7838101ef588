/** The editor of a rule; the id `new` starts one. */
import { redirect } from '@remix-run/node'
import type { ActionFunctionArgs, LoaderFunctionArgs } from '@remix-run/node'
import { useLoaderData, useParams } from '@remix-run/react'
import { readyMadeOf } from '../rulebook/ready-made.ts'
import { deleteRules, readRule, saveRule } from '../rulebook/rulebook.server.ts'
import { recentEvents } from '../rulebook/samples.server.ts'
import { authenticate } from '../shopify.server.ts'
import { done, refused, unknownForm } from '../ui/answer.ts'
import { fieldOf } from '../ui/form.ts'
import { RuleEditor } from '../ui/rule-editor/rule-editor.tsx'

const isNew = (id: string | undefined) => id === 'new'

export async function loader({ request, params }: LoaderFunctionArgs) {
  const { session } = await authenticate.admin(request)
  const id = params['id'] ?? ''
  const [rule, events] = await Promise.all([
    isNew(id) ? null : readRule(session.shop, id),
    recentEvents(session.shop),
  ])
  if (!rule && !isNew(id)) throw new Response(null, { status: 404 })
  const start = isNew(id) ? readyMadeOf(new URL(request.url).searchParams.get('start')) : null
  return { rule, events, start }
}

export async function action({ request, params }: ActionFunctionArgs) {
  const { session } = await authenticate.admin(request)
  const form = await request.formData()
  const id = params['id'] ?? ''
  switch (fieldOf(form, 'intent')) {
    case 'delete':
      return (await deleteRules(session.shop, [id])) > 0
        ? redirect('/app/rules?said=rule-deleted')
        : refused([{ field: 'rule', message: 'This rule was deleted meanwhile.' }])
    case 'save': {
      const version = Number(fieldOf(form, 'version'))
      const saved = await saveRule(session.shop, isNew(id) ? null : id, {
        document: fieldOf(form, 'document'),
        mode: fieldOf(form, 'mode'),
        version: version > 0 ? version : null,
      })
      if (!saved.ok) return refused(saved.problems)
      return isNew(id) ? redirect(`/app/rules/${saved.id}?said=rule-saved`) : done('Rule saved.')
    }
    default:
      return unknownForm
  }
}

export default function RulePage() {
  const { rule, events, start } = useLoaderData<typeof loader>()
  const { id } = useParams()
  // One editor a rule: what was typed for another one must not linger.
  return <RuleEditor key={`${id} ${start?.id}`} rule={rule} events={events} start={start} />
}

export { ErrorScreen as ErrorBoundary } from '../ui/error-screen.tsx'
