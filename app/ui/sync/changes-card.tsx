import { BlockStack, Box, Button, Card, IndexTable, Link, Text } from '@shopify/polaris'
import { useState } from 'react'
import { usePhone } from '../store.tsx'
import { valueText } from './use-sample.ts'
import { counted } from './views.ts'
import type { ReportShown } from './views.ts'

const shownFirst = 10

/** The first of what changed, or would change: proof that the mappings do what was meant. */
export function ChangesCard({ report }: { report: ReportShown }) {
  const isPhone = usePhone()
  const { isDry, counts } = report
  const [isWhole, setWhole] = useState(false)
  const changes = isWhole ? report.changes : report.changes.slice(0, shownFirst)
  if (changes.length === 0) return null
  return (
    <Card padding="0">
      <Box padding="400">
        <BlockStack gap="100">
          <Text as="h2" variant="headingMd">
            {isDry ? 'What would change' : 'What changed'}
          </Text>
          <Text as="p" tone="subdued">
            {`The first ${counted(changes.length)} of ${counted(Math.max(counts.toWrite, changes.length))}.`}
          </Text>
        </BlockStack>
      </Box>
      <IndexTable
        resourceName={{ singular: 'change', plural: 'changes' }}
        itemCount={changes.length}
        condensed={isPhone}
        selectable={false}
        headings={[
          { title: 'Customer' },
          { title: 'Metafield' },
          { title: 'Before' },
          { title: 'After' },
        ]}
      >
        {changes.map(({ customerGid, metafield, before, after }, index) => (
          <IndexTable.Row
            key={`${customerGid} ${metafield}`}
            id={`${customerGid} ${metafield}`}
            position={index}
          >
            {isPhone ? (
              <Box padding="300" width="100%">
                <BlockStack gap="050">
                  <CustomerLink gid={customerGid} />
                  <Text as="span" variant="bodySm" breakWord>
                    {`${metafield}: ${valueText(before)} → ${valueText(after)}`}
                  </Text>
                </BlockStack>
              </Box>
            ) : (
              <>
                <IndexTable.Cell>
                  <CustomerLink gid={customerGid} />
                </IndexTable.Cell>
                <IndexTable.Cell>{metafield}</IndexTable.Cell>
                <ValueCell value={before} />
                <ValueCell value={after} />
              </>
            )}
          </IndexTable.Row>
        ))}
      </IndexTable>
      {changes.length < report.changes.length ? (
        <Box padding="300">
          <Button variant="plain" onClick={() => setWhole(true)}>
            {`Show ${counted(report.changes.length)}`}
          </Button>
        </Box>
      ) : null}
    </Card>
  )
}

function CustomerLink({ gid }: { gid: string }) {
  const number = gid.split('/').at(-1) ?? ''
  return (
    <Link url={`shopify:admin/customers/${number}`} target="_blank">
      {`Customer ${number}`}
    </Link>
  )
}

function ValueCell({ value }: { value: string | null }) {
  return (
    <IndexTable.Cell>
      <div style={{ maxWidth: 220 }} title={value ?? ''}>
        <Text as="span" truncate>
          {valueText(value)}
        </Text>
      </div>
    </IndexTable.Cell>
  )
}
