import { BlockStack, Card, ChoiceList, TextField } from '@shopify/polaris'
import { z } from 'zod'
import type { FieldProblem } from '../../problem.ts'
import { errorAt } from '../answer.ts'
import type { Draft } from './draft.ts'

interface ModeCardProps {
  mode: Draft['mode']
  onChange: (mode: Draft['mode']) => void
}

const modes: { value: Draft['mode']; label: string; helpText: string }[] = [
  { value: 'off', label: 'Off', helpText: 'Does nothing.' },
  {
    value: 'shadow',
    label: 'Shadow',
    helpText: 'Decides and shows in the activity what it would do. Changes nothing.',
  },
  { value: 'on', label: 'On', helpText: 'Acts on every event that fits.' },
]

export function ModeCard({ mode, onChange }: ModeCardProps) {
  return (
    <Card>
      <ChoiceList
        title="Mode"
        choices={modes}
        selected={[mode]}
        onChange={([value]) => onChange(modes.find((each) => each.value === value)?.value ?? mode)}
      />
    </Card>
  )
}

const choice = z.enum(['skip', 'wait', 'create'])

interface NoCustomerCardProps {
  noCustomer: Draft['noCustomer']
  onChange: (noCustomer: Draft['noCustomer']) => void
  /** Fields relative to `noCustomer`. */
  problems: FieldProblem[]
}

/** Klaviyo knows people before Shopify does: subscribers who have not bought yet. */
export function NoCustomerCard({ noCustomer, onChange, problems }: NoCustomerCardProps) {
  return (
    <Card>
      <BlockStack gap="300">
        <ChoiceList
          title="When Shopify has no such customer"
          choices={[
            { value: 'skip', label: 'Skip the event' },
            {
              value: 'wait',
              label: 'Wait for the customer',
              helpText: 'For people who may become customers soon.',
              renderChildren: (isSelected) =>
                isSelected ? (
                  <TextField
                    label="Wait for at most"
                    type="number"
                    min={1}
                    max={72}
                    suffix="hours"
                    autoComplete="off"
                    value={noCustomer.hours}
                    onChange={(hours) => onChange({ ...noCustomer, hours })}
                    error={errorAt(problems, 'hours')}
                  />
                ) : null,
            },
            {
              value: 'create',
              label: 'Create the customer',
              helpText: 'With the e-mail address or phone number of the profile, not subscribed.',
            },
          ]}
          selected={[noCustomer.then]}
          onChange={([then]) => onChange({ ...noCustomer, then: choice.parse(then) })}
        />
      </BlockStack>
    </Card>
  )
}
