import {
  ActionList,
  BlockStack,
  Button,
  Card,
  InlineError,
  InlineStack,
  Popover,
  Text,
} from '@shopify/polaris'
import { PlusIcon } from '@shopify/polaris-icons'
import { useState } from 'react'
import type { FieldProblem } from '../../problem.ts'
import type { TemplatePreview } from '../action-forms/form.ts'
import { actionForms } from '../action-forms/index.ts'
import { problemsUnder } from '../answer.ts'
import { ActionFields } from './action-fields.tsx'
import { newId } from './draft.ts'
import type { ActionDraft } from './draft.ts'

/** With more than these a rule opens with its actions folded. */
const mostUnfolded = 3

interface ActionsCardProps {
  actions: ActionDraft[]
  onChange: (actions: ActionDraft[]) => void
  /** Of the action with that id: what its templates know depends on where it stands. */
  preview: (actionId: string) => TemplatePreview
  /** What the preview is of: "Completed Flow · Win-back". */
  previewOf: string
  /** Fields relative to the actions. */
  problems: FieldProblem[]
  error: string | undefined
}

export function ActionsCard(props: ActionsCardProps) {
  const { actions, onChange, preview, previewOf, problems, error } = props
  const [folded, setFolded] = useState(
    () => new Set(actions.length > mostUnfolded ? actions.map(({ id }) => id) : []),
  )
  const fold = (id: string, isFolded: boolean) =>
    setFolded(
      (known) => new Set([...known].filter((each) => each !== id).concat(isFolded ? id : [])),
    )
  const isAllFolded = actions.every(({ id }) => folded.has(id))
  return (
    <Card>
      <BlockStack gap="400">
        <BlockStack gap="100">
          <InlineStack align="space-between" blockAlign="center" gap="200">
            <Text as="h2" variant="headingMd">
              Do this
            </Text>
            {actions.length > 1 ? (
              <Button
                variant="plain"
                onClick={() => setFolded(new Set(isAllFolded ? [] : actions.map(({ id }) => id)))}
              >
                {isAllFolded ? 'Unfold all' : 'Fold all'}
              </Button>
            ) : null}
          </InlineStack>
          <Text as="p" tone="subdued">
            {actions.length > 0
              ? `In this order. Preview: ${previewOf}`
              : 'Add what should happen.'}
          </Text>
        </BlockStack>
        {actions.map((action, index) => (
          <ActionFields
            key={action.id}
            action={action}
            position={index}
            count={actions.length}
            isFolded={folded.has(action.id)}
            onFold={(isFolded) => fold(action.id, isFolded)}
            onChange={(changed) => onChange(actions.with(index, changed))}
            onMove={(to) => onChange(actions.toSpliced(index, 1).toSpliced(to, 0, action))}
            onDuplicate={() =>
              onChange(actions.toSpliced(index + 1, 0, { ...action, id: newId() }))
            }
            onRemove={() => onChange(actions.toSpliced(index, 1))}
            problems={problemsUnder(problems, String(index))}
            preview={preview(action.id)}
          />
        ))}
        {error ? <InlineError message={error} fieldID="add-action" /> : null}
        <AddAction onAdd={(added) => onChange([...actions, ...added])} />
      </BlockStack>
    </Card>
  )
}

function AddAction({ onAdd }: { onAdd: (actions: ActionDraft[]) => void }) {
  const [isOpen, setOpen] = useState(false)
  return (
    <InlineStack>
      <Popover
        active={isOpen}
        onClose={() => setOpen(false)}
        autofocusTarget="first-node"
        activator={
          <Button id="add-action" icon={PlusIcon} disclosure onClick={() => setOpen(!isOpen)}>
            Add action
          </Button>
        }
      >
        <ActionList
          items={actionForms.map(({ kind, title, blank, followedBy }) => ({
            content: title,
            onAction: () => {
              const added = [{ kind, settings: blank }, ...(followedBy ? [followedBy] : [])]
              onAdd(added.map((action) => ({ ...action, id: newId() })))
              setOpen(false)
            },
          }))}
        />
      </Popover>
    </InlineStack>
  )
}
