import { useFetcher } from '@remix-run/react'
import { Banner, BlockStack, InlineGrid, Page } from '@shopify/polaris'
import type { Answer } from '../answer.ts'
import { ProblemBanner } from '../problem-banner.tsx'
import { useAnswer, useSaid } from '../use-answer.ts'
import { EmptySync } from './empty-sync.tsx'
import { HistoryCard } from './history-card.tsx'
import { MappingTable } from './mapping-table.tsx'
import { ProgressCard } from './progress-card.tsx'
import { ScheduleCard } from './schedule-card.tsx'
import { StartCard } from './start-card.tsx'
import { ThemeCard } from './theme-card.tsx'
import { titleOfProblem } from './views.ts'
import type { MappingShown, ScheduleShown, SyncShown, WatchedShown } from './views.ts'

interface SyncOverviewProps {
  mappings: MappingShown[]
  current: WatchedShown | null
  history: { syncs: SyncShown[]; older: string | null }
  schedule: ScheduleShown
  isConnected: boolean
  apiKey: string
}

export function SyncOverview(props: SyncOverviewProps) {
  const { mappings, current, history, schedule, isConnected, apiKey } = props
  const adding = useFetcher<Answer>()
  useAnswer(adding.data)
  useSaid()
  const hasMappings = mappings.length > 0
  const names = mappings.map(({ id, document }) => ({ id, name: document.name }))
  const enabled = names.filter((_, index) => mappings[index]?.isEnabled)
  const over = history.syncs.filter(({ phase }) => phase === 'over')
  return (
    <Page
      title="Metafield sync"
      fullWidth
      {...(hasMappings
        ? { primaryAction: { content: 'Add mapping', url: '/app/sync/mappings/new' } }
        : {})}
    >
      <BlockStack gap="400">
        {isConnected ? null : (
          <Banner
            tone="warning"
            title="Connect Klaviyo first"
            action={{ content: 'Connect Klaviyo', url: '/app/settings' }}
          >
            <p>The sync reads the predictions of your Klaviyo account.</p>
          </Banner>
        )}
        <PartlyAdded answer={hasMappings ? adding.data : undefined} />
        <LastWord newest={current ? undefined : over[0]} />
        {hasMappings ? (
          <>
            <InlineGrid
              columns={{ xs: 1, md: ['twoThirds', 'oneThird'] }}
              gap="400"
              alignItems="start"
            >
              {current ? (
                <ProgressCard watched={current} mappings={names} />
              ) : (
                <StartCard mappings={enabled} />
              )}
              <ScheduleCard schedule={schedule} isPaused={current?.sync.state === 'paused'} />
            </InlineGrid>
            <MappingTable mappings={mappings} lastSync={over[0]?.id ?? ''} />
          </>
        ) : (
          <>
            {current ? <ProgressCard watched={current} mappings={names} /> : null}
            <EmptySync adding={adding} />
          </>
        )}
        <HistoryCard syncs={over} older={history.older} mappings={names} />
        <ThemeCard apiKey={apiKey} />
      </BlockStack>
    </Page>
  )
}

/** Of several presets some were added; what stood in the way of the others. */
function PartlyAdded({ answer }: { answer: Answer | undefined }) {
  if (!answer || answer.ok) return null
  if (answer.problem) return <ProblemBanner title="Not all were added" problem={answer.problem} />
  return (
    <Banner tone="warning" title="Not all were added">
      <p>{answer.problems.map(({ message }) => message).join(' ')}</p>
    </Banner>
  )
}

/** What the last sync has to say once it is over: why it failed, or that Klaviyo predicts nothing. */
function LastWord({ newest }: { newest: SyncShown | undefined }) {
  if (!newest?.problem) return null
  return (
    <ProblemBanner
      title={titleOfProblem(newest)}
      tone={newest.state === 'failed' ? 'critical' : 'warning'}
      problem={newest.problem}
      action={{ content: 'Open its report', url: `/app/sync/${newest.id}` }}
    />
  )
}
