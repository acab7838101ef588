import { readFile } from 'node:fs/promises'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { apiKey } from '../../sandbox/app.ts'
import { openSeededStage, shopA } from '../harness/stage.ts'
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

const save = () => admin.page.getByRole('button', { name: 'Save', exact: true }).click()

/** Waits until the sync is over and listed. */
async function openReport(row: string): Promise<void> {
  await admin.app.getByRole('row').filter({ hasText: row }).getByRole('link').first().click()
  await admin.app.getByRole('heading', { level: 1, name: /^(Sync|Dry run) of/ }).waitFor()
}

describe('the metafield sync', () => {
  it('begins with ready mappings and shows what they give', async () => {
    const { app, page } = admin
    await admin.open()
    await admin.choose('Metafield sync')
    await app.getByRole('button', { name: 'Copy Or write Liquid' }).click()
    expect(await page.evaluate(() => navigator.clipboard.readText())).toContain(
      'customer.metafields.klaviyo.ltv_tier.value',
    )
    const block = app.getByRole('link', { name: 'Add the block' })
    expect(await block.getAttribute('href')).toBe(
      `shopify:admin/themes/current/editor?template=index&addAppBlockId=${apiKey}/personal-content&target=newAppsSection`,
    )
    const embed = app.getByRole('link', { name: 'Turn on pop-up hiding' })
    expect(await embed.getAttribute('href')).toBe(
      `shopify:admin/themes/current/editor?context=apps&template=index&activateAppId=${apiKey}/hide-element`,
    )
    await app.getByLabel('Average order value').check()
    await app.getByRole('button', { name: 'Add 4 mappings' }).click()
    await page.getByText('4 mappings added.', { exact: true }).waitFor()
    await app.getByLabel('Sample customer').fill('ada.moreno@example.com')
    await app.getByRole('button', { name: 'Show', exact: true }).click()
    await app.getByText('Values of Ada Moreno, ada.moreno@example.com.').waitFor()
    const row = app.getByRole('row').filter({ hasText: 'klaviyo.ltv_tier' })
    await row.getByText(/^(low|medium|high)$/).waitFor()
    await app.getByText(/^Next sync: /).waitFor()
  })

  it('is paused, goes on, and reports', async () => {
    const { app, page } = admin
    await stage.shopify.post('/bulk', { shop: shopA, held: true })
    await app.getByRole('button', { name: 'Sync now', exact: true }).click()
    await app.getByRole('heading', { name: 'Sync under way' }).waitFor()
    await app.getByRole('button', { name: 'Pause', exact: true }).click()
    await page.getByText('Sync paused.', { exact: true }).waitFor()
    await stage.shopify.post('/bulk', { shop: shopA, held: false })
    await app.getByRole('button', { name: 'Resume', exact: true }).click()
    await page.getByText('Sync goes on.', { exact: true }).waitFor()
    await openReport('Every customer')
    await app.getByText('Metafields written', { exact: true }).waitFor()
    await app.getByRole('heading', { name: 'What changed' }).waitFor()
    await app.getByRole('button', { name: 'Show as table' }).nth(1).click()
    await app.getByRole('rowheader', { name: '0 to 10 %' }).waitFor()
  })

  it('marks in a mapping what is wrong, and keeps it once it is right', async () => {
    const { app, page } = admin
    await admin.open('/sync')
    await app.getByRole('link', { name: 'Lifetime value tier' }).click()
    await app.getByLabel('Band 2: below').fill('50')
    await save()
    await app.getByText('Each band has to end above the one before it.').waitFor()
    await app.getByLabel('Band 2: below').fill('120')
    await save()
    await page.getByText('Mapping saved.', { exact: true }).waitFor()
  })

  it('asks before a changed mapping is left', async () => {
    const { app, page } = admin
    await admin.open('/sync')
    await app.getByRole('link', { name: 'Lifetime value tier' }).click()
    await app.getByLabel('Band 2: below').fill('130')
    await app.getByRole('link', { name: 'Metafield sync' }).first().click()
    await page.getByText('Leave page with unsaved changes?').waitFor()
    await page.getByRole('button', { name: 'Stay' }).click()
    expect(await app.getByLabel('Band 2: below').inputValue()).toBe('130')
    await app.getByRole('link', { name: 'Metafield sync' }).first().click()
    await page.getByRole('button', { name: 'Leave page' }).click()
    await app.getByRole('link', { name: 'Lifetime value tier' }).click()
    expect(await app.getByLabel('Band 2: below').inputValue()).toBe('120')
  })

  it('shows in a dry run what would change, writes nothing, and lists what can’t be', async () => {
    const { app, page } = admin
    await stage.klaviyo.post('/profiles', {
      account: 'demo-one',
      email: 'teapot@example.com',
      properties: { shoe_size: 'large' },
    })
    await stage.shopify.post('/customers', { shop: shopA, email: 'teapot@example.com' })
    await admin.open('/sync/mappings/new')
    await app.getByLabel('Source').selectOption({ label: 'A profile property' })
    await app.getByLabel('Property', { exact: true }).fill('shoe_size')
    await app.getByLabel('Name', { exact: true }).fill('Shoe size')
    await app.getByLabel('Key', { exact: true }).fill('shoe_size')
    await app.getByLabel('Type').selectOption({ label: 'Integer' })
    await app.getByLabel('Sample customer').fill('teapot@example.com')
    await app.getByRole('button', { name: 'Show', exact: true }).click()
    await app.getByText(/What Klaviyo has for klaviyo.shoe_size is not a whole number/).waitFor()
    await save()
    await page.getByText('Mapping saved.', { exact: true }).waitFor()

    await admin.open('/sync')
    await app.getByRole('button', { name: 'Dry run' }).click()
    await page.getByText('The sync has started.', { exact: true }).waitFor()
    await openReport('Dry run')
    await app.getByText('A dry run: nothing was written').waitFor()
    await app.getByRole('heading', { name: 'What failed' }).waitFor()
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      app.getByRole('button', { name: 'Download as CSV' }).click(),
    ])
    const csv = await readFile(await file.path(), 'utf8')
    expect(csv).toMatch(/gid:\/\/shopify\/Customer\/\d+","klaviyo.shoe_size","mapping-unusable"/)
  })

  it('is canceled once that is confirmed', async () => {
    const { app, page } = admin
    await admin.open('/sync')
    await stage.klaviyo.post('/latency', { ms: 3_000 })
    await app.getByRole('button', { name: 'Sync now', exact: true }).click()
    await app.getByRole('button', { name: 'Cancel', exact: true }).click()
    await app.getByText('Cancel this sync?').waitFor()
    await app.getByRole('button', { name: 'Cancel the sync' }).click()
    await page.getByText('Sync canceled.', { exact: true }).waitFor()
    await stage.klaviyo.post('/latency', { ms: 0 })
    await app.getByRole('row').filter({ hasText: 'Canceled' }).waitFor()
  })

  it('takes one customer, by e-mail', async () => {
    const { app, page } = admin
    await admin.open('/sync')
    await app.getByLabel('Whom').selectOption({ label: 'One customer' })
    await app.getByLabel('E-mail address').fill('nobody@example.com')
    await app.getByRole('button', { name: 'Sync now', exact: true }).click()
    await app.getByText('Shopify has no customer with this address.').waitFor()
    await app.getByLabel('E-mail address').fill('ada.moreno@example.com')
    await app.getByRole('button', { name: 'Sync now', exact: true }).click()
    await page.getByText('The sync has started.', { exact: true }).waitFor()
    await app.getByRole('row').filter({ hasText: 'One customer' }).waitFor()
  })

  it('takes one mapping, or the customers of a segment', async () => {
    const { app } = admin
    const start = async (row: string) => {
      await app.getByRole('button', { name: 'Sync now', exact: true }).click()
      await app.getByRole('row').filter({ hasText: row }).getByText('Done').first().waitFor()
    }
    await admin.open('/sync')
    await app.getByLabel('Whom').selectOption({ label: 'One mapping, for every customer' })
    await app.getByLabel('Mapping', { exact: true }).selectOption({ label: 'Average order value' })
    await start('Only Average order value')

    await app.getByLabel('Whom').selectOption({ label: 'The customers of a segment' })
    await app.getByRole('button', { name: 'Sync now', exact: true }).click()
    await app.getByText('Choose a segment.').waitFor()
    await app.getByLabel('Segment', { exact: true }).fill('vip')
    await app.getByRole('option', { name: 'VIPs' }).click()
    await start('Segment VIPs')
  })

  it('runs at the hour that is chosen, or not by itself at all', async () => {
    const { app, page } = admin
    await admin.open('/sync')
    const hour = app.getByLabel('Starts between')
    await hour.selectOption({ label: '04:00 to 05:00' })
    await page.getByText('Schedule saved.', { exact: true }).waitFor()
    await app.getByText(/^Next sync: .*, 04:\d\d/).waitFor()
    await app.getByLabel('Sync by itself').click()
    await app.getByText('No sync is planned.').waitFor()
    await admin.open('/sync')
    expect(await app.getByLabel('Sync by itself').isChecked()).toBe(false)
    expect(await hour.isDisabled()).toBe(true)
  })
})
