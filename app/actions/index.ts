/** Every action there is. A new one: its file, its form in app/ui/action-forms, its test, this list. */
import type { AnyAction } from './action.ts'
import { addTags } from './add-tags.ts'
import { annotateOrder } from './annotate-order.ts'
import { discountCode } from './discount-code.ts'
import { recordEvent } from './record-event.ts'
import { removeTags } from './remove-tags.ts'
import { sendWebhook } from './send-webhook.ts'
import { setMetafield } from './set-metafield.ts'
import { setProfileProperties } from './set-profile-properties.ts'
import { startFlow } from './start-flow.ts'
import { storeCredit } from './store-credit.ts'

export const actions: readonly AnyAction[] = [
  addTags,
  removeTags,
  discountCode,
  storeCredit,
  setMetafield,
  annotateOrder,
  setProfileProperties,
  recordEvent,
  startFlow,
  sendWebhook,
]

/** The action of that kind, or null: a rule may be older than the app's list. */
export function actionOf(kind: string): AnyAction | null {
  return actions.find((action) => action.kind === kind) ?? null
}
