import { BlockStack, Button, Card, InlineStack, Text } from '@shopify/polaris'
import { activateEmbedUrl, addBlockUrl, liquidExample } from '../../sync/theme.ts'
import { CopyField } from '../copy-field.tsx'

/** From the metafields to what customers see. */
export function ThemeCard({ apiKey }: { apiKey: string }) {
  return (
    <Card>
      <BlockStack gap="400">
        <BlockStack gap="100">
          <Text as="h2" variant="headingMd">
            Show it in your theme
          </Text>
          <Text as="p" tone="subdued">
            The block “Personal content” shows text and a button to customers by their tier or
            value. “Hide a pop-up” spares them one that is not for them. Both need no code.
          </Text>
        </BlockStack>
        <InlineStack gap="200">
          <Button url={addBlockUrl(apiKey)} target="_top">
            Add the block
          </Button>
          <Button url={activateEmbedUrl(apiKey)} target="_top">
            Turn on pop-up hiding
          </Button>
        </InlineStack>
        <CopyField
          label="Or write Liquid"
          value={liquidExample}
          lines={5}
          helpText="For a logged-in customer, anywhere in your theme."
        />
      </BlockStack>
    </Card>
  )
}
