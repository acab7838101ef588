import { BlockStack, Card, Text } from '@shopify/polaris'
import { SamplePicker } from './sample-picker.tsx'
import { valueText } from './use-sample.ts'
import type { useSampleOf } from './use-sample.ts'

/** What the mapping gives for a customer, while it is being edited. */
export function MappingSampleCard({ trial }: { trial: ReturnType<typeof useSampleOf> }) {
  const { askFor, isBusy, outcome, sample } = trial
  const value = sample?.values[0]
  const problem = value?.problem
  return (
    <Card>
      <BlockStack gap="300">
        <Text as="h2" variant="headingMd">
          What it gives
        </Text>
        <SamplePicker
          sample={sample}
          problem={outcome?.ok === false ? outcome.problem : undefined}
          isBusy={isBusy}
          onAsk={askFor}
        />
        <div aria-live="polite">
          {value ? (
            <BlockStack gap="200">
              <Line label="Klaviyo has" text={valueText(value.source)} />
              {problem ? (
                <Text as="p" tone="critical">
                  {`${problem.what} ${problem.remedy}`}
                </Text>
              ) : (
                <Line label="The metafield gets" text={valueText(value.value)} isStrong />
              )}
              <Line label="It holds now" text={valueText(value.current)} />
            </BlockStack>
          ) : null}
        </div>
      </BlockStack>
    </Card>
  )
}

interface LineProps {
  label: string
  text: string
  isStrong?: boolean
}

function Line({ label, text, isStrong = false }: LineProps) {
  return (
    <BlockStack>
      <Text as="span" variant="bodySm" tone="subdued">
        {label}
      </Text>
      <Text as="span" breakWord {...(isStrong ? { variant: 'headingMd' as const } : {})}>
        {text}
      </Text>
    </BlockStack>
  )
}
