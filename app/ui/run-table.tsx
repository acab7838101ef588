import { useLocation, useNavigate } from '@remix-run/react'
import {
  BlockStack,
  Box,
  EmptySearchResult,
  EmptyState,
  IndexTable,
  InlineStack,
  Link,
  Text,
  useIndexResourceState,
} from '@shopify/polaris'
import emptyImage from './empty.svg'
import { RunBadge, UndoBadge } from './run-badge.tsx'
import { usePhone } from './store.tsx'
import { Time } from './time.tsx'

interface Row {
  [key: string]: unknown
  id: string
  createdAt: string
  ruleName: string
  state: 'waiting' | 'done' | 'skipped' | 'failed'
  shadow: boolean
  isUndo: boolean
  event: string
  person: string | null
  note: string
}

interface RunTableProps {
  rows: Row[]
  newer: string | null
  older: string | null
  isFiltered: boolean
  onRunAgain: (ids: string[]) => void
}

const resourceName = { singular: 'run', plural: 'runs' }

/**
 * Runs, newest first. Where all have failed they can be chosen to run again; among others, rows that
 * can't be chosen would only look switched off.
 */
export function RunTable({ rows, newer, older, isFiltered, onRunAgain }: RunTableProps) {
  const isPhone = usePhone()
  const page = usePaging()
  const canChoose = rows.every(({ state }) => state === 'failed')
  const { selectedResources, allResourcesSelected, handleSelectionChange, clearSelection } =
    useIndexResourceState(rows)
  const runAgain = () => {
    onRunAgain(selectedResources)
    clearSelection()
  }
  if (rows.length === 0) {
    return isFiltered ? (
      <Box padding="800">
        <EmptySearchResult
          title="No runs here"
          description="No run fits these filters."
          withIllustration={false}
        />
      </Box>
    ) : (
      <EmptyState
        heading="Nothing has happened yet"
        image={emptyImage}
        action={{ content: 'Write a rule', url: '/app/rules/start' }}
        secondaryAction={{ content: 'Show the webhook', url: '/app/settings#webhook' }}
      >
        <p>Once Klaviyo sends an event that fits a rule, you see here what the rule did and why.</p>
      </EmptyState>
    )
  }
  return (
    <IndexTable
      resourceName={resourceName}
      itemCount={rows.length}
      condensed={isPhone}
      selectable={canChoose}
      selectedItemsCount={allResourcesSelected ? 'All' : selectedResources.length}
      onSelectionChange={handleSelectionChange}
      promotedBulkActions={[{ content: 'Run again', onAction: runAgain }]}
      headings={[
        { title: 'Time' },
        { title: 'Rule' },
        { title: 'Event' },
        { title: 'Customer' },
        { title: 'Result' },
        { title: 'What happened' },
      ]}
      pagination={{
        hasPrevious: newer !== null,
        hasNext: older !== null,
        previousTooltip: 'Newer',
        nextTooltip: 'Older',
        accessibilityLabel: 'Pages of runs',
        onPrevious: () => page('after', newer),
        onNext: () => page('before', older),
      }}
    >
      {rows.map((row, index) => (
        <IndexTable.Row
          key={row.id}
          id={row.id}
          position={index}
          selected={selectedResources.includes(row.id)}
        >
          {isPhone ? <PhoneCells row={row} /> : <Cells row={row} />}
        </IndexTable.Row>
      ))}
    </IndexTable>
  )
}

function Cells({ row }: { row: Row }) {
  return (
    <>
      <IndexTable.Cell>
        <Link url={`/app/activity/${row.id}`} dataPrimaryLink removeUnderline monochrome>
          <Time at={row.createdAt} />
        </Link>
      </IndexTable.Cell>
      <IndexTable.Cell>
        <Cut width={140}>{row.ruleName}</Cut>
      </IndexTable.Cell>
      <IndexTable.Cell>
        <Cut width={180}>{row.event}</Cut>
      </IndexTable.Cell>
      <IndexTable.Cell>
        <Cut width={170}>{row.person ?? '–'}</Cut>
      </IndexTable.Cell>
      <IndexTable.Cell>
        <Badges row={row} />
      </IndexTable.Cell>
      <IndexTable.Cell>
        <Rest>{row.note}</Rest>
      </IndexTable.Cell>
    </>
  )
}

function Badges({ row }: { row: Row }) {
  return (
    <InlineStack gap="100" wrap={false}>
      {row.isUndo ? <UndoBadge /> : null}
      <RunBadge state={row.state} shadow={row.shadow} />
    </InlineStack>
  )
}

function PhoneCells({ row }: { row: Row }) {
  return (
    <Box padding="300" width="100%">
      <BlockStack gap="100">
        <InlineStack align="space-between" blockAlign="start" gap="200" wrap={false}>
          <Link url={`/app/activity/${row.id}`} dataPrimaryLink removeUnderline monochrome>
            <Text as="span" fontWeight="semibold" breakWord>
              {row.ruleName}
            </Text>
          </Link>
          <Badges row={row} />
        </InlineStack>
        <Text as="span" variant="bodySm" breakWord>
          {row.person ?? row.event}
        </Text>
        <Text as="span" variant="bodySm" tone="subdued" breakWord>
          {row.note}
        </Text>
        <Text as="span" variant="bodySm" tone="subdued">
          <Time at={row.createdAt} />
        </Text>
      </BlockStack>
    </Box>
  )
}

interface CutProps {
  /** The most it takes, in pixels. */
  width: number
  children: string
}

/** One line; what does not fit shows when pointed at, and in full on the run's page. */
function Cut({ width, children }: CutProps) {
  return (
    <div style={{ maxWidth: width }} title={children}>
      <Text as="span" truncate>
        {children}
      </Text>
    </div>
  )
}

/** The last column: what the others leave, so that the table fits its card. */
function Rest({ children }: { children: string }) {
  return (
    <div style={{ width: 0, minWidth: 'max(200px, 100%)' }} title={children}>
      <Text as="span" truncate tone="subdued">
        {children}
      </Text>
    </div>
  )
}

/** Goes to the page beside this one; the filter stays. */
function usePaging(): (side: 'before' | 'after', cursor: string | null) => void {
  const { pathname, search } = useLocation()
  const navigate = useNavigate()
  return (side, cursor) => {
    const parameters = new URLSearchParams(search)
    parameters.delete('before')
    parameters.delete('after')
    if (cursor) parameters.set(side, cursor)
    navigate(`${pathname}?${parameters.toString()}`)
  }
}
