import { BlockStack, InlineGrid, Select, Text, TextField } from '@shopify/polaris'
import { useState } from 'react'
import { z } from 'zod'
import { aboutTypes, isNumber, metafieldTypes, presets } from '../../actions/metafield-types.ts'
import type { MetafieldType } from '../../actions/metafield-types.ts'
import { errorAt } from '../answer.ts'
import { TemplateField } from '../template-field.tsx'
import type { ActionForm, ActionFormProps } from './form.ts'

const type = z.enum(metafieldTypes)
const mode = z.enum(['set', 'increment', 'clear'])

const settings = z.object({
  namespace: z.string(),
  key: z.string(),
  type,
  mode,
  value: z.string(),
})
type Draft = z.infer<typeof settings>

const [loyaltyStatus] = presets

const blank: Draft = {
  namespace: loyaltyStatus.namespace,
  key: loyaltyStatus.key,
  type: loyaltyStatus.type,
  mode: 'set',
  value: '',
}

export const setMetafieldForm: ActionForm = {
  kind: 'set-metafield',
  title: 'Set customer metafield',
  blank,
  Fields,
}

const another = 'another'

const nameOf = ({ namespace, key }: Pick<Draft, 'namespace' | 'key'>) => `${namespace}.${key}`

function presetOf(draft: Draft): string {
  const preset = presets.find((each) => nameOf(each) === nameOf(draft) && each.type === draft.type)
  return preset ? nameOf(preset) : another
}

const presetOptions = [
  ...presets.map((preset) => ({
    label: `${preset.name} (${nameOf(preset)})`,
    value: nameOf(preset),
  })),
  { label: 'Another metafield', value: another },
]

const typeOptions = metafieldTypes.map((value) => ({ label: aboutTypes[value].name, value }))

const modeOptions = (type: MetafieldType) => [
  { label: 'Set to a value', value: 'set' },
  ...(isNumber(type) ? [{ label: 'Count up by', value: 'increment' }] : []),
  { label: 'Clear', value: 'clear' },
]

function Fields({ settings: stored, onChange, problems, preview }: ActionFormProps) {
  const draft = settings.safeParse(stored).data ?? blank
  const change = (changed: Partial<Draft>) => onChange({ ...draft, ...changed })
  // Kept apart from what is typed: on the way to another key one may type that of a preset.
  const [chosen, setChosen] = useState(() => presetOf(draft))
  const shown = chosen === presetOf(draft) ? chosen : another
  const choose = (next: string) => {
    setChosen(next)
    const preset = presets.find((each) => nameOf(each) === next)
    if (!preset) return change({ namespace: 'custom', key: '' })
    const { namespace, key, type } = preset
    change({ namespace, key, type, mode: draft.mode === 'clear' ? 'clear' : 'set' })
  }
  return (
    <BlockStack gap="300">
      <InlineGrid columns={{ xs: 1, sm: ['twoThirds', 'oneThird'] }} gap="200">
        <Select label="Metafield" options={presetOptions} value={shown} onChange={choose} />
        <Select
          label="Do"
          options={modeOptions(draft.type)}
          value={draft.mode}
          onChange={(picked) => change({ mode: mode.parse(picked) })}
          error={errorAt(problems, 'mode')}
        />
      </InlineGrid>
      {shown === another ? (
        <InlineGrid columns={{ xs: 1, sm: 3 }} gap="200">
          <TextField
            label="Namespace"
            value={draft.namespace}
            onChange={(namespace) => change({ namespace })}
            autoComplete="off"
            spellCheck={false}
            placeholder="custom"
            error={errorAt(problems, 'namespace')}
          />
          <TextField
            label="Key"
            value={draft.key}
            onChange={(key) => change({ key })}
            autoComplete="off"
            spellCheck={false}
            placeholder="points"
            error={errorAt(problems, 'key')}
          />
          <Select
            label="Type"
            options={typeOptions}
            value={draft.type}
            onChange={(picked) => {
              const next = type.parse(picked)
              const fits = draft.mode !== 'increment' || isNumber(next)
              change({ type: next, mode: fits ? draft.mode : 'set' })
            }}
            error={errorAt(problems, 'type')}
          />
        </InlineGrid>
      ) : null}
      {draft.mode === 'clear' ? null : (
        <BlockStack gap="100">
          <TemplateField
            label={draft.mode === 'increment' ? 'By' : 'Value'}
            value={draft.value}
            onChange={(value) => change({ value })}
            onRemove={null}
            error={errorAt(problems, 'value')}
            preview={preview}
            placeholder={draft.mode === 'increment' ? '1' : '{{ profile.loyalty_tier }}'}
          />
          <Text as="p" tone="subdued">
            Must give {aboutTypes[draft.type].wants}.
          </Text>
        </BlockStack>
      )}
    </BlockStack>
  )
}
