import { useAppBridge } from '@shopify/app-bridge-react'
import { Box, Button, Card, InlineStack, Text, BlockStack } from '@shopify/polaris'
import { useState } from 'react'
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
                    {request.completedAt ? '' : ', being worked on'}
                  </Text>
                </BlockStack>
                {request.hasAnswer ? <Download id={request.id} /> : null}
              </InlineStack>
            </Box>
          </li>
        ))}
      </ul>
    </Card>
  )
}

/** A plain link would come without a session token; App Bridge adds one to what is fetched. */
function Download({ id }: { id: string }) {
  const bridge = useAppBridge()
  const [isBusy, setBusy] = useState(false)
  const download = async () => {
    setBusy(true)
    try {
      const response = await fetch(`/app/settings/privacy/${id}`)
      if (!response.ok) throw new Error(`answered ${response.status}`)
      const link = document.createElement('a')
      link.href = URL.createObjectURL(await response.blob())
      link.download = 'customer-data.json'
      link.click()
      URL.revokeObjectURL(link.href)
    } catch {
      bridge.toast.show('The file could not be loaded. Try again.', { isError: true })
    }
    setBusy(false)
  }
  return (
    <Button onClick={() => void download()} loading={isBusy}>
      Download answer
    </Button>
  )
}
