/** Running a rule over past events, from the editor to the activity. */
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { Merchant, ruleOn } from '../harness/merchant.ts'
import { eventually, openSeededStage, shopA, tagsOf } from '../harness/stage.ts'
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

it('starts in the rule editor and is followed in the activity', async () => {
  await stage.klaviyo.post('/send', {
    account: 'demo-one',
    format: 'flow',
    metric: 'Viewed Product',
    profiles: ['ada.moreno@example.com', 'ben.okafor@example.com'],
  })
  const merchant = new Merchant(stage, shopA)
  await merchant.post({ email: 'gwen.sato@example.com' })
  await eventually(async () =>
    expect(await merchant.runs()).toMatchObject([
      { state: 'done', person: 'gwen.sato@example.com' },
    ]),
  )
  const rule = await merchant.addRule(
    ruleOn('Viewed Product', [{ kind: 'add-tags', tags: ['viewer'] }]),
  )

  const admin = await openAdmin(browser, stage.sandbox.shopifyUrl, shopA)
  const { app, page, complaints } = admin
  await admin.open(`/rules/${rule}`)
  await app.getByRole('link', { name: 'Run over past events…' }).click()
  await app.getByRole('heading', { level: 1, name: 'Run over past events' }).waitFor()
  await app.getByText('2 events to handle.').waitFor()

  // A number that makes no sense is marked, and nothing can be started.
  const days = app.getByLabel('Events of the last')
  await days.fill('120')
  await app.getByText('Enter a whole number from 1 to 90 days.').waitFor()
  expect(await app.getByRole('button', { name: 'Start' }).isDisabled()).toBe(true)
  await days.fill('7')
  await app.getByText('2 events to handle.').waitFor()
  await app.getByRole('button', { name: 'Start' }).click()

  await app.getByRole('heading', { level: 1, name: 'Activity' }).waitFor()
  await app.getByRole('heading', { name: 'Viewed Product over the last 7 days' }).waitFor()
  // The list follows by itself.
  await app.getByText('2 runs · 2 done').waitFor()
  expect(await tagsOf(stage, shopA, 'ada.moreno@example.com')).toContain('viewer')
  await page.reload()
  await app.getByRole('link', { name: 'Show its runs' }).click()
  await eventually(async () =>
    expect(await app.getByRole('row').filter({ hasText: '@example.com' }).count()).toBe(2),
  )
  expect(complaints).toEqual([])
})
