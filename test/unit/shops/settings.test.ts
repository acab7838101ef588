import { describe, expect, it } from 'vitest'
import { scopesMissing } from '../../../app/shops/health.server.ts'
import { saveSettings } from '../../../app/shops/settings.server.ts'

describe('settings that can’t be', () => {
  const days = 'Enter a whole number from 7 to 730 days.'
  const characters = 'Enter a whole number from 50 to 65,000 characters.'

  it.each([
    [{ retentionDays: '6', tagBudget: '' }, 'retentionDays', days],
    [{ retentionDays: '731', tagBudget: '' }, 'retentionDays', days],
    [{ retentionDays: '', tagBudget: '' }, 'retentionDays', days],
    [{ retentionDays: '30.5', tagBudget: '' }, 'retentionDays', days],
    [{ retentionDays: '30', tagBudget: '49' }, 'tagBudget', characters],
    [{ retentionDays: '30', tagBudget: 'much' }, 'tagBudget', characters],
  ])('%o are refused at their field', async (input, field, message) => {
    expect(await saveSettings('demo-one.myshopify.com', input)).toEqual({
      ok: false,
      problems: [{ field, message }],
    })
  })
})

describe('scopes that the store granted', () => {
  it('suffice when writing is granted, which includes reading', () => {
    expect(scopesMissing(['write_customers', 'write_discounts', 'write_orders'])).toEqual([])
  })

  it('are named when they lack', () => {
    expect(scopesMissing(['read_customers', 'write_orders', 'write_discounts'])).toEqual([
      'write_customers',
    ])
  })
})
