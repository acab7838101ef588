/** A store comes, goes, and grants. */
import type { Session } from '@shopify/shopify-api'

/** After the store gave us a token: makes sure that it has all it needs. */
export async function welcome(_session: Session): Promise<void> {
  throw new Error('Not here yet.')
}
