import { BlockStack, Button, InlineStack, Select, Text, TextField } from '@shopify/polaris'
import { PlusIcon } from '@shopify/polaris-icons'
import { z } from 'zod'
import { errorAt, problemsUnder } from '../answer.ts'
import { TemplateField } from '../template-field.tsx'
import type { ActionForm, ActionFormProps } from './form.ts'
import { TagFields } from './tag-fields.tsx'

const which = z.enum(['named', 'latest'])

const settings = z.object({
  order: z.object({ which, template: z.string().default('{{ event.order_id }}') }),
  attributes: z.array(z.object({ key: z.string(), value: z.string() })),
  tags: z.array(z.string()),
})
type Draft = z.infer<typeof settings>

const blankAttribute = { key: '', value: '' }

const blank: Draft = {
  order: { which: 'named', template: '{{ event.order_id }}' },
  attributes: [blankAttribute],
  tags: [],
}

export const annotateOrderForm: ActionForm = {
  kind: 'annotate-order',
  title: 'Annotate an order',
  blank,
  Fields,
}

function Fields({ settings: stored, onChange, problems, preview }: ActionFormProps) {
  const draft = settings.safeParse(stored).data ?? blank
  const { order } = draft
  const change = (changed: Partial<Draft>) => onChange({ ...draft, ...changed })
  return (
    <BlockStack gap="300">
      <Select
        label="Order"
        options={[
          { label: 'The one that the event names', value: 'named' },
          { label: 'The customer’s latest', value: 'latest' },
        ]}
        value={order.which}
        onChange={(picked) => change({ order: { ...order, which: which.parse(picked) } })}
      />
      {order.which === 'named' ? (
        <TemplateField
          label="Its id or name"
          value={order.template}
          onChange={(template) => change({ order: { ...order, template } })}
          onRemove={null}
          error={errorAt(problems, 'order.template')}
          preview={preview}
          placeholder="{{ event.order_id }}"
        />
      ) : null}
      <Attributes
        attributes={draft.attributes}
        onChange={(attributes) => change({ attributes })}
        problems={problems}
        preview={preview}
      />
      <TagFields
        tags={draft.tags}
        onChange={(tags) => change({ tags })}
        problems={problems}
        preview={preview}
        isOptional
      />
      <Text as="p" tone="subdued">
        Attributes stand under “Additional details” of the order. What an order has already stays as
        it is. Shopify shows apps the orders of the last 60 days.
      </Text>
    </BlockStack>
  )
}

type AttributesProps = Omit<ActionFormProps, 'settings' | 'onChange'> & {
  attributes: Draft['attributes']
  onChange: (attributes: Draft['attributes']) => void
}

function Attributes({ attributes, onChange, problems, preview }: AttributesProps) {
  const general = errorAt(problems, 'attributes')
  return (
    <BlockStack gap="300">
      {attributes.map((attribute, index) => {
        const own = problemsUnder(problems, `attributes.${index}`)
        const change = (changed: Partial<Draft['attributes'][number]>) =>
          onChange(attributes.with(index, { ...attribute, ...changed }))
        const number = attributes.length === 1 ? '' : ` ${index + 1}`
        return (
          <BlockStack key={index} gap="200">
            <TextField
              label={`Attribute${number}`}
              value={attribute.key}
              onChange={(key) => change({ key })}
              autoComplete="off"
              spellCheck={false}
              placeholder="Klaviyo flow"
              error={errorAt(own, 'key') ?? (index === 0 ? general : undefined)}
            />
            <TemplateField
              label={`Value${number}`}
              value={attribute.value}
              onChange={(value) => change({ value })}
              onRemove={() => onChange(attributes.toSpliced(index, 1))}
              error={errorAt(own, 'value')}
              preview={preview}
              placeholder="{{ flow }}"
            />
          </BlockStack>
        )
      })}
      {attributes.length === 0 && general ? (
        <Text as="p" tone="critical">
          {general}
        </Text>
      ) : null}
      <InlineStack>
        <Button
          icon={PlusIcon}
          variant="tertiary"
          onClick={() => onChange([...attributes, blankAttribute])}
        >
          {attributes.length === 0 ? 'Add an attribute' : 'Another attribute'}
        </Button>
      </InlineStack>
    </BlockStack>
  )
}
