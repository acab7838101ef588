import { BlockStack, TextField } from '@shopify/polaris'
import { z } from 'zod'
import { errorAt, problemsUnder } from '../answer.ts'
import type { ActionForm, ActionFormProps } from './form.ts'
import { PropertyFields, propertyDrafts } from './property-fields.tsx'

const settings = z.object({ metric: z.string(), properties: propertyDrafts })

const blank = { metric: '', properties: [] }

export const recordEventForm: ActionForm = {
  kind: 'record-event',
  title: 'Record a Klaviyo event',
  blank,
  Fields,
}

function Fields({ settings: stored, onChange, problems, preview }: ActionFormProps) {
  const draft = settings.safeParse(stored).data ?? blank
  return (
    <BlockStack gap="300">
      <TextField
        label="Event"
        value={draft.metric}
        onChange={(metric) => onChange({ ...draft, metric })}
        autoComplete="off"
        placeholder="Reached VIP"
        helpText="Klaviyo makes a metric of this name with the first event. Flows can start from it."
        error={errorAt(problems, 'metric')}
      />
      <PropertyFields
        properties={draft.properties}
        onChange={(properties) => onChange({ ...draft, properties })}
        problems={problemsUnder(problems, 'properties')}
        error={errorAt(problems, 'properties')}
        preview={preview}
        placeholder={{ key: 'reason', value: '{{ flow }}' }}
      />
    </BlockStack>
  )
}
