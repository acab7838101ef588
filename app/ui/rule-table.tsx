import {
  BlockStack,
  Box,
  EmptyState,
  IndexTable,
  InlineStack,
  Link,
  Text,
  useIndexResourceState,
} from '@shopify/polaris'
import { useState } from 'react'
import { ConfirmModal } from './confirm-modal.tsx'
import emptyImage from './empty.svg'
import { ModeBadge } from './run-badge.tsx'
import { usePhone } from './store.tsx'
import { Time } from './time.tsx'

type Mode = 'off' | 'shadow' | 'on'

interface Row {
  [key: string]: unknown
  id: string
  name: string
  mode: Mode
  when: string
  then: string
  lastRunAt: string | null
  counts: { done: number; shadow: number; skipped: number; failed: number }
}

interface RuleTableProps {
  rules: Row[]
  onSwitch: (ids: string[], mode: Mode) => void
  onDelete: (ids: string[]) => void
}

const resourceName = { singular: 'rule', plural: 'rules' }

export function RuleTable({ rules, onSwitch, onDelete }: RuleTableProps) {
  const isPhone = usePhone()
  const [isDeleting, setDeleting] = useState(false)
  const { selectedResources, allResourcesSelected, handleSelectionChange, clearSelection } =
    useIndexResourceState(rules)
  const switchTo = (mode: Mode) => () => {
    onSwitch(selectedResources, mode)
    clearSelection()
  }
  if (rules.length === 0) {
    return (
      <EmptyState
        heading="When this happens in Klaviyo, do that in Shopify"
        image={emptyImage}
        action={{ content: 'Write a rule', url: '/app/rules/new' }}
      >
        <p>
          A rule waits for an event, such as a completed flow, and tags the customer behind it. In
          shadow mode it only shows what it would do.
        </p>
      </EmptyState>
    )
  }
  return (
    <>
      <IndexTable
        resourceName={resourceName}
        itemCount={rules.length}
        condensed={isPhone}
        selectedItemsCount={allResourcesSelected ? 'All' : selectedResources.length}
        onSelectionChange={handleSelectionChange}
        promotedBulkActions={[
          { content: 'Turn on', onAction: switchTo('on') },
          { content: 'Set to shadow', onAction: switchTo('shadow') },
          { content: 'Turn off', onAction: switchTo('off') },
        ]}
        bulkActions={[{ content: 'Delete', onAction: () => setDeleting(true) }]}
        headings={[
          { title: 'Rule' },
          { title: 'When' },
          { title: 'Mode' },
          { title: 'Last run' },
          { title: 'Done', alignment: 'end', tooltipContent: 'In the last 7 days' },
          {
            title: 'Shadow',
            alignment: 'end',
            tooltipContent: 'Would have acted in the last 7 days',
          },
          { title: 'Skipped', alignment: 'end', tooltipContent: 'In the last 7 days' },
          { title: 'Failed', alignment: 'end', tooltipContent: 'In the last 7 days' },
        ]}
      >
        {rules.map((rule, index) => (
          <IndexTable.Row
            key={rule.id}
            id={rule.id}
            position={index}
            selected={selectedResources.includes(rule.id)}
          >
            {isPhone ? <PhoneCells rule={rule} /> : <Cells rule={rule} />}
          </IndexTable.Row>
        ))}
      </IndexTable>
      <ConfirmModal
        id="delete-rules"
        open={isDeleting}
        title={selectedResources.length === 1 ? 'Delete this rule?' : 'Delete these rules?'}
        confirm="Delete"
        onConfirm={() => {
          onDelete(selectedResources)
          clearSelection()
        }}
        onClose={() => setDeleting(false)}
      >
        What the rules did stays in the activity. Deleting can’t be undone.
      </ConfirmModal>
    </>
  )
}

function Cells({ rule }: { rule: Row }) {
  const { done, shadow, skipped, failed } = rule.counts
  return (
    <>
      <IndexTable.Cell>
        <div style={{ maxWidth: 260 }}>
          <BlockStack gap="050">
            <Link url={`/app/rules/${rule.id}`} dataPrimaryLink removeUnderline monochrome>
              <Text as="span" fontWeight="semibold" truncate>
                {rule.name}
              </Text>
            </Link>
            <Text as="span" tone="subdued" variant="bodySm" truncate>
              {rule.then}
            </Text>
          </BlockStack>
        </div>
      </IndexTable.Cell>
      <IndexTable.Cell>
        <div style={{ maxWidth: 320 }} title={rule.when}>
          <Text as="span" truncate>
            {rule.when}
          </Text>
        </div>
      </IndexTable.Cell>
      <IndexTable.Cell>
        <ModeBadge mode={rule.mode} />
      </IndexTable.Cell>
      <IndexTable.Cell>{rule.lastRunAt ? <Time at={rule.lastRunAt} /> : 'Never'}</IndexTable.Cell>
      <CountCell count={done} rule={rule} outcome="done" />
      <CountCell count={shadow} rule={rule} outcome="shadow" />
      <CountCell count={skipped} rule={rule} outcome="skipped" />
      <CountCell count={failed} rule={rule} outcome="failed" />
    </>
  )
}

function CountCell({ count, rule, outcome }: { count: number; rule: Row; outcome: string }) {
  const text = count.toLocaleString('en-US')
  return (
    <IndexTable.Cell>
      <Text
        as="span"
        alignment="end"
        numeric
        {...(count === 0 ? { tone: 'subdued' as const } : {})}
      >
        {count === 0 ? (
          text
        ) : (
          <Link
            url={`/app/activity?rule=${rule.id}&outcome=${outcome}`}
            removeUnderline
            accessibilityLabel={`${text} ${outcome} runs of ${rule.name}`}
          >
            {text}
          </Link>
        )}
      </Text>
    </IndexTable.Cell>
  )
}

function PhoneCells({ rule }: { rule: Row }) {
  const { done, shadow, skipped, failed } = rule.counts
  return (
    <Box padding="300" width="100%">
      <BlockStack gap="100">
        <InlineStack align="space-between" blockAlign="start" gap="200" wrap={false}>
          <Link url={`/app/rules/${rule.id}`} dataPrimaryLink removeUnderline monochrome>
            <Text as="span" fontWeight="semibold" breakWord>
              {rule.name}
            </Text>
          </Link>
          <ModeBadge mode={rule.mode} />
        </InlineStack>
        <Text as="span" variant="bodySm" breakWord>
          {rule.when}
        </Text>
        <Text as="span" variant="bodySm" tone="subdued">
          {`7 days: ${shadow > 0 ? `${shadow} in shadow, ` : ''}${done} done, ${skipped} skipped, ${failed} failed`}
        </Text>
      </BlockStack>
    </Box>
  )
}
