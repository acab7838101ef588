import type { ActionForm } from './form.ts'
import { TagFields, noTags } from './tag-fields.tsx'

export const addTagsForm: ActionForm = {
  kind: 'add-tags',
  title: 'Add tags',
  blank: noTags,
  Fields: TagFields,
}
