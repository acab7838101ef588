import { useLocation, useNavigate } from '@remix-run/react'
import { BlockStack, Box, Card, IndexTable, InlineStack, Link, Text } from '@shopify/polaris'
import { usePhone } from '../store.tsx'
import { Time } from '../time.tsx'
import { SyncBadge } from './sync-badge.tsx'
import { counted, countedOf, durationText, scopeText } from './views.ts'
import type { SyncShown } from './views.ts'

interface HistoryCardProps {
  syncs: SyncShown[]
  older: string | null
  mappings: readonly { id: string; name: string }[]
}

/** The syncs so far, newest first. */
export function HistoryCard({ syncs, older, mappings }: HistoryCardProps) {
  const isPhone = usePhone()
  const navigate = useNavigate()
  const { search } = useLocation()
  const hasNewer = new URLSearchParams(search).has('before')
  if (syncs.length === 0 && !hasNewer) return null
  return (
    <Card padding="0">
      <Box padding="400">
        <Text as="h2" variant="headingMd">
          History
        </Text>
      </Box>
      <IndexTable
        resourceName={{ singular: 'sync', plural: 'syncs' }}
        itemCount={syncs.length}
        condensed={isPhone}
        selectable={false}
        headings={[
          { title: 'Started' },
          { title: 'State' },
          { title: 'Whom' },
          { title: 'Profiles', alignment: 'end' },
          { title: 'Customers changed', alignment: 'end' },
          { title: 'Written', alignment: 'end' },
          { title: 'Failed', alignment: 'end' },
          { title: 'Took', alignment: 'end' },
        ]}
        {...(hasNewer || older !== null
          ? {
              pagination: {
                hasPrevious: hasNewer,
                hasNext: older !== null,
                previousTooltip: 'Back',
                nextTooltip: 'Older',
                accessibilityLabel: 'Pages of the history',
                onPrevious: () => navigate(-1),
                onNext: () => navigate(`/app/sync?before=${older ?? ''}`),
              },
            }
          : {})}
      >
        {syncs.map((sync, index) => (
          <IndexTable.Row key={sync.id} id={sync.id} position={index}>
            {isPhone ? (
              <PhoneCells sync={sync} mappings={mappings} />
            ) : (
              <Cells sync={sync} mappings={mappings} />
            )}
          </IndexTable.Row>
        ))}
      </IndexTable>
    </Card>
  )
}

interface CellsProps extends Pick<HistoryCardProps, 'mappings'> {
  sync: SyncShown
}

const whom = ({ sync, mappings }: CellsProps) =>
  `${scopeText(sync.scope, mappings)}${sync.isNightly ? ', nightly' : ''}`

const tookText = ({ startedAt, finishedAt }: SyncShown) =>
  finishedAt ? durationText(Date.parse(finishedAt) - Date.parse(startedAt)) : ''

function Cells({ sync, mappings }: CellsProps) {
  const { profiles, changed, written, failed } = sync.counts
  return (
    <>
      <IndexTable.Cell>
        <SyncLink sync={sync} />
      </IndexTable.Cell>
      <IndexTable.Cell>
        <SyncBadge sync={sync} />
      </IndexTable.Cell>
      <IndexTable.Cell>{whom({ sync, mappings })}</IndexTable.Cell>
      <NumberCell text={counted(profiles)} />
      <NumberCell text={counted(changed)} />
      <NumberCell text={sync.isDry ? '–' : counted(written)} />
      <NumberCell text={counted(failed)} isBad={failed > 0} />
      <NumberCell text={tookText(sync)} />
    </>
  )
}

function SyncLink({ sync }: Pick<CellsProps, 'sync'>) {
  return (
    <Link url={`/app/sync/${sync.id}`} dataPrimaryLink removeUnderline monochrome>
      <Text as="span" fontWeight="semibold">
        <Time at={sync.startedAt} />
      </Text>
    </Link>
  )
}

function NumberCell({ text, isBad = false }: { text: string; isBad?: boolean }) {
  return (
    <IndexTable.Cell>
      <Text as="span" alignment="end" numeric {...(isBad ? { tone: 'critical' as const } : {})}>
        {text}
      </Text>
    </IndexTable.Cell>
  )
}

function PhoneCells({ sync, mappings }: CellsProps) {
  const { profiles, changed, failed } = sync.counts
  const outcome = [
    countedOf(profiles, 'profile'),
    `${counted(changed)} changed`,
    ...(failed > 0 ? [`${counted(failed)} failed`] : []),
  ]
  return (
    <Box padding="300" width="100%">
      <BlockStack gap="100">
        <InlineStack align="space-between" blockAlign="start" gap="200" wrap={false}>
          <SyncLink sync={sync} />
          <SyncBadge sync={sync} />
        </InlineStack>
        <Text as="span" variant="bodySm" breakWord>
          {whom({ sync, mappings })}
        </Text>
        <Text as="span" variant="bodySm" tone="subdued">
          {outcome.join(', ')}
        </Text>
      </BlockStack>
    </Box>
  )
}
