import { BlockStack, Card, Divider, Link, Text } from '@shopify/polaris'
import { CopyField } from '../copy-field.tsx'
import { Time } from '../time.tsx'
import { SecretRenewal } from './secret-renewal.tsx'

interface SigningCardProps {
  secret: string
  /** When it was made, while the one before it signs as well. */
  renewedAt: string | null
}

/** For those who receive what the action "Send a webhook" sends. */
export function SigningCard({ secret, renewedAt }: SigningCardProps) {
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
        <Divider />
        <SecretRenewal
          title="Renewal"
          field="signing"
          renewal={{ intent: 'renew-signing' }}
          retirement={renewedAt === null ? null : { intent: 'retire-signing' }}
          offer="If the secret got into wrong hands, make a new one. Webhooks are signed with the old one too until you retire it."
        >
          The new secret was made {renewedAt === null ? null : <Time at={renewedAt} />}. Webhooks
          carry two signatures, one by each secret. Give the new one to every receiver, then retire
          the old one.
        </SecretRenewal>
      </BlockStack>
    </Card>
  )
}
