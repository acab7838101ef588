import {
  Banner,
  BlockStack,
  Card,
  Checkbox,
  FormLayout,
  Select,
  Text,
  TextField,
} from '@shopify/polaris'
import type { FieldProblem } from '../../problem.ts'
import { errorAt } from '../answer.ts'
import { CatalogPicker } from './catalog-picker.tsx'
import type { Catalog } from './catalog.tsx'
import type { TriggerDraft, TriggerKind } from './draft.ts'

const kinds: { value: TriggerKind; label: string }[] = [
  { value: 'flow', label: 'Somebody passes a flow' },
  { value: 'campaign', label: 'Somebody engages with a campaign' },
  { value: 'metric', label: 'An event of a metric comes' },
  { value: 'any', label: 'Any event comes' },
]

const engagements = [
  { value: '', label: 'Any engagement' },
  { value: 'Opened Email', label: 'Opened Email' },
  { value: 'Clicked Email', label: 'Clicked Email' },
  { value: 'Received Email', label: 'Received Email' },
  { value: 'Clicked SMS', label: 'Clicked SMS' },
]

interface TriggerCardProps {
  trigger: TriggerDraft
  onChange: (trigger: TriggerDraft) => void
  catalog: Catalog
  /** Fields relative to the trigger. */
  problems: FieldProblem[]
}

export function TriggerCard({ trigger, onChange, catalog, problems }: TriggerCardProps) {
  const change = (part: Partial<TriggerDraft>) => onChange({ ...trigger, ...part })
  const isLoading = catalog.state === 'loading'
  const chosen = engagements.some(({ value }) => value === trigger.engagement)
  return (
    <Card>
      <BlockStack gap="400">
        <Text as="h2" variant="headingMd">
          When this happens in Klaviyo
        </Text>
        {catalog.problem ? (
          <Banner
            tone="warning"
            title="Klaviyo’s lists can’t be read. Type names or ids instead."
            action={{ content: 'Open settings', url: '/app/settings' }}
          >
            <p>{`${catalog.problem.what} ${catalog.problem.remedy}`}</p>
          </Banner>
        ) : null}
        <FormLayout>
          <Select
            label="Trigger"
            options={kinds}
            value={trigger.kind}
            onChange={(value) => change({ kind: kindOf(value) })}
          />
          {trigger.kind === 'flow' ? (
            <CatalogPicker
              label="Flow"
              value={trigger.flow}
              onChange={(flow) => change({ flow })}
              entries={catalog.flows}
              isLoading={isLoading}
              error={errorAt(problems, 'flow.name') ?? errorAt(problems, 'flow')}
            />
          ) : null}
          {trigger.kind === 'metric' ? (
            <CatalogPicker
              label="Metric"
              value={trigger.metric}
              onChange={(metric) => change({ metric })}
              entries={catalog.metrics}
              isLoading={isLoading}
              error={errorAt(problems, 'metric.name') ?? errorAt(problems, 'metric')}
              helpText="Such as Completed Flow, Placed Order or Viewed Product."
            />
          ) : null}
          {trigger.kind === 'campaign' ? (
            <>
              <CatalogPicker
                label="Campaign"
                value={trigger.campaign}
                onChange={(campaign) => change({ campaign })}
                entries={catalog.campaigns}
                isLoading={isLoading}
                error={errorAt(problems, 'campaign.name') ?? errorAt(problems, 'campaign')}
              />
              <Select
                label="Engagement"
                options={
                  chosen
                    ? engagements
                    : [...engagements, { value: trigger.engagement, label: trigger.engagement }]
                }
                value={trigger.engagement}
                onChange={(engagement) => change({ engagement })}
              />
            </>
          ) : null}
        </FormLayout>
        {canHaveOutcome(trigger) ? (
          <Outcome trigger={trigger} onChange={change} problems={problems} />
        ) : null}
      </BlockStack>
    </Card>
  )
}

/** Outcomes are a thing of flows, which tell them under metrics such as Completed Flow. */
const canHaveOutcome = ({ kind, metric, outcome }: TriggerDraft) =>
  kind === 'flow' || (kind === 'metric' && (outcome.isUsed || /flow/i.test(metric.name)))

const kindOf = (text: string): TriggerKind =>
  kinds.find(({ value }) => value === text)?.value ?? 'any'

interface OutcomeProps {
  trigger: TriggerDraft
  onChange: (part: Partial<TriggerDraft>) => void
  problems: FieldProblem[]
}

/** Which way of a flow was taken: the webhook action of each branch says it in a property. */
function Outcome({ trigger: { outcome }, onChange, problems }: OutcomeProps) {
  const change = (part: Partial<TriggerDraft['outcome']>) =>
    onChange({ outcome: { ...outcome, ...part } })
  return (
    <BlockStack gap="200">
      <Checkbox
        label="Only for one outcome of the flow"
        checked={outcome.isUsed}
        onChange={(isUsed) => change({ isUsed })}
        helpText="The webhook of each branch tells its outcome, such as converted."
      />
      {outcome.isUsed ? (
        <FormLayout>
          <FormLayout.Group condensed>
            <TextField
              label="Property"
              value={outcome.property}
              onChange={(property) => change({ property })}
              autoComplete="off"
              error={errorAt(problems, 'outcome.property')}
            />
            <TextField
              label="Is"
              value={outcome.equals}
              onChange={(equals) => change({ equals })}
              autoComplete="off"
              placeholder="converted"
              error={errorAt(problems, 'outcome.equals')}
            />
          </FormLayout.Group>
        </FormLayout>
      ) : null}
    </BlockStack>
  )
}
