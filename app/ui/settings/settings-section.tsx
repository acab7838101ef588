import { BlockStack, InlineGrid, Text } from '@shopify/polaris'
import type { ReactNode } from 'react'
import { Inset } from '../inset.tsx'

interface SettingsSectionProps {
  /** What an address can point to. */
  id: string
  title: string
  description: string
  children: ReactNode
}

/** A card, and beside it what it is about. */
export function SettingsSection({ id, title, description, children }: SettingsSectionProps) {
  return (
    <section id={id} aria-labelledby={`${id}-title`} style={{ scrollMarginTop: 16 }}>
      <InlineGrid columns={{ xs: 1, md: ['oneThird', 'twoThirds'] }} gap="400" alignItems="start">
        <Inset>
          <BlockStack gap="200">
            <Text as="h2" variant="headingMd" id={`${id}-title`}>
              {title}
            </Text>
            <Text as="p" tone="subdued">
              {description}
            </Text>
          </BlockStack>
        </Inset>
        {children}
      </InlineGrid>
    </section>
  )
}
