import { BlockStack, Divider, InlineGrid, Text } from '@shopify/polaris'
import type { ReactNode } from 'react'
import type { PastPreview as Preview } from '../../operations/past/start.server.ts'
import { ProblemBanner } from '../problem-banner.tsx'
import { Time } from '../time.tsx'
import { countedAs, durationText, leastDurationText } from '../words.ts'

/** As it comes over the wire: moments are text. */
type OverTheWire<T> = T extends Date
  ? string
  : T extends object
    ? { [Key in keyof T]: OverTheWire<T[Key]> }
    : T

interface PastPreviewProps {
  preview: OverTheWire<Preview>
  isShadow: boolean
}

export function PastPreview({ preview, isShadow }: PastPreviewProps) {
  const { inbox, history, expected, certainty, estimate } = preview
  const isNone = expected === 0 && certainty !== 'more'
  return (
    <BlockStack gap="300">
      <Row label="Events here">
        {countedAs(inbox.isAbout ? 'about' : 'exact', inbox.waiting, 'event', 'events')} to handle
        {inbox.handled > 0
          ? `; ${inbox.handled.toLocaleString('en-US')} already handled by this rule`
          : ''}
        .
      </Row>
      <Divider />
      <Row label="Events in Klaviyo">
        <History history={history} />
      </Row>
      {history.state === 'refused' ? (
        <ProblemBanner title="Klaviyo’s events can’t be read" problem={history.problem} />
      ) : null}
      <Divider />
      <Row label="Runs">
        {isNone
          ? 'None: there is nothing to do.'
          : `${certainty === 'exact' ? 'Up to ' : ''}${countedAs(certainty, expected, 'run', 'runs')}.`}
        {isShadow && !isNone ? ' The rule is in shadow: nothing is written.' : ''}
      </Row>
      <Divider />
      <Row label="Cost, estimated">
        {countedAs(certainty, estimate.points, 'point', 'points')} of Shopify’s rate limit,{' '}
        {countedAs(certainty, estimate.klaviyoRequests, 'request', 'requests').toLowerCase()} to
        Klaviyo.
      </Row>
      <Divider />
      <Row label="Time, estimated">
        {certainty === 'more'
          ? leastDurationText(estimate.seconds)
          : durationText(estimate.seconds)}
        . Live events go first, so it may take longer.
      </Row>
      <Text as="p" tone="subdued">
        Past events are handled oldest first, with the rule and the customers as they are now. An
        event for which this rule has written something, or tried to, is left alone; runs in shadow
        mode and skipped ones are replaced. You can pause and stop it in the activity.
      </Text>
    </BlockStack>
  )
}

function History({ history }: { history: PastPreviewProps['preview']['history'] }) {
  switch (history.state) {
    case 'none':
      return history.why
    case 'refused':
      return 'They can’t be counted. Mend what is told below, or leave Klaviyo’s events out.'
    case 'counted':
      return (
        <>
          {countedAs(history.isMore ? 'more' : 'exact', history.count, 'event', 'events')} of the
          metric from <Time at={history.since} /> to <Time at={history.until} />
          {history.handled > 0
            ? `; ${history.handled.toLocaleString('en-US')} already handled by this rule`
            : ''}
          .
        </>
      )
  }
}

function Row({ label, children }: { label: string; children: ReactNode }) {
  return (
    <InlineGrid columns={{ xs: 1, sm: ['oneThird', 'twoThirds'] }} gap="100">
      <Text as="span" fontWeight="medium">
        {label}
      </Text>
      <Text as="span">{children}</Text>
    </InlineGrid>
  )
}
