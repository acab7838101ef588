/** Every action's form, in the order of the menu. */
import { addTagsForm } from './add-tags.tsx'
import type { ActionForm } from './form.ts'
import { removeTagsForm } from './remove-tags.tsx'

export const actionForms: readonly ActionForm[] = [addTagsForm, removeTagsForm]
