import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Merchant } from '../harness/merchant.ts'
import { eventually, openSeededStage, shopA } from '../harness/stage.ts'
import type { Stage } from '../harness/stage.ts'
import { openAdmin, openBrowser } from './browser.ts'
import type { Admin } from './browser.ts'

let stage: Stage
let browser: Browser
let admin: Admin

beforeAll(async () => {
  stage = await openSeededStage()
  browser = await openBrowser()
  admin = await openAdmin(browser, stage.sandbox.shopifyUrl, shopA)
})
afterAll(async () => {
  await browser.close()
  await stage.close()
})

const saveBar = () => admin.page.getByRole('region', { name: 'Unsaved changes' })

describe('a cart-flow code', () => {
  it('is set up with its write-back, for collections that the merchant picks', async () => {
    const { app, page } = admin
    await admin.open('/rules/new')
    await app.getByLabel('Name', { exact: true }).fill('Cart code')
    await app.getByLabel('Trigger').selectOption({ label: 'An event of a metric comes' })
    await app.getByLabel('Metric').fill('Completed')
    await app.getByRole('option', { name: /Completed Flow/ }).click()
    await app.getByRole('button', { name: 'Add action' }).click()
    await app.getByRole('button', { name: 'Make a single-use discount code', exact: true }).click()
    await app.getByRole('heading', { name: '2. Set Klaviyo profile properties' }).waitFor()
    await app.getByText('Gives SAMPLE-7K3MQ2XW', { exact: true }).waitFor()

    await app.getByLabel('Discount', { exact: true }).selectOption({ label: 'Fixed amount' })
    await app.getByLabel('Applies to').selectOption({ label: 'Some collections' })
    await app.getByRole('button', { name: 'Choose collections' }).click()
    await page.getByLabel('Tea', { exact: true }).check()
    await page.getByRole('button', { name: 'Select', exact: true }).click()
    await app.getByText('Tea', { exact: true }).waitFor()
    await app.getByLabel('Code begins with').fill('cart-')
    await app.getByRole('group', { name: 'Mode' }).getByText('On', { exact: true }).click()
    await saveBar().getByRole('button', { name: 'Save' }).click()
    await app.getByText('Give the amount as a number, such as 10 or 7.50.').waitFor()
    await app.getByLabel('Amount off').fill('7,50')
    await saveBar().getByRole('button', { name: 'Save' }).click()
    await page.getByText('Rule saved.', { exact: true }).waitFor()
  })

  it('is made when the event comes, and listed', async () => {
    const { app } = admin
    const merchant = new Merchant(stage, shopA)
    expect(await merchant.post({ metric: 'Completed Flow', email: 'ben.okafor@example.com' })).toBe(
      202,
    )
    await eventually(async () => {
      const runs = await merchant.runs()
      expect(runs.some(({ ruleName, state }) => ruleName === 'Cart code' && state === 'done')).toBe(
        true,
      )
    })
    await admin.choose('Discount codes')
    const row = app.getByRole('row').filter({ hasText: 'CART-' })
    await row.getByText('Live', { exact: true }).waitFor()
    await row.getByText('7.50 USD').waitFor()
  })

  it('shows its order once the customer bought with it', async () => {
    const { app } = admin
    const shopify = await admin.page.context().newPage()
    await shopify.goto(`${stage.sandbox.shopifyUrl}/store/demo-one/discounts`)
    await shopify.getByRole('row').filter({ hasText: 'CART-' }).getByRole('button').click()
    await shopify.getByText(/Order #1001 used CART-/).waitFor()
    await shopify.close()
    await app.getByRole('button', { name: 'Read orders now' }).click()
    await admin.page.getByText('Orders are being read.', { exact: true }).waitFor()
    await eventually(async () => {
      await admin.open('/codes')
      const row = app.getByRole('row').filter({ hasText: 'CART-' })
      expect(await row.innerText()).toMatch(/Used.*\$50\.00/s)
    })
  })
})
