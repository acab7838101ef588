import { readFile } from 'node:fs/promises'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openSeededStage, shopA } from '../harness/stage.ts'
import type { Stage } from '../harness/stage.ts'
import { openAdmin, openBrowser } from './browser.ts'

let stage: Stage
let browser: Browser

beforeAll(async () => {
  stage = await openSeededStage()
  browser = await openBrowser()
})
afterAll(async () => {
  await browser.close()
  await stage.close()
})

it('the Make blueprint is a button in settings', async () => {
  const admin = await openAdmin(browser, stage.sandbox.shopifyUrl, shopA)
  const { app, page, complaints } = admin
  await admin.open('/settings')
  const saved = page.waitForEvent('download')
  await app.getByRole('button', { name: 'Download Make blueprint' }).click()
  const download = await saved
  expect(download.suggestedFilename()).toBe('klaviyo-actions.blueprint.json')
  const { webhookUrl: url } = await stage.webhook(shopA)
  expect(await readFile(await download.path(), 'utf8')).toContain(url)
  expect(await app.getByRole('textbox', { name: 'Address for signed events' }).inputValue()).toBe(
    url,
  )
  expect(complaints).toEqual([])
})
