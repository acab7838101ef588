import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { neededScopes } from '../../app/klaviyo/klaviyo.ts'
import { eventually, openStage, shopA } from '../harness/stage.ts'
import type { Stage } from '../harness/stage.ts'
import { openAdmin, openBrowser } from './browser.ts'
import type { Admin } from './browser.ts'

let stage: Stage
let browser: Browser
let admin: Admin

beforeAll(async () => {
  stage = await openStage()
  browser = await openBrowser()
  admin = await openAdmin(browser, stage.sandbox.shopifyUrl, shopA)
})
afterAll(async () => {
  await browser.close()
  await stage.close()
})

const key = () => stage.sandbox.shops[0]?.klaviyoKey ?? ''
const saveBar = () => admin.page.getByRole('region', { name: 'Unsaved changes' })
const toast = (text: string) => admin.page.getByText(text, { exact: true })

describe('from a Klaviyo event to a tagged customer', () => {
  const tag = `klaviyo-reengaged-q${quarter(new Date())}-${new Date().getUTCFullYear()}`

  it('starts with a guide', async () => {
    await admin.open()
    await admin.app.getByText('0 of 4 done').waitFor()
    await admin.app.getByRole('link', { name: 'Connect Klaviyo' }).click()
    await admin.app.getByRole('heading', { level: 1, name: 'Settings' }).waitFor()
  })

  it('tells what the key has to be made with', async () => {
    const { app } = admin
    await app.getByText('Profiles: Full').waitFor()
    for (const { scope } of neededScopes) await app.getByText(scope).waitFor()
  })

  it('says in place that a key is wrong', async () => {
    const { app } = admin
    await app.getByLabel('Private Klaviyo key').fill('pk_nobody_0000000000000000000000000000')
    await app.getByRole('button', { name: 'Connect' }).click()
    await app.getByText('Klaviyo was not connected').waitFor()
  })

  it('connects with the right key and tells whose account it is', async () => {
    const { app } = admin
    await app.getByLabel('Private Klaviyo key').fill(key())
    await app.getByRole('button', { name: 'Connect' }).click()
    await app.getByText('Connected', { exact: true }).waitFor()
    await app.getByText('Demo One').first().waitFor()
    expect(await app.getByText('Missing', { exact: true }).count()).toBe(0)
  })

  it('hands the webhook over to Klaviyo', async () => {
    const { app, page } = admin
    const url = await app.getByLabel('Destination URL').first().inputValue()
    await app.getByRole('button', { name: 'Show Header value' }).click()
    const secret = await app.getByLabel('Header value').first().inputValue()
    await app.getByRole('button', { name: 'Copy JSON body', exact: true }).click()
    await toast('JSON body copied').waitFor()
    const body = await page.evaluate(() => navigator.clipboard.readText())

    const klaviyo = await page.context().newPage()
    await klaviyo.goto(`${stage.sandbox.klaviyoUrl}/#demo-one`)
    await klaviyo.getByLabel('Webhook URL').fill(url)
    await klaviyo.getByLabel('Secret').fill(secret)
    await klaviyo.getByText("Body of the flow's webhook action").click()
    await klaviyo.getByLabel('Template, as typed into the flow').fill(body)
    await klaviyo.locator('#target').getByRole('button', { name: 'Save' }).click()
    await klaviyo.getByText('Saved.').waitFor()
    await klaviyo.close()
  })

  it('writes a rule, shows in place what is wrong with it, and saves it', async () => {
    const { app, page } = admin
    await admin.choose('Rules')
    await app.getByRole('link', { name: 'Write a rule' }).click()
    await app.getByRole('heading', { level: 1, name: 'New rule' }).waitFor()

    await app.getByLabel('Name', { exact: true }).fill('Win-back converted')
    await app.getByLabel('Trigger').selectOption({ label: 'An event of a metric comes' })
    await app.getByLabel('Metric').fill('Completed')
    await app.getByRole('option', { name: /Completed Flow/ }).click()
    await app.getByLabel('Only for one outcome of the flow').check()
    await app.getByLabel('Is', { exact: true }).fill('converted')
    await app.getByRole('button', { name: 'Add action' }).click()
    await app.getByRole('button', { name: 'Add tags', exact: true }).click()
    await app.getByLabel('Tag', { exact: true }).fill('klaviyo-{{ quarter')
    await app.getByRole('group', { name: 'Mode' }).getByText('On', { exact: true }).click()
    await saveBar().getByRole('button', { name: 'Save' }).click()
    await app.getByText('The rule was not saved').waitFor()
    await expect(app.getByLabel('Tag', { exact: true }).getAttribute('aria-invalid')).resolves.toBe(
      'true',
    )

    await app.getByLabel('Tag', { exact: true }).fill('klaviyo-reengaged-q{{ quarter }}-{{ year }}')
    await app.getByText(`Gives ${tag}`).waitFor()
    await saveBar().getByRole('button', { name: 'Save' }).click()
    await toast('Rule saved.').waitFor()
    await app.getByRole('heading', { level: 1, name: 'Win-back converted' }).waitFor()
    await saveBar().waitFor({ state: 'hidden' })
    await page.waitForURL(/\/apps\/klaviyo-actions\/rules\/(?!new)/)
  })

  it('sees a profile complete the flow in Klaviyo', async () => {
    const klaviyo = await admin.page.context().newPage()
    await klaviyo.goto(`${stage.sandbox.klaviyoUrl}/#demo-one`)
    await klaviyo.locator('select[name=flow]').selectOption('Win-back')
    await klaviyo.locator('select[name=outcome]').selectOption('converted')
    const profile = klaviyo.locator('select[name=profile]')
    const ben = profile.locator('option', { hasText: 'ben.okafor@example.com' })
    await profile.selectOption(await ben.getAttribute('value'))
    await klaviyo.getByRole('button', { name: 'Send' }).click()
    await klaviyo.getByText('1 delivered').waitFor()
    await klaviyo.close()
  })

  it('finds the tag on the customer', async () => {
    const page = await admin.page.context().newPage()
    await eventually(async () => {
      await page.goto(`${stage.sandbox.shopifyUrl}/store/demo-one/customers?q=ben.okafor`)
      expect(await page.getByRole('row', { name: 'Ben Okafor' }).innerText()).toContain(tag)
    })
    await page.close()
  })

  it('finds the run in the activity, and on its page before and after', async () => {
    const { app } = admin
    await admin.choose('Activity')
    const row = app.getByRole('row').filter({ hasText: 'ben.okafor@example.com' })
    await row.getByText('Done', { exact: true }).waitFor()
    await row.getByRole('link').first().click()
    await app.getByRole('heading', { level: 1, name: /Win-back converted/ }).waitFor()
    await app.getByText(tag).first().waitFor()
    await app.getByText('Why', { exact: true }).waitFor()
  })

  it('has ticked every step of the guide', async () => {
    await admin.open()
    await admin.app.getByText('4 of 4 done').waitFor()
  })

  it('left nothing in the browser’s console', () => {
    expect(admin.complaints).toEqual([])
  })
})

function quarter(at: Date): number {
  return Math.floor(at.getUTCMonth() / 3) + 1
}
