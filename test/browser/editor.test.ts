/**
 * The editor from a merchant's chair: every action once, with what it did in Shopify and Klaviyo,
 * ready-made rules, and what the screens make of many runs. On PostgreSQL, where the clock of a tag
 * can be moved from outside the app.
 */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { Server } from 'node:http'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { Merchant, ruleOn } from '../harness/merchant.ts'
import { runSql, startPostgres } from '../harness/postgres.ts'
import type { RunningPostgres } from '../harness/postgres.ts'
import { eventually, openSeededStage, shopA } from '../harness/stage.ts'
import type { Stage } from '../harness/stage.ts'
import { openAdmin, openBrowser } from './browser.ts'
import type { Admin } from './browser.ts'

let postgres: RunningPostgres
let stage: Stage
let browser: Browser
let admin: Admin
let merchant: Merchant
let receiver: Server
/** Bodies that the webhooks' receiver got. */
const received: string[] = []

const email = 'every.action@example.com'

beforeAll(async () => {
  postgres = await startPostgres()
  stage = await openSeededStage({ databaseUrl: postgres.url, apart: true })
  merchant = new Merchant(stage, shopA)
  browser = await openBrowser()
  admin = await openAdmin(browser, stage.sandbox.shopifyUrl, shopA)
  receiver = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString()))
    request.on('end', () => {
      received.push(body)
      response.end()
    })
  })
  receiver.listen(0, '127.0.0.1')
  await once(receiver, 'listening')
})
afterAll(async () => {
  await browser.close()
  receiver.close()
  receiver.closeAllConnections()
  await stage.close()
  await postgres.close()
})

const saveBar = () => admin.page.getByRole('region', { name: 'Unsaved changes' })
const toast = (text: string) => admin.page.getByText(text, { exact: true })

const add = async (title: string) => {
  await admin.app.getByRole('button', { name: 'Add action' }).click()
  await admin.app.getByRole('button', { name: title, exact: true }).click()
}
const group = (name: string) => admin.app.getByRole('group', { name, exact: true })

async function customerPage() {
  const page = await admin.page.context().newPage()
  await page.goto(`${stage.sandbox.shopifyUrl}/store/demo-one/customers?q=${email}`)
  await page.getByRole('row').getByRole('link').first().click()
  await page.getByRole('heading', { name: 'Tags' }).waitFor()
  return page
}

describe('every action', () => {
  it('is set up, put in order, and saved', async () => {
    const { app, page } = admin
    await stage.shopify.post('/customers', { shop: shopA, email, tags: ['cold', 'theirs'] })
    await stage.klaviyo.post('/profiles', {
      account: 'demo-one',
      email,
      predictive_analytics: { predicted_clv: 900 },
    })
    await admin.open('/rules/new')
    await app.getByLabel('Name', { exact: true }).fill('Every action')
    await app.getByLabel('Trigger').selectOption({ label: 'An event of a metric comes' })
    await app.getByLabel('Metric').fill('Everything')

    await add('Remove tags')
    await app.getByLabel('Tag', { exact: true }).fill('cold')
    await add('Add tags')
    await group('2. Add tags').getByLabel('Tag', { exact: true }).fill('hot-')
    await group('2. Add tags').getByLabel('Take them off again after').fill('2')
    await group('2. Add tags').getByRole('button', { name: 'Move Add tags up' }).click()
    await group('1. Add tags').getByRole('button', { name: 'Duplicate Add tags' }).click()
    expect(await group('2. Add tags').getByLabel('Tag', { exact: true }).inputValue()).toBe('hot-')
    await group('2. Add tags').getByRole('button', { name: 'Remove Add tags' }).click()
    await group('2. Remove tags').waitFor()

    await add('Make a single-use discount code')
    await group('4. Set Klaviyo profile properties').waitFor()
    await app.getByLabel('Code begins with').fill('every-')
    await add('Set customer metafield')
    await group('5. Set customer metafield').getByLabel('Value', { exact: true }).fill('gold')
    await add('Record a Klaviyo event')
    await app.getByLabel('Event', { exact: true }).first().fill('Did everything')
    await add('Send a webhook')
    const { port } = z.object({ port: z.number() }).parse(receiver.address())
    await app.getByLabel('Address', { exact: true }).fill(`http://127.0.0.1:${port}/`)
    await app.getByRole('textbox', { name: 'JSON body' }).fill('{"code": }')

    await app.getByRole('group', { name: 'Mode' }).getByText('On', { exact: true }).click()
    expect(await page.getByText('Rule saved.', { exact: true }).count()).toBe(0)
  })

  it('takes variables at the cursor, chosen by keyboard', async () => {
    const { app, page } = admin
    const search = app.getByPlaceholder('Search by name or value')
    /** The one that Enter would take. */
    const isMarked = async (path: string) => {
      const id = await app.getByRole('option', { name: path, exact: true }).getAttribute('id')
      await expect.poll(() => search.getAttribute('aria-activedescendant')).toBe(id)
    }
    const tag = group('1. Add tags')
    await tag.getByLabel('Tag', { exact: true }).focus()
    await tag.getByRole('button', { name: 'Insert a variable into Tag' }).click()
    await search.fill('quarter')
    await isMarked('quarter')
    await page.keyboard.press('Enter')
    await app.getByText(/^Gives hot-[1-4]$/).waitFor()

    const body = app.getByRole('textbox', { name: 'JSON body' })
    await body.focus()
    await page.keyboard.press('Control+End')
    await page.keyboard.press('ArrowLeft')
    await app.getByRole('button', { name: 'Insert a variable into JSON body' }).click()
    await search.fill('discount')
    await isMarked('discount.code')
    await page.keyboard.press('ArrowDown')
    await isMarked('discount.worth')
    await page.keyboard.press('ArrowUp')
    await isMarked('discount.code')
    await page.keyboard.press('Enter')
    await expect.poll(() => body.inputValue()).toBe('{"code": {{ discount.code | json }}}')

    await saveBar().getByRole('button', { name: 'Save' }).click()
    await toast('Rule saved.').waitFor()
  })

  it('opens folded again, seven being many', async () => {
    const { app, page } = admin
    await page.reload()
    await app.getByRole('button', { name: 'Unfold all' }).waitFor()
    expect(await app.getByLabel('Code begins with').isVisible()).toBe(false)
    await app.getByRole('button', { name: 'Unfold Make a single-use discount code' }).click()
    await app.getByLabel('Code begins with').waitFor()
  })

  it('does what it says, in Shopify, in Klaviyo and at the receiver', async () => {
    expect(await merchant.post({ metric: 'Everything', email })).toBe(202)
    await expect.poll(() => received.length, { timeout: 15_000 }).toBe(1)
    const { code } = z.object({ code: z.string() }).parse(JSON.parse(received[0] ?? ''))
    expect(code).toMatch(/^EVERY-/)

    const page = await customerPage()
    await page
      .getByText(/^hot-[1-4]$/)
      .first()
      .waitFor()
    await page.getByText('theirs').first().waitFor()
    await page.getByText('loyalty.status', { exact: true }).waitFor()
    await page.getByText('gold', { exact: true }).first().waitFor()
    await page.goto(`${stage.sandbox.shopifyUrl}/store/demo-one/discounts`)
    await page.getByRole('row').filter({ hasText: code }).waitFor()
    await page.close()

    const [profile] = (
      await stage.klaviyo.get(
        '/profiles?account=demo-one',
        z.array(
          z.object({
            email: z.string().nullish(),
            id: z.string(),
            properties: z.record(z.string(), z.json()),
          }),
        ),
      )
    ).filter((each) => each.email === email)
    expect(profile?.properties['discount_code']).toBe(code)
    const journal = z.array(z.object({ kind: z.string() }).loose())
    const entries = await stage.klaviyo.get('/journal?account=demo-one', journal)
    expect(JSON.stringify(entries)).toContain('Did everything')
  })

  it('tells of each step, and until when the tag stays', async () => {
    const { app } = admin
    await admin.choose('Activity')
    await app.getByRole('row').filter({ hasText: email }).getByRole('link').first().click()
    await app.getByText(/^Adds hot-[1-4] until \d{4}-\d\d-\d\d$/).waitFor()
    for (const text of ['Removes cold', 'Makes a code for 10%', 'Sets loyalty.status']) {
      await app.getByText(text).first().waitFor()
    }
  })

  it('takes the tag off when its time is over', async () => {
    await runSql(
      postgres.url,
      `update "TagGrant" set "expiresAt" = now() - interval '1 minute' where "expiresAt" is not null`,
    )
    await eventually(async () => {
      await admin.open('/activity')
      expect(await admin.app.getByText('1 tag taken off, their time being over.').count()).toBe(1)
    })
    const page = await customerPage()
    const tags = page
      .locator('section')
      .filter({ has: page.getByRole('heading', { name: 'Tags' }) })
    expect(await tags.first().innerText()).not.toContain('hot-')
    expect(await tags.first().innerText()).toContain('theirs')
    await page.close()
  })
})

describe('a ready-made rule', () => {
  it('opens unsaved with what to check, and is saved in shadow mode', async () => {
    const { app } = admin
    await admin.open('/rules')
    await app.getByRole('link', { name: 'New rule' }).click()
    await app.getByRole('heading', { level: 1, name: 'Start a rule' }).waitFor()
    await app.getByRole('link', { name: 'Start with VIP by predicted value' }).click()
    await app.getByText('Ready-made, not saved yet. Check this first:').waitFor()
    expect(await app.getByLabel('Name', { exact: true }).inputValue()).toBe(
      'VIP by predicted value',
    )
    await saveBar().getByRole('button', { name: 'Save' }).click()
    await toast('Rule saved.').waitFor()
    await app.getByRole('heading', { level: 1, name: /VIP by predicted value/ }).waitFor()
    await app.getByText('No event has met a rule in shadow mode in this time.').waitFor()
  })

  it('shows what it would have done', async () => {
    const { app } = admin
    await merchant.post({ metric: 'Placed Order', email })
    await merchant.post({ metric: 'Placed Order', email: 'ada.moreno@example.com' })
    await eventually(async () => {
      await admin.open('/activity?outcome=shadow')
      await app.getByText('Would have added tags once.').waitFor({ timeout: 2_000 })
    })
    await app.getByRole('link', { name: 'Skipped 1' }).waitFor()
    await app.getByText(/^1: The condition “profile predictive\.predicted_clv ≥ 500”/).waitFor()
    await app.getByRole('button', { name: '30 days' }).click()
    await app.getByText('Would have added tags once.').waitFor()
  })
})

describe('what needs attention', () => {
  it('is told by cause, each with a button that runs just these again', async () => {
    const { app } = admin
    const failing = ruleOn('Fails', [{ kind: 'add-tags', tags: ['{{ event.long }}'] }])
    const rule = await merchant.addRule(failing)
    await merchant.post({ metric: 'Fails', email, long: 'x'.repeat(300) })
    const cause = /^The tag “{{ event\.long }}” .*: 1 event$/
    await eventually(async () => {
      await admin.open()
      await app.getByText(cause).waitFor({ timeout: 2_000 })
    })
    await app.getByRole('button', { name: /^Run these again: The tag/ }).click()
    await toast('1 run starts again.').waitFor()
    await eventually(async () => {
      expect(await merchant.runs(`?rule=${rule}`)).toMatchObject([{ state: 'failed' }])
    })
    await admin.open()
    await app.getByRole('link', { name: /^Show the runs that failed: The tag/ }).click()
    await app.getByText('By cause').waitFor()
    await app.getByText(cause).waitFor()
  })

  it('says what waits for a side to be mended', async () => {
    const { app } = admin
    const key = stage.sandbox.shops[0]?.klaviyoKey ?? ''
    await stage.klaviyo.post('/keys', { key, valid: false })
    await merchant.post({ metric: 'Placed Order', email })
    await eventually(async () => {
      await admin.open()
      const cause = app.getByText('Klaviyo does not accept the private key: 1 event waits')
      await cause.waitFor({ timeout: 2_000 })
    })
    await stage.klaviyo.post('/keys', { key, valid: true })
  })
})

it('the signing secret is renewed, and the old one retired', async () => {
  const { app } = admin
  await admin.open('/settings')
  const card = app.locator('#signing')
  await card.getByRole('button', { name: 'Show Signing secret' }).click()
  const shown = card.getByLabel('Signing secret', { exact: true })
  const old = await shown.inputValue()
  await card.getByRole('button', { name: 'New secret' }).click()
  await card.getByText('Webhooks carry two signatures').waitFor()
  expect(await shown.inputValue()).not.toBe(old)
  await card.getByRole('button', { name: 'Retire old secret' }).click()
  await toast('The old signing secret is retired.').waitFor()
  await card.getByRole('button', { name: 'New secret' }).waitFor()
  expect(admin.complaints).toEqual([])
})
