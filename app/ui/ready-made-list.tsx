import { BlockStack, Button, Card, Divider, InlineStack, Text } from '@shopify/polaris'
import { Fragment } from 'react'

interface ReadyMadeListProps {
  rules: { id: string; name: string; about: string }[]
}

/** Rules to start from, each with what it does in a line. */
export function ReadyMadeList({ rules }: ReadyMadeListProps) {
  return (
    <Card>
      <BlockStack gap="400">
        <BlockStack gap="100">
          <Text as="h2" variant="headingMd">
            Ready-made rules
          </Text>
          <Text as="p" tone="subdued">
            Each opens in the editor, in shadow mode and not yet saved, with what to check.
          </Text>
        </BlockStack>
        {rules.map(({ id, name, about }) => (
          <Fragment key={id}>
            <Divider />
            <InlineStack align="space-between" blockAlign="center" gap="300">
              <div style={{ flex: '1 1 240px', maxWidth: 720 }}>
                <BlockStack gap="100">
                  <Text as="h3" variant="headingSm">
                    {name}
                  </Text>
                  <Text as="p" tone="subdued">
                    {about}
                  </Text>
                </BlockStack>
              </div>
              <Button url={`/app/rules/new?start=${id}`} accessibilityLabel={`Start with ${name}`}>
                Start with this
              </Button>
            </InlineStack>
          </Fragment>
        ))}
      </BlockStack>
    </Card>
  )
}
