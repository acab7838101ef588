/** Every action's form, in the order of the menu. */
import { addTagsForm } from './add-tags.tsx'
import { annotateOrderForm } from './annotate-order.tsx'
import { discountCodeForm } from './discount-code.tsx'
import type { ActionForm } from './form.ts'
import { recordEventForm } from './record-event.tsx'
import { removeTagsForm } from './remove-tags.tsx'
import { sendWebhookForm } from './send-webhook.tsx'
import { setMetafieldForm } from './set-metafield.tsx'
import { setProfilePropertiesForm } from './set-profile-properties.tsx'
import { startFlowForm } from './start-flow.tsx'
import { storeCreditForm } from './store-credit.tsx'

export const actionForms: readonly ActionForm[] = [
  addTagsForm,
  removeTagsForm,
  discountCodeForm,
  storeCreditForm,
  setMetafieldForm,
  annotateOrderForm,
  setProfilePropertiesForm,
  recordEventForm,
  startFlowForm,
  sendWebhookForm,
]
