import { Autocomplete, BlockStack, Card, Select, Text } from '@shopify/polaris'
import type { FieldProblem } from '../../problem.ts'
import { predictions } from '../../sync/mapping.ts'
import { errorAt } from '../answer.ts'
import { fitted } from './mapping-draft.ts'
import type { MappingDraft } from './mapping-draft.ts'

export interface MappingFieldsProps {
  draft: MappingDraft
  onChange: (draft: MappingDraft) => void
  problems: FieldProblem[]
}

interface SourceCardProps extends MappingFieldsProps {
  /** Names of the sample profile's properties. */
  properties: string[]
}

const property = 'property'

const options = [
  ...predictions.map(({ field, name }) => ({ value: field, label: name })),
  { value: property, label: 'A profile property' },
]

/** What of Klaviyo the metafield is filled with. */
export function SourceCard({ draft, onChange, problems, properties }: SourceCardProps) {
  const { source } = draft
  const change = (part: Partial<MappingDraft['source']>) =>
    onChange(fitted({ ...draft, source: { ...source, ...part } }))
  const choose = (value: string) => {
    const prediction = predictions.find(({ field }) => field === value)
    change(prediction ? { kind: 'prediction', field: prediction.field } : { kind: property })
  }
  const typed = source.key.trim().toLowerCase()
  const found = properties.filter((name) => name.toLowerCase().includes(typed)).slice(0, 100)
  return (
    <Card>
      <BlockStack gap="400">
        <Text as="h2" variant="headingMd">
          From Klaviyo
        </Text>
        <Select
          label="Source"
          options={options}
          value={source.kind === property ? property : source.field}
          onChange={choose}
          error={errorAt(problems, 'source.field')}
        />
        {source.kind === property ? (
          <Autocomplete
            options={found.map((name) => ({ value: name, label: name }))}
            selected={[source.key]}
            onSelect={([key]) => change({ key: key ?? '' })}
            textField={
              <Autocomplete.TextField
                label="Property"
                value={source.key}
                onChange={(key) => change({ key })}
                autoComplete="off"
                placeholder="loyalty_tier"
                helpText="As it is called in Klaviyo, capitals included."
                {...errorOf(problems, 'source.key')}
              />
            }
          />
        ) : null}
      </BlockStack>
    </Card>
  )
}

function errorOf(problems: FieldProblem[], field: string) {
  const error = errorAt(problems, field)
  return error ? { error } : {}
}
