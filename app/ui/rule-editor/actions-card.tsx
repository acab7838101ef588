import {
  ActionList,
  BlockStack,
  Box,
  Button,
  ButtonGroup,
  Card,
  InlineError,
  InlineStack,
  Popover,
  Text,
} from '@shopify/polaris'
import { ArrowDownIcon, ArrowUpIcon, DeleteIcon, PlusIcon } from '@shopify/polaris-icons'
import { useState } from 'react'
import type { FieldProblem } from '../../problem.ts'
import type { TemplatePreview } from '../action-forms/form.ts'
import { actionForms } from '../action-forms/index.ts'
import { errorAt, problemsUnder } from '../answer.ts'
import { newId } from './draft.ts'
import type { ActionDraft } from './draft.ts'

interface ActionsCardProps {
  actions: ActionDraft[]
  onChange: (actions: ActionDraft[]) => void
  preview: TemplatePreview
  /** What the preview is of: "Completed Flow · Win-back". */
  previewOf: string
  /** Fields relative to the actions. */
  problems: FieldProblem[]
  error: string | undefined
}

export function ActionsCard(props: ActionsCardProps) {
  const { actions, onChange, preview, previewOf, problems, error } = props
  return (
    <Card>
      <BlockStack gap="400">
        <BlockStack gap="100">
          <Text as="h2" variant="headingMd">
            Do this
          </Text>
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
            onChange={(changed) => onChange(actions.with(index, changed))}
            onMove={(to) => onChange(actions.toSpliced(index, 1).toSpliced(to, 0, action))}
            onRemove={() => onChange(actions.toSpliced(index, 1))}
            problems={problemsUnder(problems, String(index))}
            preview={preview}
          />
        ))}
        {error ? <InlineError message={error} fieldID="add-action" /> : null}
        <AddAction onAdd={(added) => onChange([...actions, ...added])} />
      </BlockStack>
    </Card>
  )
}

interface ActionFieldsProps {
  action: ActionDraft
  position: number
  count: number
  onChange: (action: ActionDraft) => void
  onMove: (to: number) => void
  onRemove: () => void
  problems: FieldProblem[]
  preview: TemplatePreview
}

function ActionFields(props: ActionFieldsProps) {
  const { action, position, count, onChange, onMove, onRemove, problems, preview } = props
  const form = actionForms.find(({ kind }) => kind === action.kind)
  const title = form?.title ?? action.kind
  const kindError = errorAt(problems, 'kind')
  return (
    <Box padding="300" borderWidth="025" borderColor="border" borderRadius="200">
      <BlockStack gap="300">
        <InlineStack align="space-between" blockAlign="center">
          <Text as="h3" fontWeight="medium">
            {count > 1 ? `${position + 1}. ${title}` : title}
          </Text>
          <ButtonGroup>
            {count > 1 ? (
              <>
                <Button
                  icon={ArrowUpIcon}
                  variant="tertiary"
                  disabled={position === 0}
                  accessibilityLabel={`Move ${title} up`}
                  onClick={() => onMove(position - 1)}
                />
                <Button
                  icon={ArrowDownIcon}
                  variant="tertiary"
                  disabled={position === count - 1}
                  accessibilityLabel={`Move ${title} down`}
                  onClick={() => onMove(position + 1)}
                />
              </>
            ) : null}
            <Button
              icon={DeleteIcon}
              variant="tertiary"
              accessibilityLabel={`Remove ${title}`}
              onClick={onRemove}
            />
          </ButtonGroup>
        </InlineStack>
        {form ? (
          <form.Fields
            settings={action.settings}
            onChange={(settings) => onChange({ ...action, settings })}
            problems={problemsUnder(problems, 'settings')}
            preview={preview}
          />
        ) : null}
        {kindError ? <InlineError message={kindError} fieldID={action.id} /> : null}
      </BlockStack>
    </Box>
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
