import { BlockStack, Box, Card, Divider, InlineStack, Text } from '@shopify/polaris'
import { Fragment } from 'react'
import { remedyFor } from '../../sync/remedies.ts'
import { mostListed } from '../../sync/sync.ts'
import { DownloadButton } from '../download-button.tsx'
import { counted, countedOf } from './views.ts'
import type { ReportShown } from './views.ts'

/** What could not be written, by cause, and what to do about it. */
export function FailuresCard({ report }: { report: ReportShown }) {
  const { failures, id } = report
  if (failures.length === 0) return null
  return (
    <Card>
      <BlockStack gap="300">
        <InlineStack align="space-between" blockAlign="center" gap="200">
          <Text as="h2" variant="headingMd">
            What failed
          </Text>
          <DownloadButton
            label="Download as CSV"
            path={`/app/sync/${id}/errors`}
            fileName="sync-errors.csv"
          />
        </InlineStack>
        {failures.some(({ count }) => count > mostListed) ? (
          <Text as="p" tone="subdued">
            The file lists the first {counted(mostListed)} customers of each cause.
          </Text>
        ) : null}
        {failures.map(({ code, metafield, what, count }, index) => (
          <Fragment key={`${code} ${metafield}`}>
            {index > 0 ? <Divider /> : null}
            <Box>
              <BlockStack gap="100">
                <InlineStack align="space-between" blockAlign="start" gap="200" wrap={false}>
                  <Text as="h3" fontWeight="semibold" breakWord>
                    {what}
                  </Text>
                  <Text as="span" numeric tone="critical">
                    {code === 'metafield-type-differs'
                      ? 'Every customer'
                      : countedOf(count, 'customer')}
                  </Text>
                </InlineStack>
                <Text as="p" breakWord>
                  {remedyFor(code)}
                </Text>
                <Text as="p" variant="bodySm" tone="subdued" breakWord>
                  {metafield}
                </Text>
              </BlockStack>
            </Box>
          </Fragment>
        ))}
      </BlockStack>
    </Card>
  )
}
