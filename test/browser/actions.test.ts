import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { Merchant } from '../harness/merchant.ts'
import { eventually, openSeededStage, shopA } from '../harness/stage.ts'
import type { Stage } from '../harness/stage.ts'
import { openAdmin, openBrowser } from './browser.ts'
import type { Admin } from './browser.ts'

const email = 'ben.okafor@example.com'

let stage: Stage
let browser: Browser
let admin: Admin
let customerId: string

beforeAll(async () => {
  stage = await openSeededStage()
  browser = await openBrowser()
  admin = await openAdmin(browser, stage.sandbox.shopifyUrl, shopA)
  const people = z.array(z.object({ id: z.string(), email: z.string().nullable() }))
  const all = await stage.shopify.get(`/customers?shop=${shopA}`, people)
  customerId = all.find((each) => each.email === email)?.id ?? ''
})
afterAll(async () => {
  await browser.close()
  await stage.close()
})

const saveBar = () => admin.page.getByRole('region', { name: 'Unsaved changes' })
const save = () => saveBar().getByRole('button', { name: 'Save' }).click()

/** Starts a rule on a metric of its own, with one action, switched on. */
async function startRule(name: string, action: string): Promise<void> {
  const { app } = admin
  await admin.open('/rules/new')
  await app.getByLabel('Name', { exact: true }).fill(name)
  await app.getByLabel('Trigger').selectOption({ label: 'An event of a metric comes' })
  await app.getByLabel('Metric').fill(name)
  await app.getByRole('button', { name: 'Add action' }).click()
  await app.getByRole('button', { name: action, exact: true }).click()
  await app.getByRole('group', { name: 'Mode' }).getByText('On', { exact: true }).click()
}

async function saved(): Promise<void> {
  await save()
  await admin.page.getByText('Rule saved.', { exact: true }).waitFor()
}

const post = async (metric: string, properties: object = {}) =>
  expect(await new Merchant(stage, shopA).post({ metric, email, properties })).toBe(202)

/** A page of the store's admin, looked at until it says so. */
async function seen(path: string, ...texts: (string | RegExp)[]): Promise<void> {
  const page = await admin.page.context().newPage()
  await eventually(async () => {
    await page.goto(`${stage.sandbox.shopifyUrl}/store/demo-one${path}`)
    const words = await page.getByRole('main').innerText()
    for (const text of texts) expect(words).toMatch(text)
  })
  await page.close()
}

describe('annotating an order', () => {
  it('is set up, wrong fields marked, and stands on the order', async () => {
    const { app } = admin
    await startRule('Notes', 'Annotate an order')
    await save()
    await app.getByText('Name the attribute.').waitFor()
    await app.getByLabel('Attribute', { exact: true }).fill('Klaviyo flow')
    await app.getByLabel('Value', { exact: true }).fill('{{ flow }}')
    await app.getByRole('button', { name: 'Add a tag' }).click()
    await app.getByLabel('Tag', { exact: true }).fill('klaviyo-{{ outcome }}')
    await saved()
    await stage.shopify.post('/orders', { shop: shopA, customerId })
    await post('Notes', { order_id: '#1001' })
    await seen('/orders', 'klaviyo-converted', 'Klaviyo flow: Win-back')
  })
})

describe('starting Shopify Flow', () => {
  it('is set up, and Flow is told', async () => {
    const { app } = admin
    await startRule('Flows', 'Start a Shopify Flow')
    await app.getByText('begin the workflow with the trigger “Klaviyo rule matched”').waitFor()
    await app.getByRole('button', { name: 'Add a property' }).click()
    await app.getByLabel('Property', { exact: true }).fill('points')
    await app.getByLabel('Value', { exact: true }).fill('{{ event.points }}')
    await saved()
    await post('Flows', { points: 7 })
    await seen('/flow', 'klaviyo-rule-matched', '"Rule name":"Flows"', /points.*7/)
  })
})

describe('store credit', () => {
  it('asks for the permission first, and once more when it was declined', async () => {
    const { app, page } = admin
    await startRule('Credit', 'Give store credit')
    await app.getByText('The app has no permission for store credit yet').waitFor()
    await save()
    await app.getByText('The rule was not saved').waitFor()
    await app.getByRole('button', { name: 'Allow store credit' }).click()
    await page.getByRole('button', { name: 'Don’t allow' }).click()
    await app.getByText('It was not allowed.').waitFor()
    await app.getByRole('button', { name: 'Allow store credit' }).click()
    await page.getByText('write_store_credit_account_transactions').waitFor()
    await page.getByRole('button', { name: 'Allow', exact: true }).click()
    await app
      .getByText('The app has no permission for store credit yet')
      .waitFor({ state: 'hidden' })
    await saved()
  })

  it('is given to the customer', async () => {
    await post('Credit')
    await seen(`/customers/${customerId.split('/').at(-1)}`, 'Balance 10.00 USD')
  })

  it('left nothing in the browser’s console', () => {
    expect(admin.complaints).toEqual([])
  })
})
