import {
  Badge,
  BlockStack,
  Box,
  Button,
  Card,
  Collapsible,
  Divider,
  InlineStack,
  Link,
  Text,
} from '@shopify/polaris'
import { Fragment, useState } from 'react'
import type { ReactNode } from 'react'
import type { Problem } from '../problem.ts'
import { EffectDiff } from './effect-diff.tsx'
import { ExplanationTree } from './explanation-tree.tsx'
import { RunBadge } from './run-badge.tsx'
import { Time } from './time.tsx'

type State = 'waiting' | 'done' | 'skipped' | 'failed'

interface Step {
  id: string
  kind: string
  state: State
  note: string | null
  reason: string | null
  problem: Problem | null
  attempts: number
  effect: { before: unknown; after: unknown } | null
}

/** What was done to the customer, step by step, before and after. */
interface StepsCardProps {
  steps: Step[]
  shadow: boolean
  /** Of the run: behind a step that failed the others are not begun. */
  isOver: boolean
}

export function StepsCard({ steps, shadow, isOver }: StepsCardProps) {
  return (
    <Section title="Steps">
      {steps.length === 0 ? (
        <Text as="p" tone="subdued">
          It did not come to any step.
        </Text>
      ) : null}
      {steps.map((step, index) => (
        <Fragment key={step.id}>
          {index > 0 ? <Divider /> : null}
          <BlockStack gap="200">
            <InlineStack align="space-between" gap="200" blockAlign="start" wrap={false}>
              <Text as="h3" fontWeight="medium" breakWord>
                {step.note ?? actionName(step.kind)}
              </Text>
              <InlineStack gap="200" align="end">
                {step.attempts > 1 ? <Badge>{`${step.attempts} attempts`}</Badge> : null}
                {isOver && step.state === 'waiting' ? (
                  <Badge>Not begun</Badge>
                ) : (
                  <RunBadge state={step.state} shadow={shadow} />
                )}
              </InlineStack>
            </InlineStack>
            {step.reason ? <Text as="p">{step.reason}</Text> : null}
            {step.problem ? (
              <BlockStack gap="050">
                <Text as="p" tone="critical">
                  {step.problem.what}
                </Text>
                <Text as="p" tone="subdued">
                  {step.problem.remedy}
                </Text>
              </BlockStack>
            ) : null}
            {step.effect ? <EffectDiff {...step.effect} /> : null}
          </BlockStack>
        </Fragment>
      ))}
      {shadow ? (
        <Text as="p" tone="subdued">
          The rule was in shadow mode: nothing was written.
        </Text>
      ) : null}
    </Section>
  )
}

/** "add-tags" as people read it, where a step has no words of its own yet. */
const actionName = (kind: string) =>
  kind.charAt(0).toUpperCase() + kind.slice(1).replaceAll('-', ' ')

interface DecisionCardProps {
  why: unknown
  reason: string | null
  state: State
}

export function DecisionCard({ why, reason, state }: DecisionCardProps) {
  return (
    <Section title="Why">
      {reason ? <Text as="p">{reason}</Text> : null}
      {why === null && state === 'waiting' ? (
        <Text as="p" tone="subdued">
          Not decided yet.
        </Text>
      ) : null}
      {why === null ? null : <ExplanationTree why={why} />}
    </Section>
  )
}

interface EventFacts {
  metricName: string | null
  metricId: string | null
  flowName: string | null
  flowId: string | null
  campaignName: string | null
  campaignId: string | null
  outcome: string | null
  profileId: string | null
  email: string | null
  phone: string | null
  occurredAt: string
  properties: object
}

/** The event as it came. */
export function EventCard({ facts }: { facts: EventFacts }) {
  const [isOpen, setOpen] = useState(false)
  const named = (name: string | null, id: string | null) =>
    name && id ? `${name} (${id})` : (name ?? id)
  const rows = [
    { label: 'Metric', value: named(facts.metricName, facts.metricId) },
    { label: 'Flow', value: named(facts.flowName, facts.flowId) },
    { label: 'Campaign', value: named(facts.campaignName, facts.campaignId) },
    { label: 'Outcome', value: facts.outcome },
    { label: 'E-mail', value: facts.email },
    { label: 'Phone', value: facts.phone },
    { label: 'Klaviyo profile', value: facts.profileId },
    { label: 'Happened', value: <Time at={facts.occurredAt} full /> },
  ]
  const count = Object.keys(facts.properties).length
  return (
    <Section title="Event">
      <Facts rows={rows.filter(({ value }) => value !== null)} />
      {count > 0 ? (
        <BlockStack gap="200" inlineAlign="start">
          <Button
            variant="plain"
            disclosure={isOpen ? 'up' : 'down'}
            ariaExpanded={isOpen}
            ariaControls="event-properties"
            onClick={() => setOpen(!isOpen)}
          >
            {count === 1 ? '1 property' : `${count} properties`}
          </Button>
          <Box width="100%">
            <Collapsible id="event-properties" open={isOpen}>
              <pre
                style={{
                  margin: 0,
                  padding: 'var(--p-space-300)',
                  background: 'var(--p-color-bg-surface-secondary)',
                  borderRadius: 'var(--p-border-radius-200)',
                  fontSize: 12,
                  whiteSpace: 'pre-wrap',
                  overflowWrap: 'anywhere',
                }}
              >
                {JSON.stringify(facts.properties, null, 2)}
              </pre>
            </Collapsible>
          </Box>
        </BlockStack>
      ) : null}
    </Section>
  )
}

interface SideCardProps {
  facts: { label: string; value: ReactNode }[]
  rule: { id: string; name: string; version: number; isDeleted: boolean }
  customerGid: string | null
}

export function SideCard({ facts, rule, customerGid }: SideCardProps) {
  const customerId = customerGid?.split('/').at(-1)
  return (
    <Section title="Details">
      <Facts
        rows={[
          {
            label: 'Rule',
            value: rule.isDeleted ? (
              `${rule.name} (deleted)`
            ) : (
              <Link url={`/app/rules/${rule.id}`}>{`${rule.name}, version ${rule.version}`}</Link>
            ),
          },
          {
            label: 'Customer',
            value: customerId ? (
              <Link url={`shopify:admin/customers/${customerId}`} target="_top">
                {`Open customer ${customerId}`}
              </Link>
            ) : (
              'None found'
            ),
          },
          ...facts,
        ]}
      />
    </Section>
  )
}

function Facts({ rows }: { rows: { label: string; value: ReactNode }[] }) {
  return (
    <dl style={{ margin: 0, display: 'grid', gap: 'var(--p-space-200)' }}>
      {rows.map(({ label, value }) => (
        <div key={label}>
          <dt>
            <Text as="span" variant="bodySm" tone="subdued">
              {label}
            </Text>
          </dt>
          <dd style={{ margin: 0, overflowWrap: 'anywhere' }}>{value}</dd>
        </div>
      ))}
    </dl>
  )
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <Card>
      <BlockStack gap="300">
        <Text as="h2" variant="headingMd">
          {title}
        </Text>
        {children}
      </BlockStack>
    </Card>
  )
}
