import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Merchant, ruleOn } from '../harness/merchant.ts'
import { eventually, openSeededStage, shopA, tagsOf } from '../harness/stage.ts'
import type { Stage } from '../harness/stage.ts'
import { openAdmin, openBrowser } from './browser.ts'
import type { Admin } from './browser.ts'

const metric = 'Reached Gold'
const people = ['ada.moreno', 'ben.okafor', 'chloe.laurent'].map((name) => `${name}@example.com`)

let stage: Stage
let browser: Browser
let admin: Admin
let merchant: Merchant

beforeAll(async () => {
  stage = await openSeededStage()
  merchant = new Merchant(stage, shopA)
  await merchant.addRule(
    ruleOn(metric, [], {
      name: 'Gold',
      actions: [
        { id: '0', kind: 'add-tags', settings: { tags: ['gold'] } },
        { id: '1', kind: 'record-event', settings: { metric: 'Told', properties: [] } },
      ],
    }),
  )
  for (const email of people) expect(await merchant.post({ metric, email })).toBe(202)
  await eventually(async () => {
    const runs = await merchant.runs()
    expect(runs.map(({ state }) => state)).toEqual(['done', 'done', 'done'])
  })
  browser = await openBrowser()
  admin = await openAdmin(browser, stage.sandbox.shopifyUrl, shopA)
})
afterAll(async () => {
  await browser.close()
  await stage.close()
})

const dialog = () => admin.app.getByRole('dialog')
const untagged = (email: string) =>
  eventually(async () => expect(await tagsOf(stage, shopA, email)).not.toContain('gold'))

it('the activity shows one customer’s runs, and no address says whose', async () => {
  const { app, page } = admin
  const [email = '', other = ''] = people
  const addresses: string[] = []
  page.on('request', (request) => addresses.push(request.url(), request.headers()['referer'] ?? ''))
  const row = (text: string) => app.getByRole('row').filter({ hasText: text })
  await admin.open('/activity')
  await row(other).waitFor()
  await app.getByRole('button', { name: 'Search and filter results' }).click()
  const search = app.getByPlaceholder('Customer’s e-mail, phone or id')
  await search.fill(email)
  await row(other).waitFor({ state: 'detached' })
  await row(email).waitFor()
  expect(await search.inputValue()).toBe(email)

  await app.getByRole('button', { name: 'Undo these…' }).click()
  await dialog().getByText('All runs for one customer', { exact: true }).waitFor()
  await dialog().getByRole('button', { name: 'Cancel' }).click()
  await dialog().waitFor({ state: 'hidden' })

  // A kept address shows the same, and still whom; and can be cleared.
  expect(page.url()).toContain('customer=')
  await page.reload()
  await row(email).waitFor()
  expect(await row(other).count()).toBe(0)
  await app.getByRole('button', { name: email, exact: true }).waitFor()
  await app.getByRole('button', { name: 'Clear', exact: true }).click()
  await row(other).waitFor()
  expect(page.url()).not.toContain('customer=')
  for (const address of addresses) expect(decodeURIComponent(address)).not.toContain(email)
})

describe('undoing', () => {
  it('starts from a run, with what it takes back and what it can’t', async () => {
    const { app, page } = admin
    const [email = ''] = people
    await admin.open('/activity')
    const row = app.getByRole('row').filter({ hasText: email })
    await row.getByRole('link').click()
    await app.getByRole('button', { name: 'Undo…' }).click()
    await dialog().getByText('1 run can be undone.', { exact: true }).waitFor()
    await dialog().getByText('Add tags: once', { exact: true }).waitFor()
    await dialog()
      .getByText(/^Record a Klaviyo event: 0 of 1\. Klaviyo keeps events/)
      .waitFor()
    await dialog().getByRole('button', { name: 'Undo', exact: true }).click()

    await page.getByText('The run is being undone.', { exact: true }).waitFor()
    await app.getByRole('heading', { name: 'One run of Gold' }).waitFor()
    await app.getByText('1 run · 1 done', { exact: true }).waitFor()
    await untagged(email)
  })

  it('is a run of its own, to and from the one it takes back', async () => {
    const { app } = admin
    await admin.open('/activity')
    const undo = app.getByRole('row').filter({ has: app.getByText('Undo', { exact: true }) })
    await undo.getByRole('link').click()
    await app.getByText('Takes off gold', { exact: true }).waitFor()
    await app.getByText(/^This run takes back what/).waitFor()
    await app.getByRole('link', { name: 'the run', exact: true }).click()
    await app.getByText(/^This run was undone on/).waitFor()
    expect(await app.getByRole('button', { name: 'Undo…' }).count()).toBe(0)
    await app.getByRole('link', { name: 'Show what was taken back' }).click()
    await app.getByText('Takes off gold', { exact: true }).waitFor()
  })

  it('starts from a rule, for all that the filter shows, and watches how far it is', async () => {
    const { app, page } = admin
    await admin.choose('Rules')
    await app.getByRole('link', { name: 'Gold', exact: true }).click()
    await app.getByRole('link', { name: 'Undo runs…' }).click()
    await dialog().getByText('Runs of Gold', { exact: true }).waitFor()
    await dialog().getByText('2 runs can be undone. 1 run was undone before.').waitFor()
    await dialog().getByText('Add tags: 2 times', { exact: true }).waitFor()
    await dialog().getByRole('button', { name: 'Cancel' }).click()
    await dialog().waitFor({ state: 'hidden' })

    await app.getByRole('button', { name: 'Undo these…' }).click()
    await dialog().getByText('2 runs can be undone. 1 run was undone before.').waitFor()
    await dialog().getByRole('button', { name: 'Undo', exact: true }).click()
    await page.getByText('Undoing 2 runs.', { exact: true }).waitFor()
    await app.getByRole('heading', { name: 'Runs of Gold' }).waitFor()
    await app.getByText('2 runs · 2 done', { exact: true }).waitFor()
    for (const email of people) await untagged(email)

    await app.getByRole('button', { name: 'Undo these…' }).click()
    await dialog().getByText('There is nothing to undo here. 3 runs were undone before.').waitFor()
    expect(await dialog().getByRole('button', { name: 'Undo', exact: true }).isDisabled()).toBe(
      true,
    )
    expect(admin.complaints).toEqual([])
  })
})
