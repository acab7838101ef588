import { Box, Button, Listbox, Popover, Text, TextField } from '@shopify/polaris'
import { CodeIcon } from '@shopify/polaris-icons'
import { useEffect, useId, useRef, useState } from 'react'
import { insertVariable } from './insert-variable.ts'

interface Variable {
  path: string
  sample: string
}

interface VariablePickerProps {
  /** Of the field that it is for. */
  label: string
  variables: Variable[]
  onPick: (path: string) => void
}

/** The variables that there are, with what each holds; by typing, arrows and Enter. */
export function VariablePicker({ label, variables, onPick }: VariablePickerProps) {
  const listId = useId()
  const [isOpen, setOpen] = useState(false)
  const [search, setSearch] = useState('')
  const [active, setActive] = useState<string>()
  const close = () => {
    setOpen(false)
    setSearch('')
  }
  const pick = (path: string) => {
    close()
    onPick(path)
  }
  const groups = groupsOf(found(variables, search))
  return (
    <Popover
      active={isOpen}
      onClose={close}
      fluidContent
      // The field gets it, where what was picked now stands.
      preventFocusOnClose
      // The search. Its own autofocus would scroll to where the popover is before it has its place.
      autofocusTarget="first-node"
      preferredAlignment="right"
      activator={
        <Button
          icon={CodeIcon}
          disclosure
          onClick={() => setOpen(!isOpen)}
          accessibilityLabel={`Insert a variable into ${label}`}
        />
      }
    >
      <Popover.Pane fixed>
        <Box padding="200" minWidth="300px">
          <TextField
            label="Search variables"
            labelHidden
            placeholder="Search by name or value"
            value={search}
            onChange={setSearch}
            autoComplete="off"
            ariaControls={listId}
            {...(active === undefined ? {} : { ariaActiveDescendant: active })}
          />
        </Box>
      </Popover.Pane>
      <Popover.Pane maxHeight="320px">
        {groups.length > 0 ? (
          <Listbox
            // A new list starts anew: the keys never mean an option of the list before.
            key={search}
            enableKeyboardControl
            customListId={listId}
            accessibilityLabel="Variables"
            onSelect={pick}
            onActiveOptionChange={(_path, id) => setActive(id)}
          >
            {groups.map(([title, members]) => (
              <Listbox.Section
                key={title}
                divider={false}
                title={<Listbox.Header>{title}</Listbox.Header>}
              >
                {members.map(({ path, sample }) => (
                  <Listbox.Option key={path} value={path} accessibilityLabel={path}>
                    <Row path={path} sample={sample} />
                  </Listbox.Option>
                ))}
              </Listbox.Section>
            ))}
          </Listbox>
        ) : (
          <Box padding="300">
            <Text as="p" tone="subdued">
              No such variable in this event or profile.
            </Text>
          </Box>
        )}
      </Popover.Pane>
    </Popover>
  )
}

function Row({ path, sample }: Variable) {
  return (
    <Listbox.TextOption>
      <div style={{ maxWidth: 320 }}>
        <Text as="span" truncate>
          {path}
        </Text>
        <Text as="span" tone="subdued" variant="bodySm" truncate>
          {sample}
        </Text>
      </div>
    </Listbox.TextOption>
  )
}

const mostShown = 100

/** Those with every word of the search in their name or their value. */
function found(variables: Variable[], search: string): Variable[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean)
  return variables
    .filter(({ path, sample }) => {
      const text = `${path} ${sample}`.toLowerCase()
      return words.every((word) => text.includes(word))
    })
    .slice(0, mostShown)
}

const titles: Record<string, string> = {
  event: 'Event',
  profile: 'Klaviyo profile',
  customer: 'Shopify customer',
}

const others = 'General'

/** By what they belong to, in the order in which they come. */
function groupsOf(variables: Variable[]): [string, Variable[]][] {
  const titleOf = ({ path }: Variable) => {
    const [root = '', ...rest] = path.split(/[.[]/)
    if (rest.length === 0) return others
    return titles[root] ?? root.charAt(0).toUpperCase() + root.slice(1)
  }
  return [...Map.groupBy(variables, titleOf)]
}

/**
 * Puts variables into the field of that id: where its cursor was left, or at the end of a field that
 * nobody has been in. The cursor then stands behind what was put in.
 */
export function useInsertion(
  id: string,
  value: string,
  onChange: (value: string) => void,
): (path: string, filter?: string) => void {
  const cursor = useRef<number | null>(null)
  const wasEntered = useRef(false)
  useEffect(() => {
    const field = fieldOf(id)
    const enter = () => (wasEntered.current = true)
    field?.addEventListener('focus', enter)
    return () => field?.removeEventListener('focus', enter)
  }, [id])
  useEffect(() => {
    const field = fieldOf(id)
    if (cursor.current === null || !field) return
    const at = cursor.current
    cursor.current = null
    field.focus()
    field.setSelectionRange(at, at)
  }, [id, value])
  return (path, filter) => {
    const field = wasEntered.current ? fieldOf(id) : null
    const { selectionStart, selectionEnd } = field ?? {}
    const place = { start: selectionStart ?? value.length, end: selectionEnd ?? value.length }
    const { text, cursor: at } = insertVariable(value, place, path, filter)
    cursor.current = at
    onChange(text)
  }
}

function fieldOf(id: string): HTMLInputElement | HTMLTextAreaElement | null {
  const field = document.getElementById(id)
  const isText = field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement
  return isText ? field : null
}
