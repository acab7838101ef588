import { useFetcher } from '@remix-run/react'
import { BlockStack, List, Text } from '@shopify/polaris'
import { useEffect } from 'react'
import type { UndoPreview, UndoWish } from '../../operations/undo-preview.server.ts'
import type { Answer } from '../answer.ts'
import { ConfirmModal } from '../confirm-modal.tsx'
import { useToldAnswer } from '../use-answer.ts'
import { hasEffect, lineOf, summaryOf } from './words.ts'

const address = '/app/undo'

interface UndoModalProps {
  /** One run, or what the activity shows. */
  wish: UndoWish
  open: boolean
  onClose: () => void
}

/** Counts what would be taken back, asks, and starts it. */
export function UndoModal({ wish, open, onClose }: UndoModalProps) {
  const counting = useFetcher<{ preview: UndoPreview }>()
  const starting = useFetcher<{ answer: Answer }>()
  useToldAnswer(starting.data?.answer)
  const { submit: count } = counting
  const [field, value] = 'runId' in wish ? ['runId', wish.runId] : ['search', wish.search]
  useEffect(() => {
    if (open) count({ intent: 'preview', [field]: value }, { method: 'post', action: address })
  }, [open, field, value, count])
  const preview = counting.state === 'idle' ? counting.data?.preview : undefined
  return (
    <ConfirmModal
      id="undo-runs"
      open={open}
      title={'runId' in wish ? 'Undo this run?' : 'Undo these runs?'}
      confirm="Undo"
      isReady={preview !== undefined && hasEffect(preview)}
      onConfirm={() =>
        starting.submit({ intent: 'start', ...wish }, { method: 'post', action: address })
      }
      onClose={onClose}
    >
      <Preview preview={preview} isFilter={'search' in wish} />
    </ConfirmModal>
  )
}

interface PreviewProps {
  /** Undefined while it is counted. */
  preview: UndoPreview | undefined
  isFilter: boolean
}

function Preview({ preview, isFilter }: PreviewProps) {
  if (!preview) return <Text as="p">Counting what can be undone…</Text>
  return (
    <BlockStack gap="300">
      <Text as="p" fontWeight="semibold" breakWord>
        {preview.title}
      </Text>
      <Text as="p">{summaryOf(preview)}</Text>
      {preview.effects.length > 0 ? (
        <List>
          {preview.effects.map((effect) => (
            <List.Item key={effect.title}>{lineOf(effect)}</List.Item>
          ))}
        </List>
      ) : null}
      {hasEffect(preview) ? (
        <Text as="p" tone="subdued">
          Only what is still as the app left it changes. What somebody changed since stays, and each
          run tells so.
        </Text>
      ) : null}
      {isFilter ? (
        <Text as="p" tone="subdued">
          These are the runs that the activity shows now. For fewer, set its filters first: rule,
          time, customer.
        </Text>
      ) : null}
    </BlockStack>
  )
}
