import { Badge, BlockStack, Box, Button, Card, Divider, InlineStack, Text } from '@shopify/polaris'
import { Fragment } from 'react'
import { searchOf } from '../activity/filter.ts'
import type { Problem } from '../problem.ts'

interface AttentionProps {
  failures: { problem: Problem; count: number }[]
  waiting: number
  /** First day that was looked at. */
  since: string
}

/** What went wrong by cause, and what each needs. */
export function Attention({ failures, waiting, since }: AttentionProps) {
  return (
    <Card>
      <BlockStack gap="400">
        <InlineStack align="space-between" blockAlign="center">
          <Text as="h2" variant="headingMd">
            Needs attention
          </Text>
          {waiting > 0 ? (
            <Badge tone="attention" progress="partiallyComplete">
              {waiting === 1 ? '1 event waits' : `${waiting.toLocaleString('en-US')} events wait`}
            </Badge>
          ) : null}
        </InlineStack>
        {failures.length === 0 ? (
          <Text as="p" tone="subdued">
            Nothing. No rule failed in the last 7 days.
          </Text>
        ) : null}
        {failures.map(({ problem, count }, index) => (
          <Fragment key={problem.code}>
            {index > 0 ? <Divider /> : null}
            <InlineStack align="space-between" blockAlign="start" gap="300">
              <Box maxWidth="560px">
                <BlockStack gap="100">
                  <InlineStack gap="200" blockAlign="center">
                    <Badge tone="critical">{`${count.toLocaleString('en-US')} failed`}</Badge>
                  </InlineStack>
                  <Text as="p" fontWeight="medium">
                    {problem.what}
                  </Text>
                  <Text as="p" tone="subdued">
                    {problem.remedy}
                  </Text>
                </BlockStack>
              </Box>
              <Button
                url={`/app/activity${searchOf({ outcome: 'failed', problem: problem.code, from: since })}`}
                accessibilityLabel={`Show the runs that failed: ${problem.what}`}
              >
                Show
              </Button>
            </InlineStack>
          </Fragment>
        ))}
      </BlockStack>
    </Card>
  )
}
