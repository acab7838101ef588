import { Box, Card, InlineStack, Text, BlockStack } from '@shopify/polaris'
import { DownloadButton } from '../download-button.tsx'
import { Time } from '../time.tsx'

interface Request {
  id: string
  kind: 'data_request' | 'customer_redact' | 'shop_redact'
  createdAt: string
  completedAt: string | null
  hasAnswer: boolean
}

const titles: Record<Request['kind'], string> = {
  data_request: 'A customer asked what is stored on them',
  customer_redact: 'A customer’s data was deleted',
  shop_redact: 'The store’s data was deleted',
}

export function PrivacyCard({ requests }: { requests: Request[] }) {
  if (requests.length === 0) {
    return (
      <Card>
        <Text as="p" tone="subdued">
          No requests yet.
        </Text>
      </Card>
    )
  }
  return (
    <Card>
      <ul style={{ margin: 0, padding: 0, listStyle: 'none' }}>
        {requests.map((request) => (
          <li key={request.id}>
            <Box paddingBlock="200">
              <InlineStack align="space-between" blockAlign="center" gap="300">
                <BlockStack gap="050">
                  <Text as="span">{titles[request.kind]}</Text>
                  <Text as="span" tone="subdued" variant="bodySm">
                    <Time at={request.createdAt} full />
                    {request.completedAt ? '' : ', waits until Klaviyo can be asked'}
                  </Text>
                </BlockStack>
                {request.hasAnswer ? (
                  <DownloadButton
                    label="Download answer"
                    path={`/app/settings/privacy/${request.id}`}
                    fileName="customer-data.json"
                  />
                ) : null}
              </InlineStack>
            </Box>
          </li>
        ))}
      </ul>
    </Card>
  )
}
