/** One run: the event, the decision and why, each step. */
import type { ActionFunctionArgs, LoaderFunctionArgs } from '@remix-run/node'
import { useFetcher, useLoaderData } from '@remix-run/react'
import { BlockStack, InlineGrid, InlineStack, Page } from '@shopify/polaris'
import { useState } from 'react'
import { runAgain } from '../activity/run-again.server.ts'
import { readRun } from '../activity/run.server.ts'
import { authenticate } from '../shopify.server.ts'
import { done, failed } from '../ui/answer.ts'
import type { Answer } from '../ui/answer.ts'
import { ProblemBanner } from '../ui/problem-banner.tsx'
import { RunBadge, UndoBadge } from '../ui/run-badge.tsx'
import { DecisionCard, EventCard, SideCard, StepsCard } from '../ui/run-cards.tsx'
import { Time } from '../ui/time.tsx'
import { UndoBanner } from '../ui/undo/undo-banner.tsx'
import { UndoModal } from '../ui/undo/undo-modal.tsx'
import { useAnswer } from '../ui/use-answer.ts'

export async function loader({ request, params }: LoaderFunctionArgs) {
  const { session } = await authenticate.admin(request)
  const run = await readRun(session.shop, params['runId'] ?? '')
  if (!run) throw new Response(null, { status: 404 })
  return run
}

export async function action({ request, params }: ActionFunctionArgs): Promise<Answer> {
  const { session } = await authenticate.admin(request)
  const count = await runAgain(session.shop, [params['runId'] ?? ''])
  return count > 0 ? done('The run starts again.') : failed(notFailed)
}

const notFailed = {
  code: 'run-not-failed',
  what: 'Only a run that failed can run again.',
  remedy: 'Reload the page to see how it stands now.',
  retry: 'never',
} as const

export default function RunPage() {
  const run = useLoaderData<typeof loader>()
  const again = useFetcher<typeof action>()
  useAnswer(again.data)
  const [isUndoing, setUndoing] = useState(false)
  const runAgainNow = () => again.submit({}, { method: 'post' })
  const refusal = again.data?.ok === false ? again.data.problem : undefined
  return (
    <Page
      title={run.rule.name}
      titleMetadata={
        <InlineStack gap="100">
          {run.undoes ? <UndoBadge /> : null}
          <RunBadge state={run.state} shadow={run.shadow} />
        </InlineStack>
      }
      subtitle={run.event.title}
      backAction={{ content: 'Activity', url: '/app/activity' }}
      secondaryActions={
        run.canBeUndone ? [{ content: 'Undo…', onAction: () => setUndoing(true) }] : []
      }
      {...(run.state === 'failed' && !run.undo
        ? {
            primaryAction: {
              content: 'Run again',
              onAction: runAgainNow,
              loading: again.state !== 'idle',
            },
          }
        : {})}
    >
      <BlockStack gap="400">
        {refusal ? <ProblemBanner title="It did not start" problem={refusal} /> : null}
        {run.problem ? (
          <ProblemBanner
            title={run.state === 'failed' ? 'This run failed' : 'This run waits'}
            tone={run.state === 'failed' ? 'critical' : 'warning'}
            problem={run.problem}
          />
        ) : null}
        <UndoBanner undoes={run.undoes} undo={run.undo} />
        <InlineGrid columns={{ xs: 1, md: ['twoThirds', 'oneThird'] }} gap="400" alignItems="start">
          <BlockStack gap="400">
            <StepsCard steps={run.steps} shadow={run.shadow} isOver={run.state !== 'waiting'} />
            {run.undoes ? null : (
              <DecisionCard why={run.why} reason={run.reason} state={run.state} />
            )}
            <EventCard facts={run.event.facts} />
          </BlockStack>
          <SideCard
            facts={[
              { label: 'Started', value: <Time at={run.createdAt} full /> },
              {
                label: 'Finished',
                value: run.finishedAt ? <Time at={run.finishedAt} full /> : 'Not yet',
              },
              { label: 'Attempts', value: String(run.attempts) },
              ...(run.state === 'waiting' && run.event.dueAt
                ? [{ label: 'Looked at again', value: <Time at={run.event.dueAt} full /> }]
                : []),
            ]}
            rule={run.rule}
            customerGid={run.customerGid}
          />
        </InlineGrid>
      </BlockStack>
      <UndoModal wish={{ runId: run.id }} open={isUndoing} onClose={() => setUndoing(false)} />
    </Page>
  )
}

export { ErrorScreen as ErrorBoundary } from '../ui/error-screen.tsx'
