import { Button, InlineStack, TextField } from '@shopify/polaris'
import { DeleteIcon } from '@shopify/polaris-icons'
import { useId } from 'react'
import type { TemplatePreview } from './action-forms/form.ts'
import { VariablePicker, useInsertion } from './variable-picker.tsx'

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
  const id = useId()
  const insert = useInsertion(id, value, onChange)
  const wrong = error ?? result?.error ?? undefined
  return (
    <TextField
      id={id}
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
          <VariablePicker label={label} variables={preview.variables} onPick={insert} />
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
