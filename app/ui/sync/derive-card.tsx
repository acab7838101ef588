import {
  BlockStack,
  Button,
  Card,
  ChoiceList,
  InlineGrid,
  InlineStack,
  TextField,
} from '@shopify/polaris'
import { DeleteIcon, PlusIcon } from '@shopify/polaris-icons'
import { errorAt, problemsUnder } from '../answer.ts'
import { canRound, fitted } from './mapping-draft.ts'
import type { BandDraft, MappingDraft } from './mapping-draft.ts'
import type { MappingFieldsProps } from './source-card.tsx'

const kinds: { value: MappingDraft['derive']['kind']; label: string; helpText: string }[] = [
  { value: 'none', label: 'As it is', helpText: 'The value, rounded if you like.' },
  {
    value: 'bands',
    label: 'In bands',
    helpText: 'A word for each range of numbers, such as low, medium and high.',
  },
  {
    value: 'liquid',
    label: 'By a Liquid template',
    helpText: 'Knows value, predictions and profile.',
  },
]

/** What becomes of the value on its way. */
export function DeriveCard({ draft, onChange, problems }: MappingFieldsProps) {
  const { derive } = draft
  const change = (part: Partial<MappingDraft['derive']>) =>
    onChange({ ...draft, derive: { ...derive, ...part } })
  const choose = ([value]: string[]) => {
    const kind = kinds.find((each) => each.value === value)?.value ?? derive.kind
    onChange(fitted({ ...draft, derive: { ...derive, kind } }))
  }
  return (
    <Card>
      <BlockStack gap="400">
        <ChoiceList
          title="What is written"
          choices={kinds}
          selected={[derive.kind]}
          onChange={choose}
          error={errorAt(problems, 'derive.kind')}
        />
        {derive.kind === 'bands' ? (
          <Bands
            bands={derive.bands}
            onChange={(bands) => change({ bands })}
            problems={problemsUnder(problems, 'derive.bands')}
            error={errorAt(problems, 'derive.bands')}
          />
        ) : null}
        {derive.kind === 'liquid' ? (
          <TextField
            label="Template"
            value={derive.template}
            onChange={(template) => change({ template })}
            multiline={3}
            maxHeight={240}
            monospaced
            spellCheck={false}
            autoComplete="off"
            placeholder="{{ value | times: 100 | round }}"
            error={errorAt(problems, 'derive.template')}
            helpText="{{ predictions.predicted_clv }}, {{ profile.first_name }} and any property of the profile can be used. What gives nothing counts as no value."
          />
        ) : null}
        {derive.kind !== 'bands' && canRound(draft) ? (
          <TextField
            label="Decimals"
            type="number"
            min={0}
            max={9}
            value={draft.decimals}
            onChange={(decimals) => onChange({ ...draft, decimals })}
            autoComplete="off"
            placeholder="As Klaviyo gives it"
            error={errorAt(problems, 'decimals')}
            helpText="Fewer decimals mean fewer writes: a value that rounds to the same is left alone."
          />
        ) : null}
      </BlockStack>
    </Card>
  )
}

interface BandsProps extends Pick<MappingFieldsProps, 'problems'> {
  bands: BandDraft[]
  onChange: (bands: BandDraft[]) => void
  error: string | undefined
}

const mostBands = 10

/** From the lowest up; the last one takes the rest. */
function Bands({ bands, onChange, problems, error }: BandsProps) {
  return (
    <BlockStack gap="300">
      {bands.map((band, index) => {
        const own = problemsUnder(problems, String(index))
        const isLast = index === bands.length - 1
        const change = (part: Partial<BandDraft>) =>
          onChange(bands.with(index, { ...band, ...part }))
        return (
          <InlineGrid key={index} columns={2} gap="200" alignItems="start">
            <TextField
              label={isLast ? 'All others' : `Band ${index + 1}: below`}
              {...(isLast
                ? {
                    value: '',
                    placeholder: `From ${bands[index - 1]?.below ?? ''} up`,
                    disabled: true,
                  }
                : { value: band.below })}
              onChange={(below) => change({ below })}
              autoComplete="off"
              inputMode="decimal"
              error={errorAt(own, 'below')}
            />
            <TextField
              label={`Name of band ${index + 1}`}
              value={band.label}
              onChange={(label) => change({ label })}
              autoComplete="off"
              error={errorAt(own, 'label') ?? (index === 0 ? error : undefined)}
              {...(isLast || bands.length <= 2
                ? {}
                : {
                    connectedRight: (
                      <Button
                        icon={DeleteIcon}
                        accessibilityLabel={`Remove band ${index + 1}`}
                        onClick={() => onChange(bands.toSpliced(index, 1))}
                      />
                    ),
                  })}
            />
          </InlineGrid>
        )
      })}
      {bands.length < mostBands ? (
        <InlineStack>
          <Button
            icon={PlusIcon}
            variant="tertiary"
            onClick={() => onChange(bands.toSpliced(-1, 0, { below: '', label: '' }))}
          >
            Another band
          </Button>
        </InlineStack>
      ) : null}
    </BlockStack>
  )
}
