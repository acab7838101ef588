import { Banner, BlockStack, List, Text } from '@shopify/polaris'

interface StartBannerProps {
  toCheck: { field: string; what: string }[]
}

/** What a ready-made rule can't know of this store. */
export function StartBanner({ toCheck }: StartBannerProps) {
  return (
    <Banner tone="info" title="Ready-made, not saved yet. Check this first:">
      <BlockStack gap="200">
        <List>
          {toCheck.map(({ field, what }) => (
            <List.Item key={field}>{what}</List.Item>
          ))}
        </List>
        <Text as="p">
          It starts in shadow mode: it shows what it would do, and changes nothing until you turn it
          on.
        </Text>
      </BlockStack>
    </Banner>
  )
}
