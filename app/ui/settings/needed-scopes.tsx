import { BlockStack, InlineStack, Text } from '@shopify/polaris'
import { neededScopes } from '../../klaviyo/klaviyo.ts'
import { accessByArea } from './scope-areas.ts'

const areas = accessByArea(neededScopes.map(({ scope }) => scope))

/** What to choose in Klaviyo when making the key, which can't be changed there afterwards. */
export function NeededScopes() {
  return (
    <BlockStack gap="200">
      <Text as="p">
        Choose “Custom key” in Klaviyo and give it all of these now: the access of a key can’t be
        changed later.
      </Text>
      <ul style={{ margin: 0, padding: 0, listStyle: 'none' }}>
        {areas.map(({ area, access, scopes }) => (
          <li key={area}>
            <InlineStack align="space-between" gap="200">
              <Text as="span" fontWeight="medium">
                {`${area}: ${access}`}
              </Text>
              <Text as="span" tone="subdued" variant="bodySm">
                {scopes.join(', ')}
              </Text>
            </InlineStack>
          </li>
        ))}
      </ul>
    </BlockStack>
  )
}
