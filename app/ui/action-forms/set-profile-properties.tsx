import { z } from 'zod'
import { errorAt, problemsUnder } from '../answer.ts'
import type { ActionForm, ActionFormProps } from './form.ts'
import { PropertyFields, blankProperty, propertyDrafts } from './property-fields.tsx'

const settings = z.object({ properties: propertyDrafts })

export const setProfilePropertiesForm: ActionForm = {
  kind: 'set-profile-properties',
  title: 'Set Klaviyo profile properties',
  blank: { properties: [blankProperty] },
  Fields,
}

function Fields({ settings: stored, onChange, problems, preview }: ActionFormProps) {
  return (
    <PropertyFields
      properties={settings.safeParse(stored).data?.properties ?? []}
      onChange={(properties) => onChange({ properties })}
      problems={problemsUnder(problems, 'properties')}
      error={errorAt(problems, 'properties')}
      preview={preview}
      placeholder={{ key: 'last_win_back', value: '{{ date }}' }}
    />
  )
}
