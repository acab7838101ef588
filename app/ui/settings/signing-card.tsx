import { BlockStack, Card, Link, Text } from '@shopify/polaris'
import { CopyField } from '../copy-field.tsx'

/** For those who receive what the action "Send a webhook" sends. */
export function SigningCard({ secret }: { secret: string }) {
  return (
    <Card>
      <BlockStack gap="400">
        <CopyField
          label="Signing secret"
          value={secret}
          secret
          helpText="Share it only with receivers that you trust: whoever has it can pass for the app."
        />
        <Text as="p" tone="subdued">
          Webhooks are signed by the{' '}
          <Link url="https://www.standardwebhooks.com" target="_blank">
            Standard Webhooks
          </Link>{' '}
          scheme, for which there are libraries in most languages. A webhook may come more than
          once, each time with the same webhook-id: drop those you have had.
        </Text>
      </BlockStack>
    </Card>
  )
}
