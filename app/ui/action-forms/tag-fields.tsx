import { BlockStack, Button, InlineStack } from '@shopify/polaris'
import { PlusIcon } from '@shopify/polaris-icons'
import { z } from 'zod'
import type { Json } from '../../rules/facts.ts'
import { errorAt } from '../answer.ts'
import { TemplateField } from '../template-field.tsx'
import type { ActionFormProps } from './form.ts'

const settings = z.object({ tags: z.array(z.string()).min(1) })

export const noTags: Json = { tags: [''] }

/** Tags, each a template of its own. */
export function TagFields({ settings: stored, onChange, problems, preview }: ActionFormProps) {
  const tags = settings.safeParse(stored).data?.tags ?? ['']
  const setTags = (next: string[]) => onChange({ tags: next.length > 0 ? next : [''] })
  return (
    <BlockStack gap="300">
      {tags.map((tag, index) => (
        <TemplateField
          key={index}
          label={tags.length === 1 ? 'Tag' : `Tag ${index + 1}`}
          value={tag}
          onChange={(text) => setTags(tags.with(index, text))}
          onRemove={tags.length > 1 ? () => setTags(tags.toSpliced(index, 1)) : null}
          error={
            errorAt(problems, `tags.${index}`) ??
            (index === 0 ? errorAt(problems, 'tags') : undefined)
          }
          preview={preview}
          placeholder="klaviyo-reengaged-q{{ quarter }}-{{ year }}"
        />
      ))}
      <InlineStack>
        <Button icon={PlusIcon} variant="tertiary" onClick={() => setTags([...tags, ''])}>
          Another tag
        </Button>
      </InlineStack>
    </BlockStack>
  )
}
