import { Badge, InlineStack, Text } from '@shopify/polaris'

interface TagDiffProps {
  before: readonly string[]
  after: readonly string[]
}

/** A customer's tags as a change leaves them: kept, added, removed. Shopify tells tags apart without case. */
export function TagDiff({ before, after }: TagDiffProps) {
  const had = new Set(before.map(key))
  const has = new Set(after.map(key))
  const removed = before.filter((tag) => !has.has(key(tag)))
  const added = after.filter((tag) => !had.has(key(tag)))
  const kept = after.filter((tag) => had.has(key(tag)))
  if (before.length === 0 && after.length === 0) {
    return (
      <Text as="span" tone="subdued">
        No tags
      </Text>
    )
  }
  return (
    // A tag may be one word of 255 characters.
    <div style={{ overflowWrap: 'anywhere' }}>
      <InlineStack gap="100">
        {added.map((tag) => (
          <Badge key={`+${tag}`} tone="success">
            {`+ ${tag}`}
          </Badge>
        ))}
        {removed.map((tag) => (
          <Badge key={`-${tag}`} tone="critical">
            {`− ${tag}`}
          </Badge>
        ))}
        {kept.map((tag) => (
          <Badge key={tag}>{tag}</Badge>
        ))}
      </InlineStack>
    </div>
  )
}

const key = (tag: string) => tag.trim().toLowerCase()
