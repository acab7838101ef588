import { useFetcher } from '@remix-run/react'
import { SaveBar } from '@shopify/app-bridge-react'
import { Banner, BlockStack, Card, Checkbox, ChoiceList, TextField } from '@shopify/polaris'
import { useState } from 'react'
import { errorAt } from '../answer.ts'
import type { Answer } from '../answer.ts'
import { useAnswer } from '../use-answer.ts'

interface Settings {
  retentionDays: number
  tagBudget: number | null
  deletesCodes: boolean
}

/** What the merchants' guide for Klaviyo tags asks for. */
const guideBudget = '255'

export function DataCard({ settings }: { settings: Settings }) {
  const saving = useFetcher<Answer>()
  useAnswer(saving.data)
  const stored = draftOf(settings)
  const [draft, setDraft] = useState(stored)
  const isDirty =
    draft.retentionDays !== stored.retentionDays ||
    draft.deletesCodes !== stored.deletesCodes ||
    budgetOf(draft) !== budgetOf(stored)
  const problems = saving.data?.ok === false ? saving.data.problems : []
  const save = () =>
    saving.submit(
      {
        intent: 'save',
        retentionDays: draft.retentionDays,
        tagBudget: budgetOf(draft),
        ...(draft.deletesCodes ? { deletesCodes: 'on' } : {}),
      },
      { method: 'post', action: '/app/settings' },
    )
  return (
    <Card>
      <SaveBar id="data-save-bar" open={isDirty}>
        <button
          variant="primary"
          onClick={save}
          loading={saving.state !== 'idle' ? '' : undefined}
        />
        <button onClick={() => setDraft(stored)} />
      </SaveBar>
      <BlockStack gap="400">
        {problems.length > 0 ? (
          <Banner
            tone="critical"
            title="The settings were not saved. Correct what is marked below."
          />
        ) : null}
        <TextField
          label="Keep events and runs for"
          type="number"
          min={7}
          max={730}
          suffix="days"
          autoComplete="off"
          value={draft.retentionDays}
          onChange={(retentionDays) => setDraft({ ...draft, retentionDays })}
          error={errorAt(problems, 'retentionDays')}
          helpText="After that they are deleted for good. 7 to 730 days."
        />
        <ChoiceList
          title="Budget for a customer’s tags"
          choices={[
            {
              label: 'Off',
              value: 'off',
              helpText:
                'Only Shopify’s own limits hold: 250 tags a customer, 255 characters a tag.',
            },
            {
              label: '255 characters in all',
              value: 'guide',
              helpText:
                'All tags of a customer joined stay within 255 characters. When it is full, the app takes out the oldest tags that it added itself, never one of yours.',
            },
            {
              label: 'Another budget',
              value: 'custom',
              renderChildren: (isSelected) =>
                isSelected ? (
                  <TextField
                    label="Characters in all"
                    type="number"
                    min={50}
                    max={5000}
                    autoComplete="off"
                    value={draft.custom}
                    onChange={(custom) => setDraft({ ...draft, custom })}
                    error={errorAt(problems, 'tagBudget')}
                    helpText="50 to 5,000."
                  />
                ) : null,
            },
          ]}
          selected={[draft.budget]}
          onChange={([budget]) => setDraft({ ...draft, budget: budget ?? 'off' })}
        />
        <Checkbox
          label="Delete discount codes that ended unused"
          checked={draft.deletesCodes}
          onChange={(deletesCodes) => setDraft({ ...draft, deletesCodes })}
          helpText="Every night, only codes that this app made. Used codes stay with their orders."
        />
      </BlockStack>
    </Card>
  )
}

interface Draft {
  retentionDays: string
  budget: string
  custom: string
  deletesCodes: boolean
}

function draftOf({ retentionDays, tagBudget, deletesCodes }: Settings): Draft {
  const text = tagBudget === null ? '' : String(tagBudget)
  const budget = text === '' ? 'off' : text === guideBudget ? 'guide' : 'custom'
  return {
    retentionDays: String(retentionDays),
    budget,
    custom: text === '' ? '500' : text,
    deletesCodes,
  }
}

/** As the form sends it: empty = off. */
function budgetOf({ budget, custom }: Draft): string {
  if (budget === 'off') return ''
  // An empty field must not read as "off".
  return budget === 'guide' ? guideBudget : custom.trim() || '0'
}
