import { useAppBridge } from '@shopify/app-bridge-react'
import {
  BlockStack,
  Button,
  Checkbox,
  InlineError,
  InlineGrid,
  InlineStack,
  Select,
  Tag,
  Text,
  TextField,
} from '@shopify/polaris'
import { useId } from 'react'
import { z } from 'zod'
import type { FieldProblem } from '../../problem.ts'
import { errorAt, problemsUnder } from '../answer.ts'
import { useStore } from '../store.tsx'
import type { ActionForm, ActionFormProps } from './form.ts'

const worthKinds = z.enum(['percentage', 'amount', 'free-shipping'])
const itemKinds = z.enum(['order', 'collections', 'products'])
const minimumKinds = z.enum(['none', 'subtotal', 'quantity'])
const agains = z.enum(['reuse', 'replace'])

/** Numbers are kept as they were typed. */
const typed = z.union([z.string(), z.number().transform(String)]).default('')

const resources = z.array(z.object({ id: z.string(), title: z.string() })).default([])
type Resource = z.infer<typeof resources>[number]

const settings = z.object({
  worth: z.object({
    kind: worthKinds,
    percent: typed,
    amount: typed,
    eachItem: z.boolean().default(false),
  }),
  currency: z.string(),
  items: z.object({ on: itemKinds, picked: resources }),
  minimum: z.object({ kind: minimumKinds, amount: typed, quantity: typed }),
  combinesWith: z.object({
    orderDiscounts: z.boolean(),
    productDiscounts: z.boolean(),
    shippingDiscounts: z.boolean(),
  }),
  validHours: typed,
  prefix: z.string(),
  length: typed,
  again: agains,
})
type Draft = z.infer<typeof settings>

const blank: Draft = {
  worth: { kind: 'percentage', percent: '10', amount: '', eachItem: false },
  currency: '',
  items: { on: 'order', picked: [] },
  minimum: { kind: 'none', amount: '', quantity: '' },
  combinesWith: { orderDiscounts: false, productDiscounts: false, shippingDiscounts: false },
  validHours: '72',
  prefix: '',
  length: '8',
  again: 'reuse',
}

export const discountCodeForm: ActionForm = {
  kind: 'discount-code',
  title: 'Make a single-use discount code',
  blank,
  followedBy: {
    kind: 'set-profile-properties',
    settings: {
      properties: [
        { key: 'discount_code', value: '{{ discount.code }}', as: 'text' },
        { key: 'discount_expires_at', value: '{{ discount.expires_at }}', as: 'text' },
        { key: 'discount_amount', value: '{{ discount.worth }}', as: 'text' },
        { key: 'discount_link', value: '{{ discount.link }}', as: 'text' },
      ],
    },
  },
  Fields,
}

interface PartProps {
  draft: Draft
  change: (changed: Partial<Draft>) => void
  problems: FieldProblem[]
}

function Fields({ settings: stored, onChange, problems }: ActionFormProps) {
  const { currency: ofStore } = useStore()
  const draft = settings.safeParse(stored).data ?? blank
  const change = (changed: Partial<Draft>) =>
    onChange({ ...draft, currency: ofStore || draft.currency, ...changed })
  const part = { draft, change, problems }
  return (
    <BlockStack gap="300">
      <Worth {...part} />
      {draft.worth.kind === 'free-shipping' ? null : <Items {...part} />}
      <Minimum {...part} />
      <Code {...part} />
      <Select
        label="If the customer still has an unused code of this rule"
        options={[
          { label: 'Give the same code again', value: 'reuse' },
          { label: 'Make a new code and end the old one', value: 'replace' },
        ]}
        value={draft.again}
        onChange={(again) => change({ again: agains.parse(again) })}
      />
      <Combinations {...part} />
      <Text as="p" tone="subdued">
        Each code works once, for this customer only. The actions below can use it as{' '}
        {'{{ discount.code }}'}, {'{{ discount.worth }}'}, {'{{ discount.expires_at }}'} and{' '}
        {'{{ discount.link }}'}, which opens the store with the discount applied.
      </Text>
    </BlockStack>
  )
}

function Worth({ draft, change, problems }: PartProps) {
  const { currency: ofStore } = useStore()
  const { worth } = draft
  const set = (changed: Partial<Draft['worth']>) => change({ worth: { ...worth, ...changed } })
  return (
    <BlockStack gap="200">
      <InlineGrid columns={{ xs: 1, sm: 2 }} gap="200">
        <Select
          label="Discount"
          options={[
            { label: 'Percentage', value: 'percentage' },
            { label: 'Fixed amount', value: 'amount' },
            { label: 'Free shipping', value: 'free-shipping' },
          ]}
          value={worth.kind}
          onChange={(kind) => set({ kind: worthKinds.parse(kind) })}
        />
        {worth.kind === 'percentage' ? (
          <TextField
            label="Percent off"
            value={worth.percent}
            onChange={(percent) => set({ percent })}
            suffix="%"
            inputMode="decimal"
            autoComplete="off"
            error={errorAt(problems, 'worth.percent')}
          />
        ) : null}
        {worth.kind === 'amount' ? (
          <TextField
            label="Amount off"
            value={worth.amount}
            onChange={(amount) => set({ amount })}
            suffix={ofStore || draft.currency}
            inputMode="decimal"
            autoComplete="off"
            error={errorAt(problems, 'worth.amount') ?? errorAt(problems, 'currency')}
          />
        ) : null}
      </InlineGrid>
      {worth.kind === 'amount' && draft.items.on !== 'order' ? (
        <Checkbox
          label="Take it off each of these items, not once per order"
          checked={worth.eachItem}
          onChange={(eachItem) => set({ eachItem })}
        />
      ) : null}
    </BlockStack>
  )
}

const pickers = {
  collections: { type: 'collection', button: 'Choose collections' },
  products: { type: 'product', button: 'Choose products' },
} as const

function Items({ draft, change, problems }: PartProps) {
  const bridge = useAppBridge()
  const buttonId = useId()
  const { items } = draft
  const set = (picked: Resource[]) => change({ items: { ...items, picked } })
  const own = problemsUnder(problems, 'items')
  const picker = items.on === 'order' ? null : pickers[items.on]
  const pick = async (type: 'collection' | 'product') => {
    const selectionIds = items.picked.map(({ id }) => ({ id }))
    const filter = { variants: false }
    const chosen = await bridge.resourcePicker({ type, multiple: 100, selectionIds, filter })
    if (chosen) set(chosen.map(({ id, title }) => ({ id, title })))
  }
  const error =
    errorAt(own, 'picked') ??
    items.picked.map((_each, index) => errorAt(own, `picked.${index}`)).find(Boolean)
  return (
    <BlockStack gap="200">
      <Select
        label="Applies to"
        options={[
          { label: 'The whole order', value: 'order' },
          { label: 'Some collections', value: 'collections' },
          { label: 'Some products', value: 'products' },
        ]}
        value={items.on}
        onChange={(on) => change({ items: { on: itemKinds.parse(on), picked: [] } })}
      />
      {picker ? (
        <InlineStack gap="200" blockAlign="center">
          {items.picked.map(({ id, title }) => (
            <Tag key={id} onRemove={() => set(items.picked.filter((each) => each.id !== id))}>
              {title}
            </Tag>
          ))}
          <Button id={buttonId} onClick={() => void pick(picker.type)}>
            {picker.button}
          </Button>
        </InlineStack>
      ) : null}
      {error ? <InlineError message={error} fieldID={buttonId} /> : null}
    </BlockStack>
  )
}

function Minimum({ draft, change, problems }: PartProps) {
  const { currency: ofStore } = useStore()
  const { minimum } = draft
  const set = (changed: Partial<Draft['minimum']>) =>
    change({ minimum: { ...minimum, ...changed } })
  const shared = { inputMode: 'decimal', autoComplete: 'off' } as const
  return (
    <InlineGrid columns={{ xs: 1, sm: 2 }} gap="200">
      <Select
        label="Minimum"
        options={[
          { label: 'None', value: 'none' },
          { label: 'Amount of the order', value: 'subtotal' },
          { label: 'Number of items', value: 'quantity' },
        ]}
        value={minimum.kind}
        onChange={(kind) => set({ kind: minimumKinds.parse(kind) })}
      />
      {minimum.kind === 'subtotal' ? (
        <TextField
          {...shared}
          label="At least"
          value={minimum.amount}
          onChange={(amount) => set({ amount })}
          suffix={ofStore || draft.currency}
          error={errorAt(problems, 'minimum.amount') ?? errorAt(problems, 'currency')}
        />
      ) : null}
      {minimum.kind === 'quantity' ? (
        <TextField
          {...shared}
          label="At least"
          value={minimum.quantity}
          onChange={(quantity) => set({ quantity })}
          suffix="items"
          error={errorAt(problems, 'minimum.quantity')}
        />
      ) : null}
    </InlineGrid>
  )
}

function Code({ draft, change, problems }: PartProps) {
  const { validHours, prefix, length } = draft
  return (
    <InlineGrid columns={{ xs: 1, sm: 3 }} gap="200">
      <TextField
        label="Valid for"
        value={validHours}
        onChange={(hours) => change({ validHours: hours })}
        suffix="hours"
        inputMode="numeric"
        autoComplete="off"
        helpText="From the moment it is made."
        error={errorAt(problems, 'validHours')}
      />
      <TextField
        label="Code begins with"
        value={prefix}
        onChange={(next) => change({ prefix: next })}
        placeholder="CART-"
        autoComplete="off"
        spellCheck={false}
        error={errorAt(problems, 'prefix')}
      />
      <TextField
        label="Then random characters"
        value={length}
        onChange={(next) => change({ length: next })}
        inputMode="numeric"
        autoComplete="off"
        helpText="8 to 20."
        error={errorAt(problems, 'length')}
      />
    </InlineGrid>
  )
}

const combinations = [
  { key: 'productDiscounts', label: 'Product discounts' },
  { key: 'orderDiscounts', label: 'Order discounts' },
  { key: 'shippingDiscounts', label: 'Shipping discounts' },
] as const

function Combinations({ draft, change }: PartProps) {
  const { combinesWith, worth } = draft
  // Shopify: free shipping never combines with another shipping discount.
  const possible = combinations.filter(
    ({ key }) => worth.kind !== 'free-shipping' || key !== 'shippingDiscounts',
  )
  return (
    <BlockStack gap="100">
      <Text as="p">Can be combined with</Text>
      <InlineStack gap="400">
        {possible.map(({ key, label }) => (
          <Checkbox
            key={key}
            label={label}
            checked={combinesWith[key]}
            onChange={(checked) => change({ combinesWith: { ...combinesWith, [key]: checked } })}
          />
        ))}
      </InlineStack>
    </BlockStack>
  )
}
