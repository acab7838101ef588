import { BlockStack, Card, Divider, InlineStack, List, Text } from '@shopify/polaris'
import { guideBody, secretPlaceholder } from '../../shops/make-blueprint.ts'
import { CopyField } from '../copy-field.tsx'
import { DownloadButton } from '../download-button.tsx'

/** The way in for those who pass Klaviyo's events on. The secret is the webhook's. */
export function MakeCard({ url }: { url: string }) {
  return (
    <Card>
      <BlockStack gap="400">
        <BlockStack gap="300">
          <Text as="h3" variant="headingSm">
            Make
          </Text>
          <List type="number">
            <List.Item>
              Download the blueprint. In Make, create a scenario and choose Import blueprint in its
              menu.
            </List.Item>
            <List.Item>
              Open the first module and add a webhook. Put its address and the body below into a
              webhook action of your Klaviyo flow.
            </List.Item>
            <List.Item>
              Open the module Secret and body, and replace {secretPlaceholder} by the header value
              of the webhook above.
            </List.Item>
            <List.Item>
              Add steps of your own between the modules if you like. Switch it on.
            </List.Item>
          </List>
          <InlineStack>
            <DownloadButton
              label="Download Make blueprint"
              path="/app/settings/blueprint"
              fileName="klaviyo-actions.blueprint.json"
            />
          </InlineStack>
          <CopyField
            label="JSON body for Make"
            value={guideBody}
            lines={8}
            helpText="Events with the same id count as one: let it tell the steps of your flows apart, as converted-1 does here. A rule sees what is in event_properties."
          />
        </BlockStack>
        <Divider />
        <BlockStack gap="300">
          <Text as="h3" variant="headingSm">
            Custom code
          </Text>
          <Text as="p" tone="subdued">
            Post JSON of the same form, with the values filled in, or an array of up to 1,000 such
            events as data. The header X-Klaviyo-Signature carries the HMAC-SHA256 of the exact body
            in hex or base64, keyed with the header value of the webhook above. 202 means that the
            events are stored; after 429 or 503 send them again.
          </Text>
          <CopyField label="Address for signed events" value={url} />
        </BlockStack>
      </BlockStack>
    </Card>
  )
}
