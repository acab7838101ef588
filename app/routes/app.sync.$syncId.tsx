/** The report of a sync, while it runs too. */
import type { ActionFunctionArgs, LoaderFunctionArgs } from '@remix-run/node'
import { useLoaderData } from '@remix-run/react'
import { authenticate } from '../shopify.server.ts'
import { cancelSync, pauseSync, resumeSync } from '../sync/start.server.ts'
import { reportPage } from '../sync/watch.server.ts'
import { done, failed, unknownForm } from '../ui/answer.ts'
import type { Answer } from '../ui/answer.ts'
import { fieldOf } from '../ui/form.ts'
import { Report } from '../ui/sync/report.tsx'

export async function loader({ request, params }: LoaderFunctionArgs) {
  const { session } = await authenticate.admin(request)
  const page = await reportPage(session.shop, params['syncId'] ?? '')
  if (!page) throw new Response(null, { status: 404 })
  return page
}

export async function action({ request, params }: ActionFunctionArgs): Promise<Answer> {
  const { session } = await authenticate.admin(request)
  const id = params['syncId'] ?? ''
  switch (fieldOf(await request.formData(), 'intent')) {
    case 'pause':
      return (await pauseSync(session.shop, id)) ? done('Sync paused.') : failed(notSo)
    case 'resume':
      return (await resumeSync(session.shop, id)) ? done('Sync goes on.') : failed(notSo)
    case 'cancel':
      return (await cancelSync(session.shop, id)) ? done('Sync canceled.') : failed(notSo)
    default:
      return unknownForm
  }
}

const notSo = {
  code: 'sync-not-so',
  what: 'The sync is not in a state for that any more.',
  remedy: 'Reload the page to see how it stands now.',
  retry: 'never',
} as const

export default function SyncPage() {
  return <Report {...useLoaderData<typeof loader>()} />
}

export { ErrorScreen as ErrorBoundary } from '../ui/error-screen.tsx'
