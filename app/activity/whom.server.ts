import { personKeys } from '../secrets.server.ts'
import { whomOf } from './filter.ts'

/**
 * What the merchant typed, an e-mail or phone number most of all, as a filter's `customer`: hashes
 * under every readable key, since what a key wrote before may be what is searched.
 */
export function customerFor(shop: string, typed: string): string {
  const whom = whomOf(typed)
  return 'number' in whom ? whom.number : personKeys(shop, whom.identifier).join('.')
}
