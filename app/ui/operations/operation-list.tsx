import { useFetcher, useRevalidator } from '@remix-run/react'
import {
  Badge,
  BlockStack,
  Button,
  ButtonGroup,
  Card,
  Divider,
  InlineStack,
  Link,
  ProgressBar,
  Text,
} from '@shopify/polaris'
import type { BadgeProps } from '@shopify/polaris'
import { Fragment, useEffect, useRef, useState } from 'react'
import { searchOf } from '../../activity/filter.ts'
import type { OperationView } from '../../operations/operations.server.ts'
import type { Answer } from '../answer.ts'
import { ConfirmModal } from '../confirm-modal.tsx'
import { Time } from '../time.tsx'
import { useToldAnswer } from '../use-answer.ts'
import { progressOf } from './progress.ts'

/** As it comes over the wire: moments are text. */
interface Operation extends Omit<OperationView, 'createdAt' | 'finishedAt'> {
  createdAt: string
  finishedAt: string | null
}

/** While something is under way the list looks again so often. */
const pauseMs = 2_000

const address = '/app/operations'

const states: Record<
  Operation['state'],
  { label: string; look: Pick<BadgeProps, 'tone' | 'progress'> }
> = {
  running: { label: 'Running', look: { tone: 'attention', progress: 'partiallyComplete' } },
  paused: { label: 'Paused', look: { tone: 'warning', progress: 'partiallyComplete' } },
  stopped: { label: 'Stopped', look: { progress: 'incomplete' } },
  done: { label: 'Done', look: { tone: 'success', progress: 'complete' } },
}

const kinds: Record<Operation['kind'], string> = { undo: 'Undo', past: 'Past events' }

/** What the merchant started, how far it got, and the buttons to pause, resume or stop it. */
export function OperationList({ operations }: { operations: Operation[] }) {
  const shown = useWatched(operations)
  const asking = useFetcher<Answer>()
  useToldAnswer(asking.data)
  const [stopping, setStopping] = useState<Operation>()
  if (shown.length === 0) return null
  const ask = (intent: string, id: string) =>
    asking.submit({ intent, id }, { method: 'post', action: address })
  return (
    <Card>
      <BlockStack gap="400">
        <Text as="h2" variant="headingSm">
          Operations
        </Text>
        {shown.map((operation, index) => (
          <Fragment key={operation.id}>
            {index > 0 ? <Divider /> : null}
            <OperationRow
              operation={operation}
              isBusy={asking.state !== 'idle'}
              onAsk={(intent) => ask(intent, operation.id)}
              onStop={() => setStopping(operation)}
            />
          </Fragment>
        ))}
      </BlockStack>
      <ConfirmModal
        id="stop-operation"
        open={stopping !== undefined}
        title={`Stop ${stopping?.title ?? 'this'}?`}
        confirm="Stop"
        onConfirm={() => stopping && ask('stop', stopping.id)}
        onClose={() => setStopping(undefined)}
      >
        What was done stays. What has not begun is skipped. A stopped operation can’t be resumed.
      </ConfirmModal>
    </Card>
  )
}

interface OperationRowProps {
  operation: Operation
  isBusy: boolean
  onAsk: (intent: 'pause' | 'resume') => void
  onStop: () => void
}

function OperationRow({ operation, isBusy, onAsk, onStop }: OperationRowProps) {
  const { id, kind, title, state, counts, problem, createdAt, finishedAt } = operation
  const isOver = state === 'done' || state === 'stopped'
  const { percent, text } = progressOf(counts, operation, isOver)
  const { label, look } = states[state]
  return (
    <BlockStack gap="200">
      <InlineStack align="space-between" blockAlign="center" gap="200">
        <InlineStack blockAlign="center" gap="200">
          <Text as="h3" variant="bodyMd" fontWeight="semibold" breakWord>
            {title}
          </Text>
          <Badge {...look}>{label}</Badge>
        </InlineStack>
        {isOver ? null : (
          <ButtonGroup>
            {state === 'running' ? (
              <Button
                onClick={() => onAsk('pause')}
                disabled={isBusy}
                accessibilityLabel={`Pause ${title}`}
              >
                Pause
              </Button>
            ) : (
              <Button
                onClick={() => onAsk('resume')}
                disabled={isBusy}
                accessibilityLabel={`Resume ${title}`}
              >
                Resume
              </Button>
            )}
            <Button
              tone="critical"
              onClick={onStop}
              disabled={isBusy}
              accessibilityLabel={`Stop ${title}`}
            >
              Stop
            </Button>
          </ButtonGroup>
        )}
      </InlineStack>
      {isOver || percent === null ? null : (
        <ProgressBar progress={percent} size="small" ariaLabelledBy={`progress-${id}`} />
      )}
      <InlineStack align="space-between" gap="200">
        <Text as="span" id={`progress-${id}`} variant="bodySm">
          {text}
        </Text>
        <InlineStack gap="200">
          <Text as="span" variant="bodySm" tone="subdued">
            {kinds[kind]} · {finishedAt ? 'ended' : 'started'} <Time at={finishedAt ?? createdAt} />
          </Text>
          <Text as="span" variant="bodySm">
            <Link url={`/app/activity${searchOf({ operationId: id })}`}>Show its runs</Link>
          </Text>
        </InlineStack>
      </InlineStack>
      {problem && !isOver ? (
        <Text as="p" variant="bodySm" tone={state === 'paused' ? 'critical' : 'caution'}>
          {problem.what} {problem.remedy}
        </Text>
      ) : null}
    </BlockStack>
  )
}

/**
 * The operations as the page has them, and from there on as they go, while one is under way. After
 * that the page itself is read again: its runs are over too.
 */
function useWatched(operations: Operation[]): Operation[] {
  const { data, state, load } = useFetcher<{ operations: Operation[] }>()
  const shown = data?.operations ?? operations
  const { revalidate } = useRevalidator()
  const isUnderWay = shown.some((each) => each.state === 'running' || each.counts.waiting > 0)
  const wasUnderWay = useRef(isUnderWay)
  useEffect(() => {
    if (wasUnderWay.current && !isUnderWay) revalidate()
    wasUnderWay.current = isUnderWay
  }, [isUnderWay, revalidate])
  useEffect(() => {
    if (!isUnderWay || state !== 'idle') return
    const timer = setTimeout(() => load(address), pauseMs)
    return () => clearTimeout(timer)
  }, [isUnderWay, state, load])
  return shown
}
