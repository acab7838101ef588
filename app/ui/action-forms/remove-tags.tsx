import { z } from 'zod'
import type { ActionForm, ActionFormProps } from './form.ts'
import { TagFields } from './tag-fields.tsx'

const settings = z.object({ tags: z.array(z.string()) })

const blank = { tags: [''] }

export const removeTagsForm: ActionForm = {
  kind: 'remove-tags',
  title: 'Remove tags',
  blank,
  Fields,
}

function Fields({ settings: stored, onChange, problems, preview }: ActionFormProps) {
  return (
    <TagFields
      tags={(settings.safeParse(stored).data ?? blank).tags}
      onChange={(tags) => onChange({ tags })}
      problems={problems}
      preview={preview}
    />
  )
}
