import { BlockStack, TextField } from '@shopify/polaris'
import { z } from 'zod'
import { errorAt } from '../answer.ts'
import type { ActionForm, ActionFormProps } from './form.ts'
import { TagFields } from './tag-fields.tsx'

const settings = z.object({
  tags: z.array(z.string()),
  removeAfterDays: z
    .union([z.string(), z.number().transform(String)])
    .nullish()
    .transform((days) => days ?? ''),
})

const blank = { tags: [''], removeAfterDays: '' }

export const addTagsForm: ActionForm = {
  kind: 'add-tags',
  title: 'Add tags',
  blank,
  Fields,
}

function Fields({ settings: stored, onChange, problems, preview }: ActionFormProps) {
  const draft = settings.safeParse(stored).data ?? blank
  return (
    <BlockStack gap="300">
      <TagFields
        tags={draft.tags}
        onChange={(tags) => onChange({ ...draft, tags })}
        problems={problems}
        preview={preview}
      />
      <TextField
        label="Take them off again after"
        value={draft.removeAfterDays}
        onChange={(removeAfterDays) => onChange({ ...draft, removeAfterDays })}
        suffix="days"
        inputMode="numeric"
        autoComplete="off"
        placeholder="Never"
        helpText="Counted anew when a rule adds them again. Tags that somebody else added stay."
        error={errorAt(problems, 'removeAfterDays')}
      />
    </BlockStack>
  )
}
