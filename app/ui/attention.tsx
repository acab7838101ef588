import { Badge, BlockStack, Button, Card, Divider, InlineStack, Text } from '@shopify/polaris'
import { Fragment } from 'react'
import { searchOf } from '../activity/filter.ts'
import type { Problem } from '../problem.ts'
import { Cause, FailureGroups } from './failure-groups.tsx'

interface AttentionProps {
  failures: { problem: Problem; runs: number; events: number }[]
  /** There are more causes than these. */
  hasMore: boolean
  waiting: number
  /** First day that was looked at. */
  since: string
  /** Why a side refuses the app, which holds all events up. */
  health: { klaviyo: Problem | null; shopify: Problem | null }
}

/** What went wrong by cause, and what each needs. */
export function Attention({ failures, hasMore, waiting, since, health }: AttentionProps) {
  const { klaviyo, shopify } = health
  const held = waiting > 0 ? [klaviyo, shopify].filter((problem) => problem !== null) : []
  const events = waiting === 1 ? '1 event waits' : `${waiting.toLocaleString('en-US')} events wait`
  return (
    <Card>
      <BlockStack gap="400">
        <InlineStack align="space-between" blockAlign="center">
          <Text as="h2" variant="headingMd">
            Needs attention
          </Text>
          {waiting > 0 ? (
            <Badge tone="attention" progress="partiallyComplete">
              {events}
            </Badge>
          ) : null}
        </InlineStack>
        {failures.length + held.length === 0 ? (
          <Text as="p" tone="subdued">
            Nothing. No rule failed in the last 7 days.
          </Text>
        ) : null}
        {held.map((problem, index) => (
          <Fragment key={problem.code}>
            {index > 0 ? <Divider /> : null}
            <Cause
              cause={`${problem.what.replace(/\.$/, '')}: ${events}`}
              remedy={problem.remedy}
              whyNot="What waits runs by itself as soon as this is mended."
            >
              <Button url="/app/activity?outcome=waiting">Show</Button>
            </Cause>
          </Fragment>
        ))}
        {held.length > 0 && failures.length > 0 ? <Divider /> : null}
        <FailureGroups
          groups={failures}
          filter={{ from: since }}
          broken={{ klaviyo: klaviyo !== null, shopify: shopify !== null }}
        />
        {hasMore ? (
          <InlineStack>
            <Button url={`/app/activity${searchOf({ from: since, outcome: 'failed' })}`}>
              Show all causes
            </Button>
          </InlineStack>
        ) : null}
      </BlockStack>
    </Card>
  )
}
