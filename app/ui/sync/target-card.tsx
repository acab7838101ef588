import { BlockStack, Card, Checkbox, InlineGrid, Select, Text, TextField } from '@shopify/polaris'
import { aboutTypes } from '../../actions/metafield-types.ts'
import { isFilterable, mappingTypes } from '../../sync/mapping.ts'
import { liquidOf } from '../../sync/theme.ts'
import { errorAt } from '../answer.ts'
import { CopyField } from '../copy-field.tsx'
import type { MappingFieldsProps } from './source-card.tsx'

const typeOptions = mappingTypes.map((value) => ({ value, label: aboutTypes[value].name }))

/** The metafield that is filled, as Shopify's admin shows it. */
export function TargetCard({ draft, onChange, problems }: MappingFieldsProps) {
  const change = (part: Partial<typeof draft>) => onChange({ ...draft, ...part })
  const choose = (value: string) =>
    change({ type: mappingTypes.find((type) => type === value) ?? draft.type })
  return (
    <Card>
      <BlockStack gap="400">
        <Text as="h2" variant="headingMd">
          Into the customer metafield
        </Text>
        <TextField
          label="Name"
          value={draft.name}
          onChange={(name) => change({ name })}
          autoComplete="off"
          placeholder="Predicted lifetime value"
          error={errorAt(problems, 'name')}
        />
        <InlineGrid columns={{ xs: 1, sm: 2 }} gap="300">
          <TextField
            label="Namespace"
            value={draft.namespace}
            onChange={(namespace) => change({ namespace })}
            autoComplete="off"
            spellCheck={false}
            error={errorAt(problems, 'namespace')}
          />
          <TextField
            label="Key"
            value={draft.key}
            onChange={(key) => change({ key })}
            autoComplete="off"
            spellCheck={false}
            placeholder="predicted_ltv"
            error={errorAt(problems, 'key')}
          />
        </InlineGrid>
        <Select
          label="Type"
          options={typeOptions}
          value={draft.type}
          onChange={choose}
          error={errorAt(problems, 'type')}
          helpText={
            isFilterable(draft.type)
              ? 'Customers can be filtered and segmented by it in Shopify.'
              : 'Customers can’t be filtered by this type in Shopify.'
          }
        />
        <TextField
          label="Description"
          value={draft.description}
          onChange={(description) => change({ description })}
          autoComplete="off"
          maxLength={100}
          error={errorAt(problems, 'description')}
        />
        <Checkbox
          label="Pin it"
          checked={draft.isPinned}
          onChange={(isPinned) => change({ isPinned })}
          helpText="Pinned metafields stand on every customer’s page in Shopify."
        />
        {draft.key.trim() === '' ? null : (
          <CopyField
            label="In your theme"
            value={liquidOf(draft)}
            helpText="Liquid that shows it to the customer who is logged in."
          />
        )}
      </BlockStack>
    </Card>
  )
}
