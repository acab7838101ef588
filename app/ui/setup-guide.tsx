import {
  BlockStack,
  Box,
  Button,
  Card,
  Icon,
  InlineStack,
  ProgressBar,
  Text,
} from '@shopify/polaris'
import { CheckCircleIcon, XIcon } from '@shopify/polaris-icons'

interface SetupGuideProps {
  guide: { isConnected: boolean; isReached: boolean; hasLiveRule: boolean; hasRun: boolean }
  onHide: () => void
}

/** The way to the first tag. Every step is ticked by what the app sees, not by the merchant. */
export function SetupGuide({ guide, onHide }: SetupGuideProps) {
  const steps = [
    {
      title: 'Connect Klaviyo',
      text: 'Paste a private key, so that the app can read the people behind your events.',
      button: { content: 'Connect Klaviyo', url: '/app/settings' },
      isDone: guide.isConnected,
    },
    {
      title: 'Let a Klaviyo flow tell the app',
      text: 'Add a webhook to a flow in Klaviyo. Address, header and body are ready to copy.',
      button: { content: 'Show the webhook', url: '/app/settings#webhook' },
      isDone: guide.isReached,
    },
    {
      title: 'Write your first rule',
      text: 'Say what should happen in Shopify. In shadow mode a rule only shows what it would do.',
      button: { content: 'Write a rule', url: '/app/rules/start' },
      isDone: guide.hasLiveRule,
    },
    {
      title: 'See it work',
      text: 'As soon as a fitting event comes, you see here what the rule did and why.',
      button: { content: 'Open the activity', url: '/app/activity' },
      isDone: guide.hasRun,
    },
  ]
  const done = steps.filter(({ isDone }) => isDone).length
  const current = steps.findIndex(({ isDone }) => !isDone)
  const isComplete = done === steps.length
  return (
    <Card>
      <BlockStack gap="400">
        <InlineStack align="space-between" blockAlign="start" wrap={false} gap="200">
          <BlockStack gap="100">
            <Text as="h2" variant="headingMd">
              {isComplete ? 'All set' : 'Set up in four steps'}
            </Text>
            <Text as="p" tone="subdued">
              {`${done} of ${steps.length} done`}
              {isComplete ? '. From now on your rules act on every event that fits.' : ''}
            </Text>
          </BlockStack>
          <Button
            icon={XIcon}
            variant="tertiary"
            accessibilityLabel="Hide the set-up guide"
            onClick={onHide}
          />
        </InlineStack>
        {isComplete ? null : (
          <ProgressBar
            progress={(100 * done) / steps.length}
            size="small"
            tone="success"
            ariaLabelledBy="setup-progress"
          />
        )}
        <ol
          id="setup-progress"
          aria-label="Set-up"
          style={{ margin: 0, padding: 0 }}
          hidden={isComplete}
        >
          {steps.map(({ title, text, button, isDone }, index) => (
            <li key={title} style={{ listStyle: 'none' }}>
              <Box
                padding="300"
                borderRadius="200"
                {...(index === current ? { background: 'bg-surface-secondary' as const } : {})}
              >
                <InlineStack gap="300" wrap={false} blockAlign="start">
                  <StepMark isDone={isDone} number={index + 1} />
                  <BlockStack gap="200" inlineAlign="start">
                    <Text as="h3" variant={index === current ? 'headingSm' : 'bodyMd'}>
                      {title}
                      <Text as="span" visuallyHidden>
                        {isDone ? ' (done)' : ' (to do)'}
                      </Text>
                    </Text>
                    {index === current ? (
                      <>
                        <Text as="p" tone="subdued">
                          {text}
                        </Text>
                        <Button variant="primary" url={button.url}>
                          {button.content}
                        </Button>
                      </>
                    ) : null}
                  </BlockStack>
                </InlineStack>
              </Box>
            </li>
          ))}
        </ol>
      </BlockStack>
    </Card>
  )
}

function StepMark({ isDone, number }: { isDone: boolean; number: number }) {
  if (isDone) {
    return (
      <span style={{ flex: 'none' }}>
        <Icon source={CheckCircleIcon} tone="success" />
      </span>
    )
  }
  return (
    <span
      aria-hidden="true"
      style={{
        flex: 'none',
        width: 20,
        height: 20,
        borderRadius: '50%',
        border: '1.5px dashed var(--p-color-icon-secondary)',
        fontSize: 11,
        lineHeight: '17px',
        textAlign: 'center',
        color: 'var(--p-color-text-secondary)',
      }}
    >
      {number}
    </span>
  )
}
