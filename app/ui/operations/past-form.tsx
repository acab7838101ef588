import { useFetcher } from '@remix-run/react'
import {
  Banner,
  BlockStack,
  Card,
  Checkbox,
  Page,
  SkeletonBodyText,
  Text,
  TextField,
} from '@shopify/polaris'
import { useEffect, useState } from 'react'
import type { PreviewOutcome, StartOutcome } from '../../operations/past/start.server.ts'
import { errorAt } from '../answer.ts'
import { ProblemBanner } from '../problem-banner.tsx'
import { ModeBadge } from '../run-badge.tsx'
import { PastPreview } from './past-preview.tsx'

interface PastFormProps {
  rule: { id: string; name: string; mode: 'off' | 'shadow' | 'on' }
}

const typingPauseMs = 350

const usualDays = '30'

/** Chooses which past events a saved rule is run over, shows what that would be, and starts it. */
export function PastForm({ rule }: PastFormProps) {
  const [days, setDays] = useState(usualDays)
  const [withHistory, setWithHistory] = useState(true)
  const history = withHistory ? 'yes' : ''
  const { answer, isCounting } = usePastPreview(days, history)
  const starting = useFetcher<StartOutcome>()
  const [sentWith, setSentWith] = useState('')

  const preview = answer?.ok ? answer.preview : null
  const refused = sentWith === days + history ? starting.data : undefined
  const refusal = [answer, refused].find((each) => each?.ok === false)
  const problems = refusal?.problems ?? []
  const ruleError = errorAt(problems, 'rule')
  const canStart =
    preview !== null &&
    !isCounting &&
    preview.history.state !== 'refused' &&
    (preview.expected > 0 || preview.certainty === 'more')
  const start = () => {
    if (!preview) return
    const { expected, certainty } = preview
    setSentWith(days + history)
    starting.submit(
      { intent: 'start', days, history, expected: String(expected), certainty },
      { method: 'post' },
    )
  }
  return (
    <Page
      title="Run over past events"
      subtitle={rule.name}
      titleMetadata={<ModeBadge mode={rule.mode} />}
      backAction={{ content: rule.name, url: `/app/rules/${rule.id}` }}
      primaryAction={{
        content: 'Start',
        onAction: start,
        disabled: !canStart,
        loading: starting.state !== 'idle',
      }}
    >
      <BlockStack gap="400">
        {ruleError ? (
          <Banner
            tone="warning"
            title="The rule can’t run yet"
            action={{ content: 'Open the rule', url: `/app/rules/${rule.id}` }}
          >
            <p>{ruleError}</p>
          </Banner>
        ) : null}
        {refusal?.problem ? (
          <ProblemBanner title="It can’t be started" problem={refusal.problem} />
        ) : null}
        <Card>
          <BlockStack gap="400">
            <Text as="h2" variant="headingMd">
              Which events
            </Text>
            <TextField
              label="Events of the last"
              type="number"
              min={1}
              max={90}
              suffix="days"
              autoComplete="off"
              value={days}
              onChange={setDays}
              error={errorAt(problems, 'days')}
            />
            <Checkbox
              label="Read events from Klaviyo too"
              helpText="For the time before its events came here, such as before the app was installed."
              checked={withHistory}
              onChange={setWithHistory}
            />
          </BlockStack>
        </Card>
        {refusal ? null : (
          <Card>
            <BlockStack gap="400">
              <Text as="h2" variant="headingMd">
                What it would do
              </Text>
              <div aria-live="polite" aria-busy={isCounting}>
                {preview && !isCounting ? (
                  <PastPreview preview={preview} isShadow={rule.mode === 'shadow'} />
                ) : (
                  <SkeletonBodyText lines={5} />
                )}
              </div>
            </BlockStack>
          </Card>
        )}
      </BlockStack>
    </Page>
  )
}

/** The preview of what is chosen, counted once typing pauses. */
function usePastPreview(days: string, history: string) {
  const { submit, data, state } = useFetcher<PreviewOutcome>()
  const [asked, setAsked] = useState('')
  const wanted = `${days} ${history}`
  useEffect(() => {
    const timer = setTimeout(() => {
      submit({ intent: 'preview', days, history }, { method: 'post' })
      setAsked(wanted)
    }, typingPauseMs)
    return () => clearTimeout(timer)
  }, [days, history, wanted, submit])
  return { answer: data, isCounting: state !== 'idle' || asked !== wanted || data === undefined }
}
