import { BlockStack, Text } from '@shopify/polaris'
import { z } from 'zod'
import { TagDiff } from './tag-diff.tsx'

const tags = z.object({ before: z.array(z.string()), after: z.array(z.string()) })

const values = z.record(z.string(), z.json())
const named = z.object({ before: values.nullable(), after: values })

/** Before and after of a step, as the action's kind of change is best shown. */
export function EffectDiff(effect: { before: unknown; after: unknown }) {
  const ofTags = tags.safeParse(effect)
  if (ofTags.success) return <TagDiff {...ofTags.data} />
  const ofNames = named.safeParse(effect)
  if (ofNames.success) return <NamedDiff {...ofNames.data} />
  return <code>{`${textOf(effect.before)} → ${textOf(effect.after)}`}</code>
}

/** Each name with what it held and what it holds now. */
function NamedDiff({ before, after }: z.infer<typeof named>) {
  return (
    <BlockStack gap="100">
      {Object.entries(after).map(([name, value]) => (
        <Text key={name} as="p" breakWord>
          {before === null
            ? `${name}: ${textOf(value)}`
            : `${name}: ${textOf(before[name])} → ${textOf(value)}`}
        </Text>
      ))}
    </BlockStack>
  )
}

function textOf(value: unknown): string {
  if (value === null || value === undefined) return 'nothing'
  return typeof value === 'string' ? value : JSON.stringify(value)
}
