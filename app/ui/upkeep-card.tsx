import { BlockStack, Card, InlineStack, Text } from '@shopify/polaris'
import { Time } from './time.tsx'
import { counted } from './words.ts'

interface UpkeepCardProps {
  rows: {
    id: string
    kind: 'codes_deleted' | 'tags_expired'
    count: number
    problem: { what: string; remedy: string } | null
    at: string
  }[]
}

const texts = {
  codes_deleted: (count: number) =>
    `${counted(count, 'ended discount code', 'ended discount codes')} deleted.`,
  tags_expired: (count: number) =>
    `${counted(count, 'tag', 'tags')} taken off, their time being over.`,
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
        {rows.map(({ id, kind, count, problem, at }) => (
          <InlineStack key={id} gap="200">
            <Text as="span" tone="subdued">
              <Time at={at} />
            </Text>
            <Text as="span">
              {texts[kind](count)}
              {problem ? ` Some are left: ${problem.what} ${problem.remedy}` : ''}
            </Text>
          </InlineStack>
        ))}
      </BlockStack>
    </Card>
  )
}
