/** Activity: what the rules did, newest first. */
import type { ActionFunctionArgs, LoaderFunctionArgs } from '@remix-run/node'
import { redirect } from '@remix-run/node'
import { useFetcher, useLoaderData, useNavigation, useSearchParams } from '@remix-run/react'
import { BlockStack, Card, Page } from '@shopify/polaris'
import { useState } from 'react'
import { failuresOf } from '../activity/failures.server.ts'
import type { FailureGroup } from '../activity/failures.server.ts'
import { filterOf, searchOf } from '../activity/filter.ts'
import { cursorOf, listRuns } from '../activity/list.server.ts'
import { upkeepOf } from '../activity/upkeep.server.ts'
import { customerFor } from '../activity/whom.server.ts'
import { runAgain, runAllAgain } from '../activity/run-again.server.ts'
import { listOperations } from '../operations/operations.server.ts'
import { ruleNames } from '../rulebook/rulebook.server.ts'
import { authenticate } from '../shopify.server.ts'
import { healthOf } from '../shops/health.server.ts'
import { ActivityFilters } from '../ui/activity-filters.tsx'
import { CausesCard } from '../ui/causes-card.tsx'
import { done, unknownForm } from '../ui/answer.ts'
import type { Answer } from '../ui/answer.ts'
import { fieldOf, fieldsOf } from '../ui/form.ts'
import { OperationList } from '../ui/operations/operation-list.tsx'
import { RunTable } from '../ui/run-table.tsx'
import { ShadowCard } from '../ui/shadow-card.tsx'
import { UndoModal } from '../ui/undo/undo-modal.tsx'
import { UpkeepCard } from '../ui/upkeep-card.tsx'
import { useSaid, useToldAnswer } from '../ui/use-answer.ts'

/** More than any store has at once: each is in the same words for all of its runs. */
const mostCauses = 100

const noFailures: FailureGroup[] = []

export async function loader({ request }: LoaderFunctionArgs) {
  const { session } = await authenticate.admin(request)
  const { searchParams } = new URL(request.url)
  const filter = filterOf(searchParams)
  const cursor = cursorOf(searchParams)
  const showsCauses = filter.outcome === 'failed' && filter.customer === null && cursor === null
  const [page, rules, operations, upkeep, failures, health] = await Promise.all([
    listRuns(session.shop, filter, cursor),
    ruleNames(session.shop),
    listOperations(session.shop),
    upkeepOf(session.shop),
    showsCauses ? failuresOf(session.shop, filter, mostCauses) : noFailures,
    healthOf(session.shop),
  ])
  return { ...page, rules, operations, filter, upkeep, failures, health }
}

export async function action({ request }: ActionFunctionArgs): Promise<Answer | Response> {
  const { session } = await authenticate.admin(request)
  const form = await request.formData()
  const filter = filterOf(new URL(request.url).searchParams)
  switch (fieldOf(form, 'intent')) {
    // What is typed may be an e-mail: it comes in a body, and the address gets what hides it.
    case 'find': {
      const customer = customerFor(session.shop, fieldOf(form, 'customer').trim())
      return redirect(`/app/activity${searchOf({ ...filter, customer })}`)
    }
    case 'run-all-again': {
      const { count, isMore } = await runAllAgain(session.shop, filter)
      return done(`${started(count)}${isMore ? ' Press again for the rest.' : ''}`)
    }
    case 'run-again':
      return done(started(await runAgain(session.shop, fieldsOf(form, 'id'))))
    default:
      return unknownForm
  }
}

const started = (count: number) =>
  count === 1 ? '1 run starts again.' : `${count.toLocaleString('en-US')} runs start again.`

export default function Activity() {
  const { rows, newer, older, rules, operations, filter, upkeep, failures, health } =
    useLoaderData<typeof loader>()
  const again = useFetcher<Answer>()
  const { state } = useNavigation()
  useToldAnswer(again.data)
  useSaid()
  const isBusy = again.state !== 'idle'
  // The action belongs to this index route, and takes the filter that is in the address.
  const runAllAgainNow = () => again.submit({ intent: 'run-all-again' }, { method: 'post' })
  const runThemAgain = (ids: string[]) => {
    const form = new FormData()
    form.set('intent', 'run-again')
    for (const id of ids) form.append('id', id)
    again.submit(form, { method: 'post' })
  }
  const undoing = useUndoing()
  const canRunAll = filter.outcome === 'failed' && rows.length > 0
  return (
    <Page
      title="Activity"
      fullWidth
      secondaryActions={[
        ...(canRunAll
          ? [{ content: 'Run all of these again', onAction: runAllAgainNow, loading: isBusy }]
          : []),
        ...(rows.length > 0 ? [{ content: 'Undo these…', onAction: undoing.ask }] : []),
      ]}
    >
      <BlockStack gap="400">
        <OperationList operations={operations} />
        {failures.length > 0 ? (
          <CausesCard
            failures={failures}
            filter={filter}
            broken={{ klaviyo: health.klaviyo !== null, shopify: health.shopify !== null }}
          />
        ) : null}
        {filter.outcome === 'shadow' ? <ShadowCard filter={filter} /> : null}
        <Card padding="0">
          <ActivityFilters
            filter={filter}
            person={rows[0]?.person ?? null}
            rules={rules}
            operations={operations}
            isLoading={state === 'loading'}
          />
          <RunTable
            rows={rows}
            newer={newer}
            older={older}
            isFiltered={Object.values(filter).some((value) => value !== null)}
            onRunAgain={runThemAgain}
          />
        </Card>
        <UpkeepCard rows={upkeep} />
      </BlockStack>
      <UndoModal
        wish={{ search: searchOf(filter) }}
        open={undoing.isAsked}
        onClose={undoing.close}
      />
    </Page>
  )
}

/** Whether the merchant is asked about undoing; a link may begin with that: `?undo=ask`. */
function useUndoing() {
  const [parameters, setParameters] = useSearchParams()
  const isLinked = parameters.has('undo')
  const [isAsked, setAsked] = useState(isLinked)
  const close = () => {
    setAsked(false)
    if (!isLinked) return
    parameters.delete('undo')
    setParameters(parameters, { replace: true })
  }
  return { isAsked, ask: () => setAsked(true), close }
}

export { ErrorScreen as ErrorBoundary } from '../ui/error-screen.tsx'
