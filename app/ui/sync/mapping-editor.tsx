import { useFetcher } from '@remix-run/react'
import { SaveBar } from '@shopify/app-bridge-react'
import { Banner, BlockStack, InlineGrid, Page } from '@shopify/polaris'
import { DeleteIcon } from '@shopify/polaris-icons'
import { useState } from 'react'
import { nameOf } from '../../sync/mapping.ts'
import { errorAt, stillStanding } from '../answer.ts'
import type { Answer } from '../answer.ts'
import { ConfirmModal } from '../confirm-modal.tsx'
import { ProblemBanner } from '../problem-banner.tsx'
import { useAnswer, useSaid } from '../use-answer.ts'
import { useLeaveGuard } from '../use-leave-guard.ts'
import { DeriveCard } from './derive-card.tsx'
import { blankDraft, documentOf, documentToTry, draftOf } from './mapping-draft.ts'
import type { MappingDraft } from './mapping-draft.ts'
import { MappingSampleCard } from './mapping-sample-card.tsx'
import { PresetCard } from './preset-card.tsx'
import { SourceCard } from './source-card.tsx'
import { TargetCard } from './target-card.tsx'
import { useSampleOf } from './use-sample.ts'
import type { MappingShown } from './views.ts'
import { WriteCard } from './write-card.tsx'

interface MappingEditorProps {
  /** Null for a new mapping. */
  mapping: MappingShown | null
  /** All of the shop. */
  taken: MappingShown['document'][]
}

export function MappingEditor({ mapping, taken }: MappingEditorProps) {
  const saving = useFetcher<Answer>()
  useAnswer(saving.data)
  useSaid()
  const stored = mapping ? draftOf(mapping.document) : blankDraft
  const [draft, setDraft] = useState(stored)
  const [isDeleting, setDeleting] = useState(false)
  const change = (part: Partial<MappingDraft>) => setDraft({ ...draft, ...part })

  const document = documentOf(draft)
  const trial = useSampleOf(documentToTry(draft))
  const isDirty = document !== documentOf(stored)
  const isBusy = saving.state !== 'idle'
  useLeaveGuard(isDirty && !isBusy)
  const [sent, setSent] = useState('{}')
  const answer = saving.data?.ok === false ? saving.data : undefined
  const problems = stillStanding(answer?.problems ?? [], sent, document)
  const send = (form: Record<string, string>) => saving.submit(form, { method: 'post' })
  const save = () => {
    setSent(document)
    send({ intent: 'save', document })
  }
  const fields = { draft, onChange: setDraft, problems }

  return (
    <Page
      title={mapping ? mapping.document.name : 'New mapping'}
      {...(mapping ? { subtitle: nameOf(mapping.document) } : {})}
      backAction={{ content: 'Metafield sync', url: '/app/sync' }}
      secondaryActions={
        mapping
          ? [
              {
                content: 'Delete',
                icon: DeleteIcon,
                destructive: true,
                onAction: () => setDeleting(true),
              },
            ]
          : []
      }
    >
      <SaveBar id="mapping-save-bar" open={isDirty}>
        <button variant="primary" onClick={save} loading={isBusy ? '' : undefined} />
        <button onClick={() => setDraft(stored)} />
      </SaveBar>
      <BlockStack gap="400">
        {answer?.problem ? (
          <ProblemBanner title="The mapping was not saved" problem={answer.problem} />
        ) : null}
        {problems.length > 0 ? (
          <Banner tone="critical" title="The mapping was not saved">
            <p>{errorAt(problems, '') ?? 'Correct what is marked below, then save again.'}</p>
          </Banner>
        ) : null}
        <InlineGrid columns={{ xs: 1, md: ['twoThirds', 'oneThird'] }} gap="400" alignItems="start">
          <BlockStack gap="400">
            {mapping ? null : (
              <PresetCard taken={taken} onChoose={(preset) => setDraft(draftOf(preset))} />
            )}
            <SourceCard {...fields} properties={trial.sample?.properties ?? []} />
            <DeriveCard {...fields} />
            <TargetCard {...fields} />
          </BlockStack>
          <BlockStack gap="400">
            <MappingSampleCard trial={trial} />
            <WriteCard draft={draft} onChange={change} problems={problems} />
          </BlockStack>
        </InlineGrid>
      </BlockStack>
      <ConfirmModal
        id="delete-mapping"
        open={isDeleting}
        title={`Delete ${mapping?.document.name ?? 'this mapping'}?`}
        confirm="Delete"
        onConfirm={() => send({ intent: 'delete' })}
        onClose={() => setDeleting(false)}
      >
        Metafields that it filled stay in Shopify as they are. Deleting can’t be undone.
      </ConfirmModal>
    </Page>
  )
}
