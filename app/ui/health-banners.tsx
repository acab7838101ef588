import { useLocation } from '@remix-run/react'
import { BlockStack, Box } from '@shopify/polaris'
import type { Problem } from '../problem.ts'
import { ProblemBanner } from './problem-banner.tsx'
import { isTable } from './screens.ts'

interface HealthBannersProps {
  health: { klaviyo: Problem | null; shopify: Problem | null }
}

/** Polaris' Page without `fullWidth`. */
const pageWidth = '62.375rem'

/** What holds the shop's work up, on every screen until it is mended. */
export function HealthBanners({ health }: HealthBannersProps) {
  const { pathname } = useLocation()
  const { shopify } = health
  // The settings show it where the key is, with the way to replace it.
  const klaviyo = pathname === '/app/settings' ? null : health.klaviyo
  if (!klaviyo && !shopify) return null
  return (
    <div style={isTable(pathname) ? {} : { maxWidth: pageWidth, marginInline: 'auto' }}>
      <Box padding={{ xs: '400', md: '600' }} paddingBlockEnd="0">
        <BlockStack gap="300">
          {klaviyo ? (
            <ProblemBanner
              title="Klaviyo is not reachable with your key. New events wait."
              problem={klaviyo}
              action={{ content: 'Open settings', url: '/app/settings' }}
            />
          ) : null}
          {shopify ? (
            <ProblemBanner
              title="Shopify does not let the app work. New events wait."
              problem={shopify}
              action={{ content: 'Test both sides', url: '/app/settings/health' }}
            />
          ) : null}
        </BlockStack>
      </Box>
    </div>
  )
}
