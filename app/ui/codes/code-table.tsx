import { useLocation, useNavigate, useNavigation } from '@remix-run/react'
import {
  Badge,
  BlockStack,
  Box,
  ChoiceList,
  EmptySearchResult,
  EmptyState,
  IndexFilters,
  IndexFiltersMode,
  IndexTable,
  InlineStack,
  Link,
  Text,
  useSetIndexFiltersMode,
} from '@shopify/polaris'
import emptyImage from '../empty.svg'
import { usePhone } from '../store.tsx'
import { Time } from '../time.tsx'
import { moneyText } from './money.ts'

type CodeState = 'live' | 'used' | 'expired'

interface Row {
  [key: string]: unknown
  id: string
  code: string
  state: CodeState
  worth: string
  customerGid: string
  ruleId: string
  ruleName: string
  endsAt: string
  orderGid: string | null
  revenue: { amount: string; currency: string } | null
}

interface CodeTableProps {
  rows: Row[]
  older: string | null
  filter: { state: CodeState | null; ruleId: string | null }
  rules: { ruleId: string; ruleName: string }[]
}

const views = [
  { state: null, content: 'All' },
  { state: 'live', content: 'Live' },
  { state: 'used', content: 'Used' },
  { state: 'expired', content: 'Expired' },
] as const

const looks = {
  live: <Badge tone="success">Live</Badge>,
  used: <Badge tone="info">Used</Badge>,
  expired: <Badge>Expired</Badge>,
}

/** Issued codes, newest first. */
export function CodeTable({ rows, older, filter, rules }: CodeTableProps) {
  const isPhone = usePhone()
  const navigate = useNavigate()
  const { search } = useLocation()
  if (rules.length === 0) {
    return (
      <EmptyState
        heading="No codes yet"
        image={emptyImage}
        action={{ content: 'Write a rule', url: '/app/rules/start' }}
      >
        <p>
          Add “Make a single-use discount code” to a rule. Each code it makes is listed here, with
          who has it and what its order came to.
        </p>
      </EmptyState>
    )
  }
  return (
    <>
      <CodeFilters filter={filter} rules={rules} />
      {rows.length === 0 ? (
        <Box padding="800">
          <EmptySearchResult
            title="No codes here"
            description="No code fits these filters."
            withIllustration={false}
          />
        </Box>
      ) : (
        <IndexTable
          resourceName={{ singular: 'code', plural: 'codes' }}
          itemCount={rows.length}
          condensed={isPhone}
          selectable={false}
          headings={[
            { title: 'Code' },
            { title: 'State' },
            { title: 'Worth' },
            { title: 'Rule' },
            { title: 'Valid until' },
            { title: 'Customer' },
            { title: 'Order' },
          ]}
          pagination={{
            hasPrevious: new URLSearchParams(search).has('before'),
            hasNext: older !== null,
            previousTooltip: 'Back',
            nextTooltip: 'Older',
            accessibilityLabel: 'Pages of codes',
            onPrevious: () => navigate(-1),
            onNext: () => navigate(addressOf(filter, older)),
          }}
        >
          {rows.map((row, index) => (
            <IndexTable.Row key={row.id} id={row.id} position={index}>
              {isPhone ? <PhoneCells row={row} /> : <Cells row={row} />}
            </IndexTable.Row>
          ))}
        </IndexTable>
      )}
    </>
  )
}

function Cells({ row }: { row: Row }) {
  return (
    <>
      <IndexTable.Cell>
        <Text as="span" fontWeight="semibold">
          {row.code}
        </Text>
      </IndexTable.Cell>
      <IndexTable.Cell>{looks[row.state]}</IndexTable.Cell>
      <IndexTable.Cell>{row.worth}</IndexTable.Cell>
      <IndexTable.Cell>{row.ruleName}</IndexTable.Cell>
      <IndexTable.Cell>
        <Time at={row.endsAt} />
      </IndexTable.Cell>
      <IndexTable.Cell>
        <CustomerLink gid={row.customerGid} />
      </IndexTable.Cell>
      <IndexTable.Cell>
        <OrderLink row={row} />
      </IndexTable.Cell>
    </>
  )
}

function PhoneCells({ row }: { row: Row }) {
  return (
    <Box padding="300" width="100%">
      <BlockStack gap="100">
        <InlineStack align="space-between" blockAlign="start" gap="200" wrap={false}>
          <Text as="span" fontWeight="semibold" breakWord>
            {row.code}
          </Text>
          {looks[row.state]}
        </InlineStack>
        <Text as="span" variant="bodySm" breakWord>
          {row.worth} · {row.ruleName}
        </Text>
        <Text as="span" variant="bodySm" tone="subdued">
          until <Time at={row.endsAt} />
        </Text>
        <InlineStack gap="300">
          <CustomerLink gid={row.customerGid} />
          <OrderLink row={row} />
        </InlineStack>
      </BlockStack>
    </Box>
  )
}

const numberOf = (gid: string) => gid.split('/').at(-1) ?? ''

function CustomerLink({ gid }: { gid: string }) {
  return (
    <Link url={`shopify:admin/customers/${numberOf(gid)}`} target="_blank">
      Customer
    </Link>
  )
}

function OrderLink({ row }: { row: Row }) {
  if (!row.orderGid) return row.state === 'used' ? 'Not read yet' : null
  return (
    <Link url={`shopify:admin/orders/${numberOf(row.orderGid)}`} target="_blank">
      {row.revenue ? moneyText([row.revenue]) : 'Order'}
    </Link>
  )
}

function CodeFilters({ filter, rules }: Pick<CodeTableProps, 'filter' | 'rules'>) {
  const navigate = useNavigate()
  const { state } = useNavigation()
  const { mode, setMode } = useSetIndexFiltersMode(IndexFiltersMode.Default)
  const change = (part: Partial<CodeTableProps['filter']>) =>
    navigate(addressOf({ ...filter, ...part }, null), { preventScrollReset: true })
  const rule = rules.find(({ ruleId }) => ruleId === filter.ruleId)
  const onClear = () => change({ ruleId: null })
  return (
    <IndexFilters
      tabs={views.map(({ content }) => ({ id: content, content }))}
      selected={views.findIndex((view) => view.state === filter.state)}
      onSelect={(index) => change({ state: views[index]?.state ?? null })}
      mode={mode}
      setMode={setMode}
      loading={state === 'loading'}
      canCreateNewView={false}
      hideQueryField
      queryValue=""
      onQueryChange={() => undefined}
      onQueryClear={() => undefined}
      cancelAction={{ onAction: () => setMode(IndexFiltersMode.Default) }}
      onClearAll={onClear}
      appliedFilters={
        rule ? [{ key: 'rule', label: `Rule: ${rule.ruleName}`, onRemove: onClear }] : []
      }
      filters={[
        {
          key: 'rule',
          label: 'Rule',
          pinned: true,
          filter: (
            <ChoiceList
              title="Rule"
              titleHidden
              choices={rules.map(({ ruleId, ruleName }) => ({ label: ruleName, value: ruleId }))}
              selected={filter.ruleId ? [filter.ruleId] : []}
              onChange={([ruleId]) => change({ ruleId: ruleId ?? null })}
            />
          ),
        },
      ]}
    />
  )
}

function addressOf({ state, ruleId }: CodeTableProps['filter'], before: string | null): string {
  const parameters = new URLSearchParams()
  if (state) parameters.set('state', state)
  if (ruleId) parameters.set('rule', ruleId)
  if (before) parameters.set('before', before)
  return `/app/codes?${parameters.toString()}`
}
