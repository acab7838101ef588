import { useFetcher } from '@remix-run/react'
import {
  Banner,
  BlockStack,
  Button,
  Card,
  Divider,
  InlineStack,
  List,
  Text,
} from '@shopify/polaris'
import { errorAt } from '../answer.ts'
import type { Answer } from '../answer.ts'
import { CopyField } from '../copy-field.tsx'
import { Time } from '../time.tsx'
import { useAnswer } from '../use-answer.ts'

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
  const sending = useFetcher<Answer>()
  useAnswer(sending.data)
  const send = (form: Record<string, string>) =>
    sending.submit(form, { method: 'post', action: '/app/settings' })
  const isBusy = sending.state !== 'idle'
  const refusal = sending.data?.ok === false ? errorAt(sending.data.problems, 'secret') : undefined
  const [oldest] = secrets
  const isRotating = secrets.length > 1
  return (
    <BlockStack gap="300">
      <Text as="h3" variant="headingSm">
        Secret
      </Text>
      {refusal ? <Banner tone="critical" title={refusal} /> : null}
      {isRotating && oldest ? (
        <InlineStack align="space-between" blockAlign="center" gap="300">
          <Text as="p">
            Two secrets are valid. Put the new one into every webhook action in Klaviyo, then retire
            the old one of <Time at={oldest.createdAt} />.
          </Text>
          <Button
            tone="critical"
            loading={isBusy}
            onClick={() => send({ intent: 'retire', secretId: oldest.id })}
          >
            Retire old secret
          </Button>
        </InlineStack>
      ) : (
        <InlineStack align="space-between" blockAlign="center" gap="300">
          <Text as="p" tone="subdued">
            If the secret got into wrong hands, make a new one. The old one works until you retire
            it.
          </Text>
          <Button loading={isBusy} onClick={() => send({ intent: 'rotate' })}>
            New secret
          </Button>
        </InlineStack>
      )}
    </BlockStack>
  )
}
