import { useFetcher } from '@remix-run/react'
import {
  Banner,
  BlockStack,
  Box,
  Button,
  Card,
  Divider,
  Icon,
  InlineStack,
  Link,
  Select,
  Text,
  TextField,
} from '@shopify/polaris'
import { CheckCircleIcon, XCircleIcon } from '@shopify/polaris-icons'
import { useState } from 'react'
import type { ReactNode } from 'react'
import type { Problem } from '../../problem.ts'
import type { action } from '../../routes/app.rules.try.ts'
import { errorAt } from '../answer.ts'
import { EffectDiff } from '../effect-diff.tsx'
import { ExplanationTree } from '../explanation-tree.tsx'
import { ProblemBanner } from '../problem-banner.tsx'
import { RunBadge } from '../run-badge.tsx'
import { useStore } from '../store.tsx'
import { timeText } from '../time.tsx'

const pasted = 'pasted'

export interface RecentEvent {
  id: string
  title: string
  person: string | null
  receivedAt: string
}

interface TryCardProps {
  events: RecentEvent[]
  /** Empty = the text that is pasted. */
  eventId: string
  onEvent: (eventId: string) => void
  /** The rule as it stands in the editor, saved or not. */
  document: () => string
}

/** Runs the rule as it stands on an event. Nothing is written anywhere. */
export function TryCard({ events, eventId, onEvent, document }: TryCardProps) {
  const trying = useFetcher<typeof action>()
  const { timeZone } = useStore()
  const [body, setBody] = useState('')
  const tryIt = () =>
    trying.submit(
      { document: document(), eventId, body },
      { method: 'post', action: '/app/rules/try' },
    )
  const answer = trying.state === 'idle' ? trying.data : undefined
  const problems = answer?.ok === false ? answer.problems : []
  const isIncomplete = problems.some(({ field }) => field !== 'event' && field !== 'body')
  return (
    <Card>
      <BlockStack gap="400">
        <BlockStack gap="100">
          <Text as="h2" variant="headingMd">
            Try it
          </Text>
          <Text as="p" tone="subdued">
            Runs the rule as it stands here on one event and shows what would happen. Nothing is
            changed.
          </Text>
        </BlockStack>
        <Select
          label="Event"
          options={[
            ...events.map(({ id, title, person, receivedAt }) => ({
              value: id,
              label: [timeText(receivedAt, timeZone), title, person]
                .filter((part) => part !== null)
                .join(' · '),
            })),
            { value: pasted, label: 'Paste the body of a webhook' },
          ]}
          value={eventId === '' ? pasted : eventId}
          onChange={(value) => onEvent(value === pasted ? '' : value)}
          error={errorAt(problems, 'event')}
        />
        {eventId === '' ? (
          <TextField
            label="Body of the webhook, as JSON"
            value={body}
            onChange={setBody}
            multiline={6}
            maxHeight={320}
            monospaced
            spellCheck={false}
            autoComplete="off"
            placeholder={'{ "metric": "Completed Flow", "email": "sample@example.com" }'}
            error={errorAt(problems, 'body')}
          />
        ) : null}
        <InlineStack>
          <Button onClick={tryIt} loading={trying.state !== 'idle'}>
            Try it
          </Button>
        </InlineStack>
        <div aria-live="polite">
          {isIncomplete ? (
            <Banner tone="warning" title="The rule is not complete yet">
              <p>
                {problems
                  .slice(0, 3)
                  .map(({ message }) => message)
                  .join(' ')}
              </p>
            </Banner>
          ) : null}
          {answer?.ok ? <TrialResult trial={answer.trial} /> : null}
        </div>
      </BlockStack>
    </Card>
  )
}

interface TrialView {
  trigger: { held: boolean; text: string }
  why: unknown
  customer: { gid: string; name: string } | null
  reason: string | null
  problem: Problem | null
  steps: {
    kind: string
    state: 'done' | 'skipped' | 'failed'
    text: string
    remedy: string | null
    effect: { before: unknown; after: unknown } | null
  }[]
}

function TrialResult({ trial }: { trial: TrialView }) {
  const { trigger, why, customer, reason, problem, steps } = trial
  return (
    <BlockStack gap="400">
      <Divider />
      <Verdict held={trigger.held} title="Trigger">
        {trigger.text}
      </Verdict>
      {why === null ? null : (
        <BlockStack gap="200">
          <Text as="h3" variant="headingSm">
            Conditions
          </Text>
          <ExplanationTree why={why} />
        </BlockStack>
      )}
      {customer ? (
        <Verdict held title="Customer">
          <Link url={`shopify:admin/customers/${customer.gid.split('/').at(-1)}`} target="_blank">
            {customer.name}
          </Link>
        </Verdict>
      ) : null}
      {problem ? (
        <ProblemBanner title="It could not be tried to the end" problem={problem} />
      ) : null}
      {reason ? <Banner tone="info" title={reason} /> : null}
      {steps.map((step, index) => (
        <Box key={index} padding="300" background="bg-surface-secondary" borderRadius="200">
          <BlockStack gap="200">
            <InlineStack align="space-between" gap="200" blockAlign="start">
              <Text as="h3" fontWeight="medium">
                {step.text}
              </Text>
              {step.state === 'done' ? null : <RunBadge state={step.state} shadow={false} />}
            </InlineStack>
            {step.remedy ? (
              <Text as="p" tone="subdued">
                {step.remedy}
              </Text>
            ) : null}
            {step.effect ? <EffectDiff {...step.effect} /> : null}
          </BlockStack>
        </Box>
      ))}
    </BlockStack>
  )
}

interface VerdictProps {
  held: boolean
  title: string
  children: ReactNode
}

function Verdict({ held, title, children }: VerdictProps) {
  return (
    <BlockStack gap="200">
      <Text as="h3" variant="headingSm">
        {title}
      </Text>
      <InlineStack gap="200" wrap={false} blockAlign="start">
        <span style={{ flex: 'none' }}>
          <Icon
            source={held ? CheckCircleIcon : XCircleIcon}
            tone={held ? 'success' : 'critical'}
            accessibilityLabel={held ? 'Fits' : 'Does not fit'}
          />
        </span>
        <Text as="p" breakWord>
          {children}
        </Text>
      </InlineStack>
    </BlockStack>
  )
}
