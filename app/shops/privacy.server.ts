/** Shopify's privacy webhooks: say what we hold on a person, forget a person, forget a shop. */

export interface PrivacyRequestView {
  id: string
  kind: 'data_request' | 'customer_redact' | 'shop_redact'
  createdAt: Date
  completedAt: Date | null
  /** There is an answer to download. */
  hasAnswer: boolean
}

/** Newest first. */
export async function privacyRequestsOf(_shop: string): Promise<PrivacyRequestView[]> {
  throw new Error('Not here yet.')
}
/** The answer as indented JSON text, or null when the shop has no such request. */
export async function privacyAnswerOf(_shop: string, _id: string): Promise<string | null> {
  throw new Error('Not here yet.')
}
