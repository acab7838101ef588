import { Banner, BlockStack, Card, Divider, List, Text } from '@shopify/polaris'
import { CopyField } from '../copy-field.tsx'
import { Time } from '../time.tsx'
import { SecretRenewal } from './secret-renewal.tsx'

interface Endpoint {
  url: string
  secrets: { id: string; createdAt: string; value: string }[]
  headers: Record<string, string>
  flowBody: string
  lastEventAt: string | null
  lastRefusal: { at: string; why: string } | null
}

export function WebhookCard({ endpoint }: { endpoint: Endpoint }) {
  return (
    <Card>
      <BlockStack gap="400">
        <Arrival endpoint={endpoint} />
        <List type="number">
          <List.Item>In Klaviyo, open a flow and drag a Webhook action into it.</List.Item>
          <List.Item>Copy the address, the header and the body from here into it.</List.Item>
          <List.Item>Set the action to Live, and let somebody pass the flow.</List.Item>
        </List>
        <CopyField label="Destination URL" value={endpoint.url} />
        {Object.entries(endpoint.headers).map(([name, value]) => (
          <BlockStack gap="400" key={name}>
            <CopyField label="Header name" value={name} />
            <CopyField
              label="Header value"
              value={value}
              secret
              helpText="The secret by which the app knows that a call comes from your Klaviyo account."
            />
          </BlockStack>
        ))}
        <CopyField
          label="JSON body"
          value={endpoint.flowBody}
          lines={8}
          helpText="Change step and branch_outcome so that they tell where in the flow the action sits, and add any event property that a rule should see."
        />
        <Divider />
        <Secrets secrets={endpoint.secrets} />
      </BlockStack>
    </Card>
  )
}

function Arrival({ endpoint: { lastEventAt, lastRefusal } }: { endpoint: Endpoint }) {
  return (
    <BlockStack gap="300">
      <Text as="p" tone="subdued">
        {lastEventAt ? (
          <>
            Last event came <Time at={lastEventAt} full />
          </>
        ) : (
          'No event has come yet.'
        )}
      </Text>
      {lastRefusal ? (
        <Banner tone="warning" title="A delivery could not be read">
          <BlockStack gap="100">
            <Text as="p" breakWord>
              {lastRefusal.why}
            </Text>
            <Text as="p" tone="subdued">
              <Time at={lastRefusal.at} full />
            </Text>
          </BlockStack>
        </Banner>
      ) : null}
    </BlockStack>
  )
}

/** While two are valid, Klaviyo's webhook actions can be moved over one by one. */
function Secrets({ secrets }: { secrets: Endpoint['secrets'] }) {
  const [oldest] = secrets
  return (
    <SecretRenewal
      title="Secret"
      field="secret"
      renewal={{ intent: 'rotate' }}
      retirement={secrets.length > 1 && oldest ? { intent: 'retire', secretId: oldest.id } : null}
      offer="If the secret got into wrong hands, make a new one. The old one works until you retire it."
    >
      Two secrets are valid. Put the new one into every webhook action in Klaviyo, then retire the
      old one of {oldest ? <Time at={oldest.createdAt} /> : null}.
    </SecretRenewal>
  )
}
