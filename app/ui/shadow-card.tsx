import { useFetcher } from '@remix-run/react'
import {
  BlockStack,
  Button,
  ButtonGroup,
  Card,
  InlineStack,
  Link,
  List,
  SkeletonBodyText,
  Text,
} from '@shopify/polaris'
import { useEffect, useState } from 'react'
import { searchOf } from '../activity/filter.ts'
import type { RunFilter } from '../activity/filter.ts'
import type { loader } from '../routes/app.activity.shadow.ts'

interface ShadowCardProps {
  filter: Pick<RunFilter, 'ruleId' | 'from' | 'to'>
}

const periods = [7, 30]

/** What rules in shadow mode would have done. Comes after the screen, which must not wait for it. */
export function ShadowCard({ filter: { ruleId, from, to } }: ShadowCardProps) {
  const [days, setDays] = useState(periods[0])
  const { data, load } = useFetcher<typeof loader>()
  const hasPeriod = from === null && to === null
  const search = new URLSearchParams(searchOf({ ruleId, from, to }))
  search.set('days', String(days))
  const address = `/app/activity/shadow?${search.toString()}`
  useEffect(() => load(address), [address, load])
  return (
    <Card>
      <BlockStack gap="300">
        <InlineStack align="space-between" blockAlign="center" gap="200">
          <Text as="h2" variant="headingMd">
            In shadow mode
          </Text>
          {hasPeriod ? (
            <ButtonGroup variant="segmented">
              {periods.map((each) => (
                <Button
                  key={each}
                  size="slim"
                  pressed={each === days}
                  onClick={() => setDays(each)}
                >
                  {`${each} days`}
                </Button>
              ))}
            </ButtonGroup>
          ) : null}
        </InlineStack>
        <div aria-live="polite">
          {data ? <Totals totals={data} ruleId={ruleId} /> : <SkeletonBodyText lines={2} />}
        </div>
      </BlockStack>
    </Card>
  )
}

interface Reasons {
  count: number
  why: { text: string; count: number }[]
}

interface TotalsProps {
  totals: {
    would: string[]
    done: number
    skipped: Reasons
    failed: Reasons
    waiting: number
  }
  ruleId: string | null
}

const count = (value: number) => value.toLocaleString('en-US')

function Totals({ totals: { would, done, skipped, failed, waiting }, ruleId }: TotalsProps) {
  if (done + skipped.count + failed.count + waiting === 0) {
    return (
      <Text as="p" tone="subdued">
        No event has met a rule in shadow mode in this time.
      </Text>
    )
  }
  return (
    <BlockStack gap="300">
      <Text as="p">
        {would.length > 0 ? `Would have ${list(would)}.` : 'Would have done nothing.'}
        {waiting > 0 ? ` ${count(waiting)} not decided yet.` : ''}
      </Text>
      <WhyList title="Skipped" outcome="skipped" reasons={skipped} ruleId={ruleId} />
      <WhyList title="Would have failed" outcome="failed" reasons={failed} ruleId={ruleId} />
    </BlockStack>
  )
}

/** "made 214 codes, added tags 183 times and sent 2 webhooks" */
const list = (parts: string[]) => new Intl.ListFormat('en-US').format(parts)

interface WhyListProps {
  title: string
  outcome: 'skipped' | 'failed'
  reasons: Reasons
  ruleId: string | null
}

function WhyList({ title, outcome, reasons, ruleId }: WhyListProps) {
  if (reasons.count === 0) return null
  const told = reasons.why.reduce((sum, { count }) => sum + count, 0)
  return (
    <BlockStack gap="100">
      <Text as="h3" variant="headingSm">
        <Link url={`/app/activity${searchOf({ ruleId, outcome })}`} removeUnderline>
          {`${title} ${count(reasons.count)}`}
        </Link>
      </Text>
      <List gap="extraTight">
        {reasons.why.map((each) => (
          <List.Item key={each.text}>{`${count(each.count)}: ${each.text}`}</List.Item>
        ))}
        {told < reasons.count ? (
          <List.Item>{`${count(reasons.count - told)} for other reasons`}</List.Item>
        ) : null}
      </List>
    </BlockStack>
  )
}
