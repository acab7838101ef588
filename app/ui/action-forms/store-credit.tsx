import { BlockStack, Text, TextField } from '@shopify/polaris'
import { useEffect } from 'react'
import { z } from 'zod'
import { creditScopes } from '../../actions/credit-scopes.ts'
import { errorAt } from '../answer.ts'
import { useStore } from '../store.tsx'
import { TemplateField } from '../template-field.tsx'
import type { ActionForm, ActionFormProps } from './form.ts'
import { ScopeRequest } from './scope-request.tsx'

const settings = z.object({
  amount: z.string(),
  currency: z.string(),
  expiresAfterDays: z
    .union([z.string(), z.number().transform(String)])
    .nullish()
    .transform((days) => days ?? ''),
})
type Draft = z.infer<typeof settings>

const blank: Draft = { amount: '10', currency: '', expiresAfterDays: '' }

export const storeCreditForm: ActionForm = {
  kind: 'store-credit',
  title: 'Give store credit',
  blank,
  Fields,
}

function Fields({ settings: stored, onChange, problems, preview }: ActionFormProps) {
  const { currency: ofStore } = useStore()
  const draft = settings.safeParse(stored).data ?? blank
  const currency = ofStore || draft.currency
  const change = (changed: Partial<Draft>) => onChange({ ...draft, currency, ...changed })
  // A new action is complete as it stands, so nobody may type what would bring the currency along.
  const lacksCurrency = draft.currency === '' && currency !== ''
  useEffect(() => {
    if (lacksCurrency) onChange({ ...draft, currency })
  })
  return (
    <BlockStack gap="300">
      <ScopeRequest scopes={creditScopes} what="store credit" problems={problems} />
      <TemplateField
        label={currency === '' ? 'Amount' : `Amount in ${currency}`}
        value={draft.amount}
        onChange={(amount) => change({ amount })}
        onRemove={null}
        error={errorAt(problems, 'amount') ?? errorAt(problems, 'currency')}
        preview={preview}
        placeholder="10 or {{ event.reward }}"
      />
      <TextField
        label="Expires after"
        value={draft.expiresAfterDays}
        onChange={(expiresAfterDays) => change({ expiresAfterDays })}
        suffix="days"
        inputMode="numeric"
        autoComplete="off"
        placeholder="Never"
        error={errorAt(problems, 'expiresAfterDays')}
      />
      <Text as="p" tone="subdued">
        Each event gives it once. Customers see it when they are signed in at the checkout; Shopify
        sends them no message about it.
      </Text>
    </BlockStack>
  )
}
