/** What a rule makes a code with: 10 % of an order, for three days. */
export const codeSettings = (prefix: string, more: object = {}) => ({
  worth: { kind: 'percentage', percent: '10' },
  currency: '',
  items: { on: 'order' },
  minimum: { kind: 'none' },
  combinesWith: { orderDiscounts: false, productDiscounts: false, shippingDiscounts: false },
  validHours: '72',
  prefix,
  length: '8',
  again: 'reuse',
  ...more,
})
