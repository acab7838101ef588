/** The frame of every screen: sign-in, menu, and what has to be mended. */
import type { HeadersFunction, LinksFunction, LoaderFunctionArgs } from '@remix-run/node'
import { Link, Outlet, useLoaderData, useRouteError } from '@remix-run/react'
import { NavMenu } from '@shopify/app-bridge-react'
import polarisStyles from '@shopify/polaris/build/esm/styles.css?url'
import { AppProvider } from '@shopify/shopify-app-remix/react'
import { boundary } from '@shopify/shopify-app-remix/server'
import { currencyOf, timeZoneOf } from '../activity/store.server.ts'
import { config } from '../config.server.ts'
import { authenticate } from '../shopify.server.ts'
import { healthOf } from '../shops/health.server.ts'
import { isSignIn } from '../ui/error-screen.tsx'
import { HealthBanners } from '../ui/health-banners.tsx'
import { PlainPage } from '../ui/plain-page.tsx'
import { WhileLoading } from '../ui/screen-skeleton.tsx'
import { StoreProvider } from '../ui/store.tsx'

export const links: LinksFunction = () => [{ rel: 'stylesheet', href: polarisStyles }]

const interUrl = 'https://cdn.shopify.com/static/fonts/inter/v4/styles.css'

export async function loader({ request }: LoaderFunctionArgs) {
  const { session } = await authenticate.admin(request)
  const { shop } = session
  const [health, timeZone, currency] = await Promise.all([
    healthOf(shop),
    timeZoneOf(shop),
    currencyOf(shop),
  ])
  const { apiKey, appBridgeUrl } = config.shopify
  const isPhone = /Mobi/i.test(request.headers.get('User-Agent') ?? '')
  return { apiKey, appBridgeUrl, health, store: { timeZone, currency, isPhone } }
}

export default function Frame() {
  const { apiKey, appBridgeUrl, health, store } = useLoaderData<typeof loader>()
  return (
    <AppProvider
      isEmbeddedApp
      apiKey={apiKey}
      {...(appBridgeUrl ? { __APP_BRIDGE_URL: appBridgeUrl } : {})}
    >
      {/* The admin's typeface, as Shopify's app template loads it. A sandbox has no network. */}
      {appBridgeUrl ? null : <link rel="stylesheet" href={interUrl} />}
      <NavMenu>
        <Link to="/app" rel="home">
          Home
        </Link>
        <Link to="/app/rules">Rules</Link>
        <Link to="/app/activity">Activity</Link>
        <Link to="/app/codes">Discount codes</Link>
        <Link to="/app/sync">Metafield sync</Link>
        <Link to="/app/settings">Settings</Link>
      </NavMenu>
      <StoreProvider value={store}>
        <HealthBanners health={health} />
        <WhileLoading>
          <Outlet />
        </WhileLoading>
      </StoreProvider>
    </AppProvider>
  )
}

/**
 * Shopify's sign-in answers with pages and redirects, which arrive here as errors. The library's own
 * `boundary.error` knows them by their class name, which does not survive minification.
 */
export function ErrorBoundary() {
  const error = useRouteError()
  if (!isSignIn(error)) throw error
  const page: unknown = error.data
  if (typeof page === 'string' && page !== '') {
    return <div dangerouslySetInnerHTML={{ __html: page }} />
  }
  // 410 is its answer to programs, which have no business in the admin.
  return error.status === 410 ? (
    <PlainPage title="Klaviyo Actions">
      <p>The app opens in a web browser, inside the Shopify admin.</p>
    </PlainPage>
  ) : (
    <PlainPage title="One moment …">
      <p>The app signs in again. Reload the page if this stays.</p>
    </PlainPage>
  )
}

export const headers: HeadersFunction = (args) => boundary.headers(args)
