import { useFetcher, useNavigate } from '@remix-run/react'
import {
  ChoiceList,
  FormLayout,
  IndexFilters,
  IndexFiltersMode,
  Text,
  TextField,
  useSetIndexFiltersMode,
} from '@shopify/polaris'
import type { AppliedFilterInterface } from '@shopify/polaris'
import { useEffect, useRef, useState } from 'react'
import { describeTime, searchOf } from '../activity/filter.ts'
import type { RunFilter } from '../activity/filter.ts'

const views = [
  { id: null, content: 'All' },
  { id: 'done', content: 'Done' },
  { id: 'skipped', content: 'Skipped' },
  { id: 'failed', content: 'Failed' },
  { id: 'waiting', content: 'Waiting' },
  { id: 'shadow', content: 'Shadow' },
] as const

/** Typing pauses this long before the list follows. */
const typingPauseMs = 400

interface ActivityFiltersProps {
  filter: RunFilter
  /** Whom the newest run is about. */
  person: string | null
  rules: { id: string; name: string }[]
  operations: { id: string; title: string }[]
  isLoading: boolean
}

/**
 * The filters of the activity. They live in the address, so that a view can be kept and shared; of a
 * person the address holds what only we can tell whom it means.
 */
export function ActivityFilters({
  filter,
  person,
  rules,
  operations,
  isLoading,
}: ActivityFiltersProps) {
  const navigate = useNavigate()
  const finding = useFetcher()
  const { mode, setMode } = useSetIndexFiltersMode(
    filter.customer === null ? IndexFiltersMode.Default : IndexFiltersMode.Filtering,
  )
  const change = (part: Partial<RunFilter>) => {
    navigate(`/app/activity${searchOf({ ...filter, ...part })}`, { preventScrollReset: true })
  }
  const find = (typed: string | null) => {
    if (typed === null) change({ customer: null })
    else finding.submit({ intent: 'find', customer: typed }, { method: 'post' })
  }
  const [customer, setCustomer] = useTyped(filter.customer, find)
  const ruleName = rules.find(({ id }) => id === filter.ruleId)?.name

  const applied: AppliedFilterInterface[] = []
  if (filter.ruleId) {
    const onRemove = () => change({ ruleId: null })
    applied.push({ key: 'rule', label: `Rule: ${ruleName ?? 'unknown'}`, onRemove })
  }
  if (filter.operationId) {
    const operation = operations.find(({ id }) => id === filter.operationId)
    const onRemove = () => change({ operationId: null })
    applied.push({ key: 'operation', label: operation?.title ?? 'One operation', onRemove })
  }
  if (filter.customer) {
    const onRemove = () => setCustomer('')
    applied.push({ key: 'customer', label: person ?? 'One customer', onRemove })
  }
  const time = describeTime(filter)
  if (time) {
    const onRemove = () => change({ from: null, to: null })
    applied.push({ key: 'time', label: capitalised(time), onRemove })
  }
  if (filter.problem) {
    const onRemove = () => change({ problem: null, what: null })
    applied.push({
      key: 'problem',
      label: `Problem: ${filter.what ?? filter.problem}`,
      onRemove,
    })
  }

  return (
    <IndexFilters
      tabs={views.map(({ content }) => ({ id: content, content }))}
      selected={views.findIndex(({ id }) => id === filter.outcome)}
      onSelect={(index) => change({ outcome: views[index]?.id ?? null })}
      mode={mode}
      setMode={setMode}
      canCreateNewView={false}
      queryPlaceholder="Customer’s e-mail, phone or id"
      queryValue={customer}
      onQueryChange={setCustomer}
      onQueryClear={() => setCustomer('')}
      cancelAction={{ onAction: () => setCustomer('') }}
      loading={isLoading || finding.state !== 'idle'}
      filters={[
        {
          key: 'customer',
          label: 'Customer',
          // Set by the search; here it only says that it is.
          hidden: true,
          filter: (
            <Text as="p">Search above for another customer’s e-mail, phone number or id.</Text>
          ),
        },
        {
          key: 'rule',
          label: 'Rule',
          shortcut: true,
          filter: (
            <ChoiceList
              title="Rule"
              titleHidden
              choices={rules.map(({ id, name }) => ({ label: name, value: id }))}
              selected={filter.ruleId ? [filter.ruleId] : []}
              onChange={([id]) => change({ ruleId: id ?? null })}
            />
          ),
        },
        {
          key: 'time',
          label: 'Time',
          shortcut: true,
          filter: (
            <FormLayout>
              <TextField
                label="From"
                type="date"
                autoComplete="off"
                value={filter.from ?? ''}
                onChange={(from) => change({ from: from || null })}
              />
              <TextField
                label="To"
                type="date"
                autoComplete="off"
                value={filter.to ?? ''}
                onChange={(to) => change({ to: to || null })}
              />
            </FormLayout>
          ),
        },
      ]}
      appliedFilters={applied}
      onClearAll={() =>
        change({
          ruleId: null,
          operationId: null,
          from: null,
          to: null,
          problem: null,
          what: null,
          customer: null,
        })
      }
    />
  )
}

const capitalised = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)

/**
 * A text that the address follows once typing pauses. The address does not tell what was typed: the
 * text goes when the address changes to what comes from elsewhere.
 */
function useTyped(
  value: string | null,
  settle: (text: string | null) => void,
): [string, (text: string) => void] {
  const [text, setText] = useState('')
  const [seen, setSeen] = useState(value)
  const [isTyped, setTyped] = useState(false)
  const timer = useRef<ReturnType<typeof setTimeout>>()
  if (seen !== value) {
    setSeen(value)
    setTyped(false)
    if (!isTyped) setText('')
  }
  useEffect(() => () => clearTimeout(timer.current), [])
  const type = (next: string) => {
    setText(next)
    clearTimeout(timer.current)
    timer.current = setTimeout(
      () => {
        setTyped(true)
        settle(next.trim() || null)
      },
      next === '' ? 0 : typingPauseMs,
    )
  }
  return [text, type]
}
