import { useFetcher } from '@remix-run/react'
import {
  BlockStack,
  Button,
  ButtonGroup,
  Card,
  InlineGrid,
  InlineStack,
  Link,
  ProgressBar,
  Text,
} from '@shopify/polaris'
import { useState } from 'react'
import type { Answer } from '../answer.ts'
import { ConfirmModal } from '../confirm-modal.tsx'
import { ProblemBanner } from '../problem-banner.tsx'
import { useAnswer } from '../use-answer.ts'
import { SyncBadge } from './sync-badge.tsx'
import { useProgress } from './use-progress.ts'
import type { Progress } from './use-progress.ts'
import { counted, countedOf, leftText, metafieldsDone, scopeText } from './views.ts'
import type { SyncShown, WatchedShown } from './views.ts'

interface ProgressCardProps {
  watched: WatchedShown
  mappings: readonly { id: string; name: string }[]
  /** Whether the card stands on the report itself. */
  isReport?: boolean
}

const phases: Record<SyncShown['phase'], string> = {
  waiting: 'Getting ready',
  reading: 'Reading profiles from Klaviyo',
  writing: 'Writing metafields in Shopify',
  stopping: 'Stopping: Shopify finishes what it has begun',
  over: 'Over',
}

/** The sync under way, as it stands, and what can be done with it. */
export function ProgressCard({ watched, mappings, isReport = false }: ProgressCardProps) {
  const progress = useProgress(watched)
  const { sync, pace } = progress
  const isPaused = sync.state === 'paused'
  const rates = [
    ...(sync.phase === 'reading' && pace.profiles > 0
      ? [`${rateText(pace.profiles)} profiles a second`]
      : []),
    ...(pace.metafields > 0 ? [`${rateText(pace.metafields)} metafields a second`] : []),
    ...(pace.leftMs !== null && pace.leftMs > 0 ? [leftText(pace.leftMs)] : []),
  ]
  return (
    <Card>
      <BlockStack gap="400">
        <InlineStack align="space-between" blockAlign="start" gap="200">
          <BlockStack gap="100">
            <InlineStack gap="200" blockAlign="center">
              <Text as="h2" variant="headingMd">
                {sync.isDry ? 'Dry run' : 'Sync'} under way
              </Text>
              <SyncBadge sync={sync} />
            </InlineStack>
            <Text as="p" tone="subdued">
              {scopeText(sync.scope, mappings)}
              {isReport ? null : (
                <>
                  {' · '}
                  <Link url={`/app/sync/${sync.id}`}>Report so far</Link>
                </>
              )}
            </Text>
          </BlockStack>
          <Controls sync={sync} />
        </InlineStack>
        {sync.problem ? (
          <ProblemBanner title="The sync waits" tone="warning" problem={sync.problem} />
        ) : null}
        <Bars {...progress} />
        <div aria-live="polite">
          <Text as="p">
            {isPaused ? 'Paused: it goes on where it stopped.' : phaseText(sync)}
            {!isPaused && rates.length > 0 ? `: ${rates.join(', ')}.` : null}
          </Text>
        </div>
        <Counts sync={sync} />
      </BlockStack>
    </Card>
  )
}

const phaseText = ({ phase, isDry, counts }: SyncShown) =>
  phase === 'writing' && (isDry || counts.toWrite === 0)
    ? 'Comparing with your customers'
    : phases[phase]

const rateText = (perSecond: number) =>
  perSecond >= 10 ? counted(Math.round(perSecond)) : perSecond.toFixed(1)

function Bars(progress: Progress) {
  const { sync, expected } = progress
  const { counts, phase } = sync
  const isRead = phase === 'writing'
  return (
    <BlockStack gap="300">
      <Bar
        id="sync-read"
        label="Profiles read"
        done={counts.profiles}
        of={isRead ? counts.profiles : expected}
        isAbout={!isRead}
      />
      {sync.isDry ? null : (
        <Bar
          id="sync-written"
          label="Metafields written"
          done={metafieldsDone(progress)}
          of={counts.toWrite > 0 ? counts.toWrite : null}
          isAbout={false}
        />
      )}
    </BlockStack>
  )
}

interface BarProps {
  id: string
  label: string
  done: number
  /** Null where it is not known. */
  of: number | null
  /** Whether `of` is only what it was last time. */
  isAbout: boolean
}

function Bar({ id, label, done, of, isAbout }: BarProps) {
  // More than last time: there is no telling how far it is.
  const goal = of === null || done > of ? null : of
  return (
    <BlockStack gap="100">
      <InlineStack align="space-between" gap="200">
        <Text as="span" id={id}>
          {label}
        </Text>
        <Text as="span" numeric tone="subdued">
          {goal === null
            ? counted(done)
            : `${counted(done)} of ${isAbout ? 'about ' : ''}${counted(goal)}`}
        </Text>
      </InlineStack>
      {goal === null ? null : (
        <ProgressBar
          progress={goal === 0 ? 0 : (100 * done) / goal}
          size="small"
          tone="primary"
          animated={false}
          ariaLabelledBy={id}
        />
      )}
    </BlockStack>
  )
}

function Counts({ sync: { counts, isDry } }: { sync: SyncShown }) {
  const { noAddress, noCustomer, several, duplicate } = counts.unmatched
  const figures = [
    { label: 'Matched customers', value: counts.matched },
    { label: 'Not matched', value: noAddress + noCustomer + several + duplicate },
    { label: isDry ? 'Would change' : 'Changed customers', value: counts.changed },
    { label: 'Failed', value: counts.failed },
  ]
  return (
    <InlineGrid columns={{ xs: 2, md: 4 }} gap="300">
      {figures.map(({ label, value }) => (
        <BlockStack key={label} gap="050">
          <Text as="span" variant="bodySm" tone="subdued">
            {label}
          </Text>
          <Text
            as="span"
            variant="headingMd"
            numeric
            {...(label === 'Failed' && value > 0 ? { tone: 'critical' as const } : {})}
          >
            {counted(value)}
          </Text>
        </BlockStack>
      ))}
    </InlineGrid>
  )
}

function Controls({ sync }: { sync: SyncShown }) {
  const asking = useFetcher<Answer>()
  useAnswer(asking.data)
  const [isCanceling, setCanceling] = useState(false)
  const ask = (intent: string) =>
    asking.submit({ intent }, { method: 'post', action: `/app/sync/${sync.id}` })
  const isBusy = asking.state !== 'idle'
  const isActive = sync.state === 'running' || sync.state === 'paused'
  if (!isActive) return null
  return (
    <>
      <ButtonGroup>
        {sync.state === 'paused' ? (
          <Button variant="primary" onClick={() => ask('resume')} disabled={isBusy}>
            Resume
          </Button>
        ) : (
          <Button onClick={() => ask('pause')} disabled={isBusy}>
            Pause
          </Button>
        )}
        <Button tone="critical" onClick={() => setCanceling(true)} disabled={isBusy}>
          Cancel
        </Button>
      </ButtonGroup>
      <ConfirmModal
        id="cancel-sync"
        open={isCanceling}
        title="Cancel this sync?"
        confirm="Cancel the sync"
        dismiss="Let it go on"
        onConfirm={() => ask('cancel')}
        onClose={() => setCanceling(false)}
      >
        {sync.isDry
          ? 'What it found so far stays in its report.'
          : `What it wrote stays, ${countedOf(sync.counts.written, 'metafield')} so far. The next sync writes the rest.`}
      </ConfirmModal>
    </>
  )
}
