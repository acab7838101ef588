import { BlockStack, Icon, InlineStack, Text } from '@shopify/polaris'
import { CheckCircleIcon, XCircleIcon } from '@shopify/polaris-icons'
import type { Explanation } from '../rules/conditions.ts'
import { explanationOf } from './explanation.ts'

/** Which conditions held and what was found. `why` as it is stored. */
export function ExplanationTree({ why }: { why: unknown }) {
  const explanation = explanationOf(why)
  if (!explanation || explanation.parts.length === 0) {
    return (
      <Text as="p" tone="subdued">
        The rule has no conditions: every event that fits the trigger goes ahead.
      </Text>
    )
  }
  return <Branch explanation={explanation} />
}

function Branch({ explanation: { held, text, found, parts } }: { explanation: Explanation }) {
  const isGroup = parts.length > 0
  return (
    <BlockStack gap="100">
      <InlineStack gap="200" wrap={false} blockAlign="start">
        <span style={{ flex: 'none' }}>
          <Icon
            source={held ? CheckCircleIcon : XCircleIcon}
            tone={held ? 'success' : 'critical'}
            accessibilityLabel={held ? 'Held' : 'Did not hold'}
          />
        </span>
        <Text as="p" breakWord fontWeight={isGroup ? 'medium' : 'regular'}>
          {text}
          {isGroup ? null : (
            <Text as="span" tone="subdued">
              {found === null ? ' – nothing found there' : ` – found ${found}`}
            </Text>
          )}
        </Text>
      </InlineStack>
      {isGroup ? (
        <ul style={{ margin: 0, paddingInlineStart: 'var(--p-space-600)', listStyle: 'none' }}>
          {parts.map((part, index) => (
            <li key={index} style={{ marginBlock: 'var(--p-space-100)' }}>
              <Branch explanation={part} />
            </li>
          ))}
        </ul>
      ) : null}
    </BlockStack>
  )
}
