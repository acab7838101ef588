import { BlockStack, InlineGrid, Select, Text, TextField } from '@shopify/polaris'
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

const presetOptions = [
  ...presets.map(({ name, namespace, key }) => ({
    label: `${name} (${namespace}.${key})`,
    value: `${namespace}.${key}`,
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
  const preset = presets.find(
    (each) =>
      each.namespace === draft.namespace && each.key === draft.key && each.type === draft.type,
  )
  return (
    <BlockStack gap="300">
      <InlineGrid columns={{ xs: 1, sm: ['twoThirds', 'oneThird'] }} gap="200">
        <Select
          label="Metafield"
          options={presetOptions}
          value={preset ? `${preset.namespace}.${preset.key}` : another}
          onChange={(chosen) => {
            const found = presets.find(({ namespace, key }) => `${namespace}.${key}` === chosen)
            if (!found) return change({ namespace: 'custom', key: '' })
            const { namespace, key, type } = found
            change({ namespace, key, type, mode: draft.mode === 'clear' ? 'clear' : 'set' })
          }}
        />
        <Select
          label="Do"
          options={modeOptions(draft.type)}
          value={draft.mode}
          onChange={(chosen) => change({ mode: mode.parse(chosen) })}
          error={errorAt(problems, 'mode')}
        />
      </InlineGrid>
      {preset ? null : (
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
            onChange={(chosen) => {
              const next = type.parse(chosen)
              const fits = draft.mode !== 'increment' || isNumber(next)
              change({ type: next, mode: fits ? draft.mode : 'set' })
            }}
            error={errorAt(problems, 'type')}
          />
        </InlineGrid>
      )}
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
