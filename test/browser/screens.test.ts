import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { eventually, openSeededStage, shopA } from '../harness/stage.ts'
import type { Stage } from '../harness/stage.ts'
import { Syncing, mapping } from '../harness/sync.ts'
import { openAdmin, openBrowser } from './browser.ts'
import type { Admin } from './browser.ts'

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

const rows = z.object({ rows: z.array(z.object({ id: z.string(), ruleId: z.string() })) })

/** Every screen, with something on it: the paths after the app's own. */
async function everyScreen(): Promise<string[]> {
  const [newest] = await eventually(async () => {
    const answer = await stage.admin(shopA).load('/app/activity', 'app.activity._index')
    const found = rows.parse(await answer.json()).rows
    expect(found.length).toBeGreaterThan(0)
    return found
  })
  return [
    '',
    '/rules',
    '/rules/new',
    `/rules/${newest?.ruleId ?? ''}`,
    '/activity',
    `/activity/${newest?.id ?? ''}`,
    '/sync',
    '/sync/mappings/new',
    `/sync/mappings/${await aMapping()}`,
    `/sync/${await aSync()}`,
    '/settings',
    '/settings/health',
  ]
}

/** A mapping's id, made where there is none. */
async function aMapping(): Promise<string> {
  const syncing = new Syncing(stage.admin(shopA))
  const [known] = (await syncing.overview()).mappings
  if (known) return known.id
  const made = await syncing.map(mapping('predicted_ltv'))
  return 'id' in made ? made.id : ''
}

/** The id of a sync that is over. */
async function aSync(): Promise<string> {
  const syncing = new Syncing(stage.admin(shopA))
  const [known] = (await syncing.overview()).history.syncs
  return known?.id ?? (await syncing.run()).id
}

/** How far the app's page reaches beyond its frame, in pixels. */
const overflowOf = ({ app }: Admin) =>
  app.locator('html').evaluate((page) => page.scrollWidth - page.clientWidth)

describe.each([
  { device: 'a computer', width: 1280, mobile: false },
  { device: 'a phone', width: 390, mobile: true },
])('on $device', ({ width, mobile }) => {
  it('every screen fits and leaves the console silent', async () => {
    await stage.klaviyo.post('/send', {
      account: 'demo-one',
      format: 'flow',
      metric: 'Completed Flow',
      flow: 'Win-back',
      outcome: 'converted',
      count: 12,
      times: 3,
    })
    const admin = await openAdmin(browser, stage.sandbox.shopifyUrl, shopA, {
      viewport: { width, height: 844 },
      isMobile: mobile,
      hasTouch: mobile,
    })
    for (const screen of await everyScreen()) {
      await admin.open(screen)
      expect([screen, await overflowOf(admin)]).toEqual([screen, 0])
    }
    expect(admin.complaints).toEqual([])
  })
})

describe('the rule editor', () => {
  it('marks what is wrong where it is wrong, until it is changed', async () => {
    const admin = await openAdmin(browser, stage.sandbox.shopifyUrl, shopA)
    const { app, page } = admin
    await admin.open('/rules/new')
    await app.getByLabel('Name', { exact: true }).fill('Unfinished')
    await app.getByRole('button', { name: 'Add action' }).click()
    await app.getByRole('button', { name: 'Add tags', exact: true }).click()
    await app.getByLabel('Tag', { exact: true }).fill('{{ quarter')
    await page.getByRole('button', { name: 'Save', exact: true }).click()

    await app.getByText('The rule was not saved').waitFor()
    await app.getByText('Choose a flow, or type its name or id.').waitFor()
    await app.getByText('This is not valid Liquid').waitFor()

    await app.getByLabel('Tag', { exact: true }).fill('q{{ quarter }}')
    await app.getByText(/^Gives q[1-4]$/).waitFor()
    expect(await app.getByText('This is not valid Liquid').count()).toBe(0)
    await app.getByText('Choose a flow, or type its name or id.').waitFor()
  })

  it('asks before unsaved changes are left', async () => {
    const admin = await openAdmin(browser, stage.sandbox.shopifyUrl, shopA)
    const { app, page } = admin
    await admin.open('/rules/new')
    await app.getByLabel('Name', { exact: true }).fill('Unsaved')
    await app.getByRole('link', { name: 'Rules' }).first().click()
    await page.getByText('Leave page with unsaved changes?').waitFor()
    await page.getByRole('button', { name: 'Stay' }).click()
    expect(await app.getByLabel('Name', { exact: true }).inputValue()).toBe('Unsaved')

    await app.getByRole('link', { name: 'Rules' }).first().click()
    await page.getByRole('button', { name: 'Leave page' }).click()
    await app.getByRole('heading', { level: 1, name: 'Rules' }).waitFor()
  })

  it('tries a rule and writes nothing', async () => {
    const admin = await openAdmin(browser, stage.sandbox.shopifyUrl, shopA)
    const { app } = admin
    await admin.open('/rules')
    await app.getByRole('link', { name: 'Win-back converted', exact: true }).click()
    await app.getByLabel('Tag', { exact: true }).fill('only-tried')
    await app.getByRole('button', { name: 'Try it' }).click()
    await app.getByText('Adds only-tried').waitFor()
    await app.getByText('+ only-tried').waitFor()

    const customers = await admin.page.context().newPage()
    await customers.goto(`${stage.sandbox.shopifyUrl}/store/demo-one/customers?q=only-tried`)
    await customers.getByText('0 customers').waitFor()
  })
})

describe('when Klaviyo takes the key back', () => {
  const key = () => stage.sandbox.shops[0]?.klaviyoKey ?? ''

  it('every screen says so until it is mended', async () => {
    const admin = await openAdmin(browser, stage.sandbox.shopifyUrl, shopA)
    const { app, page } = admin
    const banner = app.getByText('Klaviyo is not reachable with your key. New events wait.')
    await stage.klaviyo.post('/keys', { key: key(), valid: false })
    await admin.open('/settings')
    await app.getByRole('button', { name: 'Test', exact: true }).click()
    await banner.waitFor()
    for (const screen of await everyScreen()) {
      await admin.open(screen)
      await banner.waitFor()
    }

    await stage.klaviyo.post('/keys', { key: key(), valid: true })
    await admin.open('/settings')
    await app.getByRole('button', { name: 'Test', exact: true }).click()
    await page.getByText('Klaviyo answers, the key works.').waitFor()
    await banner.waitFor({ state: 'hidden' })
  })
})
