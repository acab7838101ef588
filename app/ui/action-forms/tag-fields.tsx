import { BlockStack, Button, InlineStack } from '@shopify/polaris'
import { PlusIcon } from '@shopify/polaris-icons'
import type { FieldProblem } from '../../problem.ts'
import { errorAt } from '../answer.ts'
import { TemplateField } from '../template-field.tsx'
import type { TemplatePreview } from './form.ts'

interface TagFieldsProps {
  tags: string[]
  onChange: (tags: string[]) => void
  /** Fields relative to the settings. */
  problems: FieldProblem[]
  preview: TemplatePreview
}

/** Tags, each a template of its own. */
export function TagFields({ tags: given, onChange, problems, preview }: TagFieldsProps) {
  const tags = given.length > 0 ? given : ['']
  const setTags = (next: string[]) => onChange(next.length > 0 ? next : [''])
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
