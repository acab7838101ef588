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
  /** Whether there may be none. */
  isOptional?: boolean
}

/** Tags, each a template of its own. */
export function TagFields(props: TagFieldsProps) {
  const { tags: given, onChange, problems, preview, isOptional = false } = props
  const filled = (tags: string[]) => (tags.length > 0 || isOptional ? tags : [''])
  const tags = filled(given)
  const setTags = (next: string[]) => onChange(filled(next))
  return (
    <BlockStack gap="300">
      {tags.map((tag, index) => (
        <TemplateField
          key={index}
          label={tags.length === 1 ? 'Tag' : `Tag ${index + 1}`}
          value={tag}
          onChange={(text) => setTags(tags.with(index, text))}
          onRemove={tags.length > 1 || isOptional ? () => setTags(tags.toSpliced(index, 1)) : null}
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
          {tags.length === 0 ? 'Add a tag' : 'Another tag'}
        </Button>
      </InlineStack>
    </BlockStack>
  )
}
