import { useNavigate } from '@remix-run/react'
import {
  ChoiceList,
  FormLayout,
  IndexFilters,
  IndexFiltersMode,
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
  rules: { id: string; name: string }[]
  operations: { id: string; title: string }[]
  isLoading: boolean
}

/** The filters of the activity. They live in the address, so that a view can be kept and shared. */
export function ActivityFilters({ filter, rules, operations, isLoading }: ActivityFiltersProps) {
  const navigate = useNavigate()
  const { mode, setMode } = useSetIndexFiltersMode(IndexFiltersMode.Default)
  const change = (part: Partial<RunFilter>) => {
    navigate(`/app/activity${searchOf({ ...filter, ...part })}`, { preventScrollReset: true })
  }
  const [customer, setCustomer] = useTyped(filter.customer, (text) => change({ customer: text }))
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
      loading={isLoading}
      filters={[
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

/** A text that follows the address, and that the address follows once typing pauses. */
function useTyped(
  value: string | null,
  settle: (text: string | null) => void,
): [string, (text: string) => void] {
  const [text, setText] = useState(value ?? '')
  const [seen, setSeen] = useState(value)
  const timer = useRef<ReturnType<typeof setTimeout>>()
  if (seen !== value) {
    setSeen(value)
    setText(value ?? '')
  }
  useEffect(() => () => clearTimeout(timer.current), [])
  const type = (next: string) => {
    setText(next)
    clearTimeout(timer.current)
    timer.current = setTimeout(() => settle(next.trim() || null), next === '' ? 0 : typingPauseMs)
  }
  return [text, type]
}
