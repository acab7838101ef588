import { useFetcher } from '@remix-run/react'
import { SaveBar } from '@shopify/app-bridge-react'
import { Banner, BlockStack, Card, InlineGrid, Page, TextField } from '@shopify/polaris'
import { DeleteIcon } from '@shopify/polaris-icons'
import { useState } from 'react'
import type { Rule } from '../../rules/rule.ts'
import { errorAt, problemsUnder, stillStanding } from '../answer.ts'
import type { Answer } from '../answer.ts'
import { ConfirmModal } from '../confirm-modal.tsx'
import { ModeBadge } from '../run-badge.tsx'
import { useAnswer, useSaid } from '../use-answer.ts'
import { useLeaveGuard } from '../use-leave-guard.ts'
import { ActionsCard } from './actions-card.tsx'
import { useCatalog } from './catalog.tsx'
import { ConditionsCard } from './conditions-card.tsx'
import { documentOf, draftOf } from './draft.ts'
import type { Draft } from './draft.ts'
import { ModeCard, NoCustomerCard } from './mode-card.tsx'
import { TriggerCard } from './trigger-card.tsx'
import { TryCard } from './try-card.tsx'
import type { RecentEvent } from './try-card.tsx'
import { usePreview } from './use-preview.ts'

interface RuleEditorProps {
  /** Null for a new rule. */
  rule: { id: string; version: number; mode: Draft['mode']; document: Rule } | null
  events: RecentEvent[]
}

/** The newest event that the trigger seems to be about: its title names metric, flow and campaign. */
function likelyEvent(events: RecentEvent[], trigger: Draft['trigger']): RecentEvent | undefined {
  const { kind, flow, metric, campaign } = trigger
  const wanted = { flow, metric, campaign, any: null }[kind]?.name.toLowerCase()
  const fits = ({ title }: RecentEvent) => wanted && title.toLowerCase().includes(wanted)
  return events.find(fits) ?? events[0]
}

const fingerprint = (draft: Draft) => `${draft.mode} ${documentOf(draft)}`

export function RuleEditor({ rule, events }: RuleEditorProps) {
  const saving = useFetcher<Answer>()
  useAnswer(saving.data)
  useSaid()
  const [draft, setDraft] = useState(() => draftOf(rule))
  const [isDeleting, setDeleting] = useState(false)
  const [chosenEvent, setChosenEvent] = useState<string>()
  const catalog = useCatalog()
  const eventId = chosenEvent ?? likelyEvent(events, draft.trigger)?.id ?? ''
  const { preview, previewOf } = usePreview(draft, eventId)

  const change = (part: Partial<Draft>) => setDraft({ ...draft, ...part })
  const isDirty = fingerprint(draft) !== fingerprint(draftOf(rule))
  const isBusy = saving.state !== 'idle'
  useLeaveGuard(isDirty && !isBusy)
  const [sent, setSent] = useState('{}')
  const refused = saving.data?.ok === false ? saving.data.problems : []
  const problems = stillStanding(refused, sent, documentOf(draft))
  const ruleError = errorAt(problems, 'rule')
  const send = (form: Record<string, string>) => saving.submit(form, { method: 'post' })
  const save = () => {
    const document = documentOf(draft)
    setSent(document)
    send({
      intent: 'save',
      mode: draft.mode,
      document,
      version: rule ? String(rule.version) : '',
    })
  }

  return (
    <Page
      title={rule ? rule.document.name : 'New rule'}
      backAction={{ content: 'Rules', url: '/app/rules' }}
      {...(rule
        ? {
            titleMetadata: <ModeBadge mode={rule.mode} />,
            secondaryActions: [
              { content: 'Activity', url: `/app/activity?rule=${rule.id}` },
              { content: 'Run over past events…', url: `/app/rules/${rule.id}/past` },
              { content: 'Undo runs…', url: `/app/activity?rule=${rule.id}&undo=ask` },
              {
                content: 'Delete',
                icon: DeleteIcon,
                destructive: true,
                onAction: () => setDeleting(true),
              },
            ],
          }
        : {})}
    >
      <SaveBar id="rule-save-bar" open={isDirty}>
        <button variant="primary" onClick={save} loading={isBusy ? '' : undefined} />
        <button onClick={() => setDraft(draftOf(rule))} />
      </SaveBar>
      <BlockStack gap="400">
        {problems.length > 0 ? (
          <Banner tone="critical" title="The rule was not saved">
            <p>{ruleError ?? 'Correct what is marked below, then save again.'}</p>
          </Banner>
        ) : null}
        <InlineGrid columns={{ xs: 1, md: ['twoThirds', 'oneThird'] }} gap="400" alignItems="start">
          <BlockStack gap="400">
            <Card>
              <TextField
                label="Name"
                value={draft.name}
                onChange={(name) => change({ name })}
                autoComplete="off"
                maxLength={100}
                placeholder="Tag win-back customers"
                error={errorAt(problems, 'name')}
              />
            </Card>
            <TriggerCard
              trigger={draft.trigger}
              onChange={(trigger) => change({ trigger })}
              catalog={catalog}
              problems={problemsUnder(problems, 'trigger')}
            />
            <ConditionsCard
              conditions={draft.conditions}
              onChange={(conditions) => change({ conditions })}
              problems={problemsUnder(problems, 'conditions')}
              error={errorAt(problems, 'conditions')}
            />
            <ActionsCard
              actions={draft.actions}
              onChange={(actions) => change({ actions })}
              preview={preview}
              previewOf={previewOf}
              problems={problemsUnder(problems, 'actions')}
              error={errorAt(problems, 'actions')}
            />
            <TryCard
              events={events}
              eventId={eventId}
              onEvent={setChosenEvent}
              document={() => documentOf(draft)}
            />
          </BlockStack>
          <BlockStack gap="400">
            <ModeCard mode={draft.mode} onChange={(mode) => change({ mode })} />
            <NoCustomerCard
              noCustomer={draft.noCustomer}
              onChange={(noCustomer) => change({ noCustomer })}
              problems={problemsUnder(problems, 'noCustomer')}
            />
          </BlockStack>
        </InlineGrid>
      </BlockStack>
      <ConfirmModal
        id="delete-rule"
        open={isDeleting}
        title={`Delete ${rule?.document.name ?? 'this rule'}?`}
        confirm="Delete"
        onConfirm={() => send({ intent: 'delete' })}
        onClose={() => setDeleting(false)}
      >
        What the rule did stays in the activity. Deleting can’t be undone.
      </ConfirmModal>
    </Page>
  )
}
