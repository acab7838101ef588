import { Badge, BlockStack, Box, Card, InlineStack, Text } from '@shopify/polaris'

interface Check {
  name: string
  state: 'ok' | 'warn' | 'fail'
  detail: string
  remedy: string | null
}

const looks = {
  ok: { label: 'OK', tone: 'success' },
  warn: { label: 'Look at this', tone: 'attention' },
  fail: { label: 'Failed', tone: 'critical' },
} as const

/** What one side answered, and what to do about it. */
export function ChecksCard({ title, checks }: { title: string; checks: Check[] }) {
  return (
    <Card>
      <BlockStack gap="200">
        <Text as="h2" variant="headingMd">
          {title}
        </Text>
        <ul style={{ margin: 0, padding: 0, listStyle: 'none' }}>
          {checks.map(({ name, state, detail, remedy }) => (
            <li key={name}>
              <Box paddingBlock="200">
                <InlineStack align="space-between" blockAlign="start" gap="300" wrap={false}>
                  <BlockStack gap="050">
                    <Text as="h3" fontWeight="medium">
                      {name}
                    </Text>
                    <Text as="p" tone="subdued" breakWord>
                      {detail}
                    </Text>
                    {remedy ? <Text as="p">{remedy}</Text> : null}
                  </BlockStack>
                  <Badge tone={looks[state].tone}>{looks[state].label}</Badge>
                </InlineStack>
              </Box>
            </li>
          ))}
        </ul>
      </BlockStack>
    </Card>
  )
}
