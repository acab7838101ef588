import {
  BlockStack,
  Box,
  Button,
  InlineGrid,
  InlineStack,
  Select,
  TextField,
} from '@shopify/polaris'
import { PlusIcon } from '@shopify/polaris-icons'
import { z } from 'zod'
import type { FieldProblem } from '../../problem.ts'
import { errorAt, problemsUnder } from '../answer.ts'
import { TemplateField } from '../template-field.tsx'
import type { TemplatePreview } from './form.ts'

const kinds = z.enum(['text', 'number', 'true-false', 'list'])

const kindOptions = [
  { label: 'Text', value: 'text' },
  { label: 'Number', value: 'number' },
  { label: 'True or false', value: 'true-false' },
  { label: 'List, by commas', value: 'list' },
]

export const propertyDrafts = z.array(z.object({ key: z.string(), value: z.string(), as: kinds }))

export type PropertyDraft = z.infer<typeof propertyDrafts>[number]

export const blankProperty: PropertyDraft = { key: '', value: '', as: 'text' }

interface PropertyFieldsProps {
  properties: PropertyDraft[]
  onChange: (properties: PropertyDraft[]) => void
  /** Fields relative to the properties. */
  problems: FieldProblem[]
  error: string | undefined
  preview: TemplatePreview
  placeholder: { key: string; value: string }
}

/** Properties of Klaviyo: a name, what kind of value, and a template for it. */
export function PropertyFields(props: PropertyFieldsProps) {
  const { properties, onChange, problems, error, preview, placeholder } = props
  return (
    <BlockStack gap="300">
      {properties.map((property, index) => {
        const own = problemsUnder(problems, String(index))
        const change = (changed: Partial<PropertyDraft>) =>
          onChange(properties.with(index, { ...property, ...changed }))
        const number = properties.length === 1 ? '' : ` ${index + 1}`
        return (
          <Box key={index}>
            <BlockStack gap="200">
              <InlineGrid columns={{ xs: 1, sm: ['twoThirds', 'oneThird'] }} gap="200">
                <TextField
                  label={`Property${number}`}
                  value={property.key}
                  onChange={(key) => change({ key })}
                  autoComplete="off"
                  spellCheck={false}
                  placeholder={placeholder.key}
                  error={errorAt(own, 'key') ?? (index === 0 ? error : undefined)}
                />
                <Select
                  label="Holds"
                  options={kindOptions}
                  value={property.as}
                  onChange={(as) => change({ as: kinds.parse(as) })}
                />
              </InlineGrid>
              <TemplateField
                label={`Value${number}`}
                value={property.value}
                onChange={(value) => change({ value })}
                onRemove={() => onChange(properties.toSpliced(index, 1))}
                error={errorAt(own, 'value')}
                preview={preview}
                placeholder={placeholder.value}
              />
            </BlockStack>
          </Box>
        )
      })}
      <InlineStack>
        <Button
          icon={PlusIcon}
          variant="tertiary"
          onClick={() => onChange([...properties, blankProperty])}
        >
          {properties.length === 0 ? 'Add a property' : 'Another property'}
        </Button>
      </InlineStack>
    </BlockStack>
  )
}
