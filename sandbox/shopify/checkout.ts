/** The storefront's checkout, as far as codes go. */
import { refusalAtCheckout } from './discounts.ts'
import type { Order, OrderDraft } from './orders.ts'
import type { Store } from './store.ts'

/**
 * Buys something, as a customer does at the checkout; the codes are used up.
 *
 * @throws {Error} that says why a code is not taken.
 */
export function checkOut(store: Store, draft: OrderDraft): Order {
  const discounts = draft.discountCodes.map((code) => {
    const discount = store.discounts.byCode(code)
    const refusal = discount
      ? refusalAtCheckout(discount, draft.customerId)
      : `${code} isn't a valid discount code`
    if (!discount || refusal) throw new Error(refusal)
    return discount
  })
  for (const discount of discounts) {
    store.discounts.change(discount, { uses: [...discount.uses, draft.customerId] })
    store.noteDiscount(discount, 'used', 'checkout')
  }
  const codes = discounts.map(({ code }) => code)
  return store.orders.add({ ...draft, discountCodes: codes })
}
