import type { ActionForm } from './form.ts'
import { TagFields, noTags } from './tag-fields.tsx'

export const removeTagsForm: ActionForm = {
  kind: 'remove-tags',
  title: 'Remove tags',
  blank: noTags,
  Fields: TagFields,
}
