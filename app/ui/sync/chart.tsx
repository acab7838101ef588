import { BlockStack, Box, Button, Card, DataTable, InlineStack, Text } from '@shopify/polaris'
import { useId, useState } from 'react'
import { counted } from './views.ts'

export interface ChartRow {
  label: string
  value: number
  /** What it was before; null where that is not known. */
  before?: number | null
}

interface ChartCardProps {
  title: string
  /** What is counted, as the heading of the table: "Customers". */
  unit: string
  /** What the rows are: "Churn risk". */
  by: string
  rows: ChartRow[]
  note?: string
  /** Values as people read them. */
  text?: (value: number) => string
}

/** Bars, and behind them the same as a table. */
export function ChartCard({ title, unit, by, rows, note, text = counted }: ChartCardProps) {
  const [isTable, setTable] = useState(false)
  const id = useId()
  const hasBefore = rows.some(({ before }) => before !== undefined && before !== null)
  return (
    <Card>
      <BlockStack gap="300">
        <InlineStack align="space-between" blockAlign="center" gap="200">
          <Text as="h2" variant="headingMd" id={id}>
            {title}
          </Text>
          <Button variant="plain" onClick={() => setTable(!isTable)}>
            {isTable ? 'Show as chart' : 'Show as table'}
          </Button>
        </InlineStack>
        {isTable ? (
          <DataTable
            columnContentTypes={['text', 'numeric', ...(hasBefore ? ['numeric' as const] : [])]}
            headings={[by, unit, ...(hasBefore ? ['Before'] : [])]}
            rows={rows.map(({ label, value, before }) => [
              label,
              text(value),
              ...(hasBefore ? [before === undefined || before === null ? '–' : text(before)] : []),
            ])}
            increasedTableDensity
          />
        ) : (
          <Bars rows={rows} labelledBy={id} text={text} />
        )}
        {note ? (
          <Text as="p" tone="subdued">
            {note}
          </Text>
        ) : null}
      </BlockStack>
    </Card>
  )
}

interface BarsProps {
  rows: ChartRow[]
  labelledBy: string
  text: (value: number) => string
}

function Bars({ rows, labelledBy, text }: BarsProps) {
  const highest = Math.max(1, ...rows.map(({ value }) => value))
  return (
    <ul aria-labelledby={labelledBy} style={{ margin: 0, padding: 0, listStyle: 'none' }}>
      {rows.map((row) => (
        <li
          key={row.label}
          style={{
            display: 'grid',
            gridTemplateColumns: 'minmax(84px, 30%) 1fr 84px',
            gap: 8,
            alignItems: 'center',
            paddingBlock: 3,
          }}
        >
          <Text as="span" variant="bodySm" breakWord>
            {row.label}
          </Text>
          <div aria-hidden="true" style={{ height: 14 }}>
            <div
              style={{
                width: row.value === 0 ? 2 : `max(3px, ${(100 * row.value) / highest}%)`,
                height: '100%',
                borderRadius: 3,
                background:
                  row.value === 0
                    ? 'var(--p-color-border-secondary)'
                    : 'var(--p-color-bg-fill-info)',
              }}
            />
          </div>
          <Box>
            <Text as="span" variant="bodySm" numeric>
              {text(row.value)}
              <Moved row={row} />
            </Text>
          </Box>
        </li>
      ))}
    </ul>
  )
}

/** ` (+12)` */
function Moved({ row: { value, before } }: { row: ChartRow }) {
  if (before === undefined || before === null || before === value) return null
  const by = value - before
  return (
    <Text as="span" tone="subdued">
      {` (${by > 0 ? '+' : '−'}${counted(Math.abs(by))})`}
    </Text>
  )
}
