import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openStage, shopA } from '../harness/stage.ts'
import type { Stage } from '../harness/stage.ts'
import { openAdmin, openBrowser } from './browser.ts'

let stage: Stage
let browser: Browser

beforeAll(async () => {
  stage = await openStage()
  browser = await openBrowser()
})
afterAll(async () => {
  await browser.close()
  await stage.close()
})

const asPerson = { 'User-Agent': 'Mozilla/5.0 Chrome/150.0 Safari/537.36' }
const host = Buffer.from('admin.shopify.com/store/demo-one').toString('base64')
const embedded = `?embedded=1&shop=${shopA}&host=${encodeURIComponent(host)}`

describe('the app’s frame', () => {
  it.each([
    { path: '/', shops: [] },
    { path: '/nowhere', shops: [] },
    { path: `/nowhere${embedded}`, shops: [`https://${shopA}`] },
    { path: `/auth/session-token${embedded}`, shops: [`https://${shopA}`] },
    { path: '/auth/session-token?shop=evil.example', shops: [] },
  ])('only the admin may put $path into one', async ({ path, shops }) => {
    const page = await fetch(`${stage.sandbox.appUrl}${path}`, { headers: asPerson })
    expect(page.headers.get('Content-Type')).toMatch('text/html')
    expect(page.headers.get('Content-Security-Policy')).toBe(
      `frame-ancestors ${[...shops, stage.sandbox.shopifyUrl].join(' ')};`,
    )
  })

  it('fetches a new session token where the address carries none', async () => {
    const admin = await openAdmin(browser, stage.sandbox.shopifyUrl, shopA)
    await admin.open()
    await admin.page
      .frame({ url: (url) => url.origin === stage.sandbox.appUrl })
      ?.goto(`${stage.sandbox.appUrl}/app/activity${embedded}`)
    await admin.app.getByRole('heading', { level: 1, name: 'Activity' }).waitFor()
    expect(admin.complaints).toEqual([])
  })
})

describe('whoever comes without a store', () => {
  it('is shown the way into the admin', async () => {
    const page = await fetch(`${stage.sandbox.appUrl}/app`, { headers: asPerson })
    expect(page.status).toBe(200)
    expect(await page.text()).toContain('The app opens inside the')
  })

  it('is told that a program has no business there', async () => {
    const page = await fetch(`${stage.sandbox.appUrl}/app`, { headers: { 'User-Agent': 'curl/8' } })
    expect(page.status).toBe(410)
    expect(await page.text()).toContain('in a web browser, inside the Shopify admin')
  })
})
