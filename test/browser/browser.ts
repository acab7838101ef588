/** A real browser before the sandbox's admin, as a merchant sits before theirs. */
import { existsSync } from 'node:fs'
import { chromium } from 'playwright-core'
import type { Browser, BrowserContextOptions, FrameLocator, Page } from 'playwright-core'

const places = [
  process.env['CHROME_PATH'],
  '/usr/bin/chromium',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
]

export function openBrowser(): Promise<Browser> {
  const executablePath = places.find((place) => place && existsSync(place))
  if (!executablePath) throw new Error('No Chromium found: set CHROME_PATH to its binary.')
  return chromium.launch({
    executablePath,
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
}

export interface Admin {
  /** The admin page. Its own bars, the save bar and toasts among them, are here. */
  page: Page
  /** The app inside it. */
  app: FrameLocator
  /** What the browser's console complained of, and what no script caught. */
  complaints: string[]
  /** Opens a screen of the app, `/rules/new`, or Home. */
  open(path?: string): Promise<void>
  /** Goes to a screen through the menu. */
  choose(screen: string): Promise<void>
}

/** A window of its own, in which the store's owner is signed in. */
export async function openAdmin(
  browser: Browser,
  shopifyUrl: string,
  shop: string,
  options: BrowserContextOptions = {},
): Promise<Admin> {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 900 },
    // shopify-app-remix turns away what doesn't look like a person's browser.
    userAgent: browserAgent(browser),
    locale: 'en-US',
    timezoneId: 'America/New_York',
    ...options,
  })
  await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  context.setDefaultTimeout(15_000)
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(`${message.text()} (${page.url()})`)
  })
  page.on('pageerror', (error) => complaints.push(`${error.message} (${page.url()})`))
  const handle = shop.replace('.myshopify.com', '')
  const app = page.frameLocator('iframe')
  return {
    page,
    app,
    complaints,
    open: async (path = '') => {
      const root = `${shopifyUrl}/store/${handle}`
      await page.goto(path === '' ? root : `${root}/apps/klaviyo-actions${path}`)
      await app.getByRole('heading', { level: 1 }).waitFor()
    },
    choose: async (screen) => {
      await page.getByRole('navigation').getByRole('link', { name: screen }).last().click()
      await app.getByRole('heading', { level: 1, name: screen }).waitFor()
    },
  }
}

const browserAgent = (browser: Browser) =>
  `Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${browser.version()} Safari/537.36`
