import { BlockStack, Card, InlineStack, Text } from '@shopify/polaris'
import { Time } from './time.tsx'

interface UpkeepCardProps {
  rows: {
    id: string
    kind: 'codes_deleted'
    count: number
    problem: { what: string; remedy: string } | null
    at: string
  }[]
}

/** What the app tidied up by itself. */
export function UpkeepCard({ rows }: UpkeepCardProps) {
  if (rows.length === 0) return null
  return (
    <Card>
      <BlockStack gap="200">
        <Text as="h2" variant="headingSm">
          Tidied up
        </Text>
        {rows.map(({ id, count, problem, at }) => (
          <InlineStack key={id} gap="200">
            <Text as="span" tone="subdued">
              <Time at={at} />
            </Text>
            <Text as="span">
              {count === 1
                ? '1 ended discount code deleted.'
                : `${count.toLocaleString('en-US')} ended discount codes deleted.`}
              {problem ? ` Some are left: ${problem.what} ${problem.remedy}` : ''}
            </Text>
          </InlineStack>
        ))}
      </BlockStack>
    </Card>
  )
}
