import { BlockStack, Card, ChoiceList, TextField } from '@shopify/polaris'
import type { FieldProblem } from '../../problem.ts'
import { isNumeric } from '../../sync/mapping.ts'
import { errorAt } from '../answer.ts'
import type { MappingDraft } from './mapping-draft.ts'

interface WriteCardProps {
  draft: MappingDraft
  onChange: (part: Partial<MappingDraft>) => void
  problems: FieldProblem[]
}

/** When it is written, and what happens when Klaviyo has nothing. */
export function WriteCard({ draft, onChange, problems }: WriteCardProps) {
  const { gate, whenEmpty, type } = draft
  const chooseEmpty = ([value]: string[]) =>
    onChange({ whenEmpty: value === 'delete' ? 'delete' : 'leave' })
  return (
    <Card>
      <BlockStack gap="400">
        {isNumeric(type) ? (
          <GateFields
            gate={gate}
            onChange={(part) => onChange({ gate: { ...gate, ...part } })}
            problems={problems}
          />
        ) : null}
        <ChoiceList
          title="When Klaviyo has no value"
          choices={[
            { value: 'leave', label: 'Leave the metafield as it is' },
            {
              value: 'delete',
              label: 'Delete what the sync wrote',
              helpText: 'Values that you entered yourself stay.',
            },
          ]}
          selected={[whenEmpty]}
          onChange={chooseEmpty}
        />
      </BlockStack>
    </Card>
  )
}

interface GateFieldsProps extends Pick<WriteCardProps, 'problems'> {
  gate: MappingDraft['gate']
  onChange: (gate: Partial<MappingDraft['gate']>) => void
}

const gateKinds = ['any', 'amount', 'percent'] as const

function GateFields({ gate, onChange, problems }: GateFieldsProps) {
  const amount = (
    <TextField
      label="More than"
      value={gate.amount}
      onChange={(value) => onChange({ amount: value })}
      autoComplete="off"
      inputMode="decimal"
      placeholder="5"
      error={errorAt(problems, 'gate.amount')}
    />
  )
  const percent = (
    <TextField
      label="More than"
      value={gate.percent}
      onChange={(value) => onChange({ percent: value })}
      autoComplete="off"
      inputMode="decimal"
      suffix="%"
      placeholder="10"
      error={errorAt(problems, 'gate.percent')}
    />
  )
  return (
    <ChoiceList
      title="When it is written"
      choices={[
        { value: 'any', label: 'Whenever it changed' },
        {
          value: 'amount',
          label: 'If it moved by more than an amount',
          renderChildren: (isSelected) => (isSelected ? amount : null),
        },
        {
          value: 'percent',
          label: 'If it moved by more than a share',
          renderChildren: (isSelected) => (isSelected ? percent : null),
        },
      ]}
      selected={[gate.kind]}
      onChange={([value]) => onChange({ kind: gateKinds.find((kind) => kind === value) ?? 'any' })}
      error={errorAt(problems, 'gate.kind')}
    />
  )
}
