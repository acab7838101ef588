import { BlockStack, Text } from '@shopify/polaris'
import { z } from 'zod'
import { errorAt, problemsUnder } from '../answer.ts'
import type { ActionForm, ActionFormProps } from './form.ts'
import { PropertyFields, propertyDrafts } from './property-fields.tsx'

const settings = z.object({ properties: propertyDrafts })

const blank = { properties: [] }

export const startFlowForm: ActionForm = {
  kind: 'start-flow',
  title: 'Start a Shopify Flow',
  blank,
  Fields,
}

function Fields({ settings: stored, onChange, problems, preview }: ActionFormProps) {
  return (
    <BlockStack gap="300">
      <Text as="p">
        In Shopify Flow, begin the workflow with the trigger “Klaviyo rule matched”. It gets the
        customer, the rule’s name, the event’s name and time, and the properties below as JSON.
      </Text>
      <PropertyFields
        properties={settings.safeParse(stored).data?.properties ?? []}
        onChange={(properties) => onChange({ properties })}
        problems={problemsUnder(problems, 'properties')}
        error={errorAt(problems, 'properties')}
        preview={preview}
        placeholder={{ key: 'stage', value: '{{ outcome }}' }}
      />
      <Text as="p" tone="subdued">
        All workflows with this trigger start, for every rule: a condition on the rule’s name tells
        them apart. If Shopify’s answer is lost, Flow is told again with the same “Run id”.
      </Text>
    </BlockStack>
  )
}
