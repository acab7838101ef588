/** What Shopify says of the discount codes that it refuses. */
import type { DiscountDraft } from '../discounts.ts'
import type { Store } from '../store.ts'

export interface DiscountComplaint {
  field: string
  code: string
  message: string
}

const longestText = 255

/** The first thing that Shopify has against it, or undefined. */
export function complaintAboutDiscount(
  draft: DiscountDraft,
  store: Store,
): DiscountComplaint | undefined {
  const { title, code, startsAt, endsAt, worth, customers, items, kind, combinesWith } = draft
  const wrong = (field: string, code: string, message: string) => ({ field, code, message })
  if (title.trim() === '') return wrong('title', 'BLANK', "Title can't be blank")
  if (title.length > longestText) {
    return wrong('title', 'TOO_LONG', 'Title is too long (maximum is 255 characters)')
  }
  if (code.trim() === '') return wrong('code', 'BLANK', "Code can't be blank")
  if (code.length > longestText) {
    return wrong('code', 'TOO_LONG', 'Code is too long (maximum is 255 characters)')
  }
  if (store.discounts.byCode(code)) {
    return wrong('code', 'TAKEN', 'Code must be unique. Please try a different code.')
  }
  if (endsAt && endsAt <= startsAt) {
    return wrong('endsAt', 'END_DATE_BEFORE_START_DATE', 'Ends at needs to be after starts_at')
  }
  if (worth && 'percentage' in worth && (worth.percentage <= 0 || worth.percentage > 1)) {
    const message = 'Value must be between 0.0 and 1.0'
    return wrong('customerGets.value.percentage', 'VALUE_OUTSIDE_RANGE', message)
  }
  if (worth && 'amount' in worth && worth.amount <= 0) {
    const message = 'Value must be less than 0'
    return wrong('customerGets.value.discountAmount.amount', 'LESS_THAN', message)
  }
  if (customers.some((id) => !store.customer(id))) {
    return wrong('context.customers.add', 'INVALID', 'Customer is invalid')
  }
  if (items.some((id) => !store.catalog.has(id))) {
    return wrong('customerGets.items', 'INVALID', 'Items include a resource that does not exist')
  }
  if (kind === 'free-shipping' && combinesWith.shippingDiscounts) {
    return wrong(
      'combinesWith',
      'INVALID_COMBINES_WITH_FOR_DISCOUNT_CLASS',
      'The combinesWith settings are not valid for the discount class.',
    )
  }
  return undefined
}
