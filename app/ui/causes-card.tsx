import { BlockStack, Button, Card, InlineStack, Text } from '@shopify/polaris'
import { useState } from 'react'
import type { RunFilter } from '../activity/filter.ts'
import type { Problem } from '../problem.ts'
import type { Broken } from './causes.ts'
import { FailureGroups } from './failure-groups.tsx'

interface CausesCardProps {
  failures: { problem: Problem; runs: number; events: number }[]
  filter: RunFilter
  broken: Broken
}

/** Until all are asked for. */
const mostShown = 10

/** The failed runs below by cause. */
export function CausesCard({ failures, filter, broken }: CausesCardProps) {
  const [showsAll, setShowsAll] = useState(false)
  const shown = showsAll ? failures : failures.slice(0, mostShown)
  return (
    <Card>
      <BlockStack gap="400">
        <Text as="h2" variant="headingMd">
          By cause
        </Text>
        <FailureGroups groups={shown} filter={filter} broken={broken} />
        {shown.length < failures.length ? (
          <InlineStack>
            <Button onClick={() => setShowsAll(true)}>
              {`Show all ${failures.length} causes`}
            </Button>
          </InlineStack>
        ) : null}
      </BlockStack>
    </Card>
  )
}
