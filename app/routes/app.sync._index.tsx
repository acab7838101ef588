/** Metafield sync: the mappings, the sync under way, the schedule, what was. */
import type { ActionFunctionArgs, LoaderFunctionArgs } from '@remix-run/node'
import { useLoaderData } from '@remix-run/react'
import { config } from '../config.server.ts'
import { authenticate } from '../shopify.server.ts'
import { connectionOf } from '../shops/connection.server.ts'
import { addPresets } from '../sync/mapping-form.server.ts'
import { listMappings, switchMapping } from '../sync/mappings.server.ts'
import { saveSchedule, scheduleOf } from '../sync/schedule.server.ts'
import { startFromForm } from '../sync/start-form.server.ts'
import { listSyncs } from '../sync/syncs.server.ts'
import { currentWatched } from '../sync/watch.server.ts'
import { done, gone, refused, unknownForm } from '../ui/answer.ts'
import type { Answer } from '../ui/answer.ts'
import { fieldOf, fieldsOf } from '../ui/form.ts'
import { SyncOverview } from '../ui/sync/overview.tsx'

export async function loader({ request }: LoaderFunctionArgs) {
  const { session } = await authenticate.admin(request)
  const { shop } = session
  const before = new URL(request.url).searchParams.get('before')
  const [mappings, current, history, schedule, connection] = await Promise.all([
    listMappings(shop),
    currentWatched(shop),
    listSyncs(shop, before),
    scheduleOf(shop),
    connectionOf(shop),
  ])
  const isConnected = connection !== null
  return { mappings, current, history, schedule, isConnected, apiKey: config.shopify.apiKey }
}

export async function action({ request }: ActionFunctionArgs): Promise<Answer> {
  const { session } = await authenticate.admin(request)
  const { shop } = session
  const form = await request.formData()
  switch (fieldOf(form, 'intent')) {
    case 'presets':
      return presetsAnswer(await addPresets(shop, fieldsOf(form, 'preset')))
    case 'switch': {
      const isOn = fieldOf(form, 'isOn') === 'true'
      const isKnown = await switchMapping(shop, fieldOf(form, 'id'), isOn)
      if (!isKnown) return gone('This mapping was deleted meanwhile.')
      return done(isOn ? 'Mapping switched on.' : 'Mapping switched off.')
    }
    case 'schedule': {
      const saved = await saveSchedule(shop, Object.fromEntries(form))
      return saved.ok ? done('Schedule saved.') : refused(saved.problems)
    }
    case 'start': {
      const started = await startFromForm(shop, Object.fromEntries(form))
      return started.ok ? done('The sync has started.') : started
    }
    default:
      return unknownForm
  }
}

function presetsAnswer({
  count,
  problems,
  problem,
}: Awaited<ReturnType<typeof addPresets>>): Answer {
  if (problem || problems.length > 0) {
    return { ok: false, problems, ...(problem ? { problem } : {}) }
  }
  if (count === 0) return refused([{ field: 'preset', message: 'Choose a mapping.' }])
  return done(count === 1 ? '1 mapping added.' : `${count} mappings added.`)
}

export default function SyncIndex() {
  return <SyncOverview {...useLoaderData<typeof loader>()} />
}

export { ErrorScreen as ErrorBoundary } from '../ui/error-screen.tsx'
