import { Banner, BlockStack, Card, InlineGrid, Page, Text } from '@shopify/polaris'
import { ProblemBanner } from '../problem-banner.tsx'
import { useStore } from '../store.tsx'
import { Time, timeText } from '../time.tsx'
import { ChangesCard } from './changes-card.tsx'
import { ChartCard } from './chart.tsx'
import { FailuresCard } from './failures-card.tsx'
import { ProgressCard } from './progress-card.tsx'
import { churnRows, clvRows, moveRows, timeRows, unmatchedRows } from './report-rows.ts'
import { SyncBadge } from './sync-badge.tsx'
import { counted, countedOf, durationText, scopeText, titleOfProblem } from './views.ts'
import type { ReportPageShown, ReportShown } from './views.ts'

/** What a sync found and did. While it runs, what it did so far. */
export function Report({ report, expected, underWay, before }: ReportPageShown) {
  const { timeZone } = useStore()
  const { scope, mappings, distribution, bands, isDry, isNightly } = report
  const isOver = report.phase === 'over'
  const compared = before ? { ...before, text: timeText(before.at, timeZone) } : null
  const note = compared ? `In brackets: since the sync of ${compared.text}.` : undefined
  const unmatched = unmatchedRows(report.counts)
  return (
    <Page
      title={`${isDry ? 'Dry run' : 'Sync'} of ${timeText(report.startedAt, timeZone)}`}
      titleMetadata={<SyncBadge sync={report} />}
      subtitle={`${scopeText(scope, mappings)}${isNightly ? ', nightly' : ''}`}
      backAction={{ content: 'Metafield sync', url: '/app/sync' }}
    >
      <BlockStack gap="400">
        {isOver ? null : (
          <ProgressCard
            watched={{ sync: report, expected, underWay }}
            mappings={mappings}
            isReport
          />
        )}
        {isOver && report.problem ? (
          <ProblemBanner
            title={titleOfProblem(report)}
            tone={report.state === 'failed' ? 'critical' : 'warning'}
            problem={report.problem}
          />
        ) : null}
        {isDry ? <Banner tone="info" title="A dry run: nothing was written" /> : null}
        <KeyFigures report={report} />
        <FailuresCard report={report} />
        {bands.map((band) => (
          <MovesCard key={band.mappingId} band={band} isDry={isDry} />
        ))}
        {distribution.scored > 0 && scope.kind !== 'customer' ? (
          <InlineGrid columns={{ xs: 1, md: 2 }} gap="400" alignItems="start">
            <ChartCard
              title="Churn risk"
              by="Risk"
              unit="Profiles"
              rows={churnRows(distribution, before?.distribution)}
              {...(note ? { note } : {})}
            />
            <ChartCard
              title="Predicted lifetime value"
              by="Value"
              unit="Profiles"
              rows={clvRows(distribution, before?.distribution)}
              {...(note ? { note } : {})}
            />
          </InlineGrid>
        ) : null}
        <InlineGrid columns={{ xs: 1, md: 2 }} gap="400" alignItems="start">
          {unmatched.some(({ value }) => value > 0) ? (
            <ChartCard
              title="Profiles without a customer"
              by="Why"
              unit="Profiles"
              rows={unmatched}
              note="Nothing is wrong with them: Klaviyo also knows people who never were customers."
            />
          ) : null}
          <ChartCard
            title="Where the time went"
            by="On"
            unit="Time"
            rows={timeRows(report.times)}
            text={durationText}
            note="Reading, matching and writing go on side by side, so the parts add up to more than the whole."
          />
        </InlineGrid>
        <ChangesCard report={report} />
      </BlockStack>
    </Page>
  )
}

function KeyFigures({ report }: { report: ReportShown }) {
  const { counts, isDry, scope, startedAt, finishedAt, distribution } = report
  const figures = [
    { label: 'Profiles read', value: counted(counts.profiles) },
    ...(scope.kind === 'customer'
      ? []
      : [{ label: 'With predictions', value: counted(distribution.scored) }]),
    { label: 'Matched customers', value: counted(counts.matched) },
    { label: isDry ? 'Customers to change' : 'Customers changed', value: counted(counts.changed) },
    isDry
      ? { label: 'Metafields to write', value: counted(counts.toWrite) }
      : { label: 'Metafields written', value: counted(counts.written) },
    { label: 'Metafields deleted', value: counted(counts.deleted) },
    { label: 'Failed', value: counted(counts.failed), isBad: counts.failed > 0 },
    {
      label: 'Took',
      value: finishedAt
        ? durationText(Date.parse(finishedAt) - Date.parse(startedAt))
        : 'Not over yet',
    },
  ]
  return (
    <Card>
      <BlockStack gap="300">
        <InlineGrid columns={{ xs: 2, md: 4 }} gap="400">
          {figures.map(({ label, value, isBad }) => (
            <BlockStack key={label} gap="050">
              <Text as="h2" variant="bodySm" tone="subdued" fontWeight="regular">
                {label}
              </Text>
              <Text
                as="p"
                variant="headingLg"
                numeric
                {...(isBad ? { tone: 'critical' as const } : {})}
              >
                {value}
              </Text>
            </BlockStack>
          ))}
        </InlineGrid>
        <Text as="p" tone="subdued">
          Started <Time at={startedAt} full />
          {finishedAt ? (
            <>
              , finished <Time at={finishedAt} full />
            </>
          ) : null}
          . {countedOf(report.mappings.length, 'mapping')}:{' '}
          {report.mappings.map(({ metafield }) => metafield).join(', ')}.
        </Text>
      </BlockStack>
    </Card>
  )
}

function MovesCard({ band, isDry }: { band: ReportShown['bands'][number]; isDry: boolean }) {
  const rows = moveRows(band)
  if (rows.length === 0) return null
  return (
    <ChartCard
      title={`${isDry ? 'Would move' : 'Moved'} between bands: ${band.metafield}`}
      by="From and to"
      unit="Customers"
      rows={rows}
    />
  )
}
