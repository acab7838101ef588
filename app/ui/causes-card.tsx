import { BlockStack, Card, Text } from '@shopify/polaris'
import type { RunFilter } from '../activity/filter.ts'
import type { Problem } from '../problem.ts'
import type { Broken } from './causes.ts'
import { FailureGroups } from './failure-groups.tsx'

interface CausesCardProps {
  failures: { problem: Problem; runs: number; events: number }[]
  filter: RunFilter
  broken: Broken
}

/** The failed runs below by cause. */
export function CausesCard({ failures, filter, broken }: CausesCardProps) {
  return (
    <Card>
      <BlockStack gap="400">
        <Text as="h2" variant="headingMd">
          By cause
        </Text>
        <FailureGroups groups={failures} filter={filter} broken={broken} />
      </BlockStack>
    </Card>
  )
}
