/** What a discount code is worth, in words. Shared by the action and its form. */
import type { CodeTerms } from '../shopify/discounts.ts'

export function wordsOf(worth: CodeTerms['worth'], currency: string): string {
  switch (worth.kind) {
    case 'percentage':
      return `${worth.percent}%`
    case 'amount':
      return `${worth.amount} ${currency}`
    case 'free-shipping':
      return 'free shipping'
  }
}
