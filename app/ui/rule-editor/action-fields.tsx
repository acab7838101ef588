import {
  BlockStack,
  Box,
  Button,
  ButtonGroup,
  Collapsible,
  InlineError,
  InlineStack,
  Text,
} from '@shopify/polaris'
import {
  ArrowDownIcon,
  ArrowUpIcon,
  ChevronDownIcon,
  ChevronUpIcon,
  DeleteIcon,
  DuplicateIcon,
} from '@shopify/polaris-icons'
import type { ReactNode } from 'react'
import type { FieldProblem } from '../../problem.ts'
import type { TemplatePreview } from '../action-forms/form.ts'
import { actionForms } from '../action-forms/index.ts'
import { errorAt, problemsUnder } from '../answer.ts'
import { textsOf } from './draft.ts'
import type { ActionDraft } from './draft.ts'

interface ActionFieldsProps {
  action: ActionDraft
  position: number
  count: number
  isFolded: boolean
  onFold: (isFolded: boolean) => void
  onChange: (action: ActionDraft) => void
  onMove: (to: number) => void
  onDuplicate: () => void
  onRemove: () => void
  problems: FieldProblem[]
  preview: TemplatePreview
}

/** One action of the rule: its place in the order, and its settings. */
export function ActionFields(props: ActionFieldsProps) {
  const { action, position, count, onChange, onFold, problems, preview } = props
  const form = actionForms.find(({ kind }) => kind === action.kind)
  const title = form?.title ?? action.kind
  const kindError = errorAt(problems, 'kind')
  // What is wrong must be seen.
  const isOpen = !props.isFolded || problems.length > 0
  const fieldsId = `action-${action.id}`
  const numbered = count > 1 ? `${position + 1}. ${title}` : title
  return (
    <div role="group" aria-label={numbered}>
      <Box padding="300" borderWidth="025" borderColor="border" borderRadius="200">
        <InlineStack align="space-between" blockAlign="center" gap="200">
          <div style={{ flex: '1 1 180px', minWidth: 0 }}>
            <Text as="h3" fontWeight="medium">
              {numbered}
            </Text>
            {isOpen ? null : (
              <Text as="p" tone="subdued" variant="bodySm" truncate>
                {textsOf([action]).join(', ')}
              </Text>
            )}
          </div>
          <Controls {...props} title={title}>
            <Button
              icon={isOpen ? ChevronUpIcon : ChevronDownIcon}
              variant="tertiary"
              accessibilityLabel={`${isOpen ? 'Fold' : 'Unfold'} ${title}`}
              ariaExpanded={isOpen}
              ariaControls={fieldsId}
              onClick={() => onFold(isOpen)}
            />
          </Controls>
        </InlineStack>
        <Collapsible id={fieldsId} open={isOpen} transition={false}>
          <Box paddingBlockStart="300">
            <BlockStack gap="300">
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
        </Collapsible>
      </Box>
    </div>
  )
}

interface ControlsProps extends ActionFieldsProps {
  title: string
  children: ReactNode
}

function Controls(props: ControlsProps) {
  const { title, position, count, onMove, onDuplicate, onRemove, children } = props
  return (
    <ButtonGroup gap="extraTight" noWrap>
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
        icon={DuplicateIcon}
        variant="tertiary"
        accessibilityLabel={`Duplicate ${title}`}
        onClick={onDuplicate}
      />
      <Button
        icon={DeleteIcon}
        variant="tertiary"
        accessibilityLabel={`Remove ${title}`}
        onClick={onRemove}
      />
      {children}
    </ButtonGroup>
  )
}
