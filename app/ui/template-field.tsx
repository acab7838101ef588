import { ActionList, Box, Button, InlineStack, Popover, Text, TextField } from '@shopify/polaris'
import { CodeIcon, DeleteIcon } from '@shopify/polaris-icons'
import { useState } from 'react'
import type { TemplatePreview } from './action-forms/form.ts'

interface TemplateFieldProps {
  label: string
  value: string
  onChange: (value: string) => void
  /** Null where there is nothing to remove. */
  onRemove: (() => void) | null
  error: string | undefined
  preview: TemplatePreview
  placeholder: string
}

/** A text with variables; below it stands what it gives for the event of the preview. */
export function TemplateField(props: TemplateFieldProps) {
  const { label, value, onChange, onRemove, error, preview, placeholder } = props
  const result = value.trim() === '' ? undefined : preview.resultOf(value)
  const wrong = error ?? result?.error ?? undefined
  return (
    <TextField
      label={label}
      value={value}
      onChange={onChange}
      autoComplete="off"
      spellCheck={false}
      placeholder={placeholder}
      error={wrong}
      {...(wrong ? {} : { helpText: <Outcome text={result?.text} /> })}
      connectedRight={
        <InlineStack gap="100" wrap={false}>
          <VariablePicker
            label={label}
            variables={preview.variables}
            onPick={(path) => onChange(`${value}{{ ${path} }}`)}
          />
          {onRemove ? (
            <Button icon={DeleteIcon} accessibilityLabel={`Remove ${label}`} onClick={onRemove} />
          ) : null}
        </InlineStack>
      }
    />
  )
}

/** Keeps its line while it is empty, so that nothing jumps when the preview comes. */
function Outcome({ text }: { text: string | null | undefined }) {
  if (text === null || text === undefined) return <span>&nbsp;</span>
  return (
    <span aria-live="polite" style={{ overflowWrap: 'anywhere' }}>
      {text.trim() === '' ? 'Gives nothing for this event' : `Gives ${text}`}
    </span>
  )
}

interface VariablePickerProps {
  label: string
  variables: { path: string; sample: string }[]
  onPick: (path: string) => void
}

export function VariablePicker({ label, variables, onPick }: VariablePickerProps) {
  const [isOpen, setOpen] = useState(false)
  const [search, setSearch] = useState('')
  const close = () => {
    setOpen(false)
    setSearch('')
  }
  const found = variables.filter(({ path }) => path.toLowerCase().includes(search.toLowerCase()))
  return (
    <Popover
      active={isOpen}
      onClose={close}
      fluidContent
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
        <Box padding="200" minWidth="260px">
          <TextField
            label="Search variables"
            labelHidden
            placeholder="Search variables"
            value={search}
            onChange={setSearch}
            autoComplete="off"
            autoFocus
          />
        </Box>
      </Popover.Pane>
      <Popover.Pane>
        {found.length > 0 ? (
          <ActionList
            items={found.map(({ path, sample }) => ({
              content: path,
              helpText: sample,
              truncate: true,
              onAction: () => {
                onPick(path)
                close()
              },
            }))}
          />
        ) : (
          <Box padding="300">
            <Text as="p" tone="subdued">
              No such variable in this event.
            </Text>
          </Box>
        )}
      </Popover.Pane>
    </Popover>
  )
}
