import { useFetcher } from '@remix-run/react'
import {
  Badge,
  BlockStack,
  Box,
  Button,
  ButtonGroup,
  Card,
  Divider,
  InlineStack,
  Link,
  Text,
  TextField,
} from '@shopify/polaris'
import { useState } from 'react'
import type { Problem } from '../../problem.ts'
import { errorAt } from '../answer.ts'
import type { Answer } from '../answer.ts'
import { ConfirmModal } from '../confirm-modal.tsx'
import { ProblemBanner } from '../problem-banner.tsx'
import { Time } from '../time.tsx'
import { useAnswer } from '../use-answer.ts'
import { NeededScopes } from './needed-scopes.tsx'

interface Connection {
  account: { id: string; name: string }
  scopes: { scope: string; state: 'granted' | 'missing' | 'unknown'; purpose: string }[]
  problem: Problem | null
  checkedAt: string
}

export function ConnectionCard({ connection }: { connection: Connection | null }) {
  const [isReplacing, setReplacing] = useState(false)
  if (!connection) {
    return (
      <Card>
        <KeyForm label="Private Klaviyo key" button="Connect" onConnected={() => undefined} />
      </Card>
    )
  }
  return (
    <Card>
      <BlockStack gap="400">
        <Account connection={connection} onReplace={() => setReplacing(!isReplacing)} />
        {isReplacing ? (
          <>
            <Divider />
            <KeyForm
              label="New private Klaviyo key"
              button="Replace key"
              onConnected={() => setReplacing(false)}
            />
          </>
        ) : null}
        <Divider />
        <Scopes scopes={connection.scopes} />
      </BlockStack>
    </Card>
  )
}

interface KeyFormProps {
  label: string
  button: string
  onConnected: () => void
}

function KeyForm({ label, button, onConnected }: KeyFormProps) {
  const connecting = useFetcher<Answer>()
  const [key, setKey] = useState('')
  const [heard, setHeard] = useState<Answer>()
  useAnswer(connecting.data)
  const answer = connecting.data
  if (answer !== heard) {
    setHeard(answer)
    if (answer?.ok) {
      setKey('')
      onConnected()
    }
  }
  const refusal = answer?.ok === false ? answer : null
  return (
    <connecting.Form method="post" action="/app/settings">
      <input type="hidden" name="intent" value="connect" />
      <BlockStack gap="300">
        {refusal?.problem ? (
          <ProblemBanner title="Klaviyo was not connected" problem={refusal.problem} />
        ) : null}
        <TextField
          label={label}
          name="key"
          type="password"
          value={key}
          onChange={setKey}
          autoComplete="off"
          placeholder="pk_…"
          error={refusal ? errorAt(refusal.problems, 'key') : undefined}
          helpText={
            <>
              In Klaviyo under{' '}
              <Link url="https://www.klaviyo.com/settings/account/api-keys" target="_blank">
                Settings, API keys
              </Link>
              : create a private key.
            </>
          }
        />
        <NeededScopes />
        <InlineStack>
          <Button submit variant="primary" loading={connecting.state !== 'idle'}>
            {button}
          </Button>
        </InlineStack>
      </BlockStack>
    </connecting.Form>
  )
}

function Account({ connection, onReplace }: { connection: Connection; onReplace: () => void }) {
  const sending = useFetcher<Answer>()
  const [isLeaving, setLeaving] = useState(false)
  useAnswer(sending.data)
  const send = (intent: 'test' | 'disconnect') =>
    sending.submit({ intent }, { method: 'post', action: '/app/settings' })
  const answer = sending.data
  const problem =
    (answer?.ok === false && sending.state === 'idle' ? answer.problem : null) ?? connection.problem
  return (
    <BlockStack gap="300">
      {problem ? (
        <ProblemBanner
          title="Klaviyo is not reachable with your key. New events wait."
          problem={problem}
        />
      ) : null}
      <InlineStack align="space-between" blockAlign="center" gap="300">
        <BlockStack gap="050">
          <InlineStack gap="200" align="start" blockAlign="center">
            <Text as="h3" variant="headingSm">
              {connection.account.name}
            </Text>
            {problem ? (
              <Badge tone="critical">Not working</Badge>
            ) : (
              <Badge tone="success">Connected</Badge>
            )}
          </InlineStack>
          <Text as="p" tone="subdued" variant="bodySm">
            {`Account ${connection.account.id}, tested `}
            <Time at={connection.checkedAt} />
          </Text>
        </BlockStack>
        <ButtonGroup>
          <Button onClick={() => send('test')} loading={sending.state !== 'idle'}>
            Test
          </Button>
          <Button onClick={onReplace}>Replace key</Button>
          <Button tone="critical" variant="tertiary" onClick={() => setLeaving(true)}>
            Disconnect
          </Button>
        </ButtonGroup>
      </InlineStack>
      <ConfirmModal
        id="disconnect"
        open={isLeaving}
        title={`Disconnect ${connection.account.name}?`}
        confirm="Disconnect"
        onConfirm={() => send('disconnect')}
        onClose={() => setLeaving(false)}
      >
        The key is deleted. Events that come in wait until you connect again; your rules and the
        activity stay.
      </ConfirmModal>
    </BlockStack>
  )
}

const looks = {
  granted: { label: 'Granted', tone: 'success' },
  missing: { label: 'Missing', tone: 'critical' },
  unknown: { label: 'Not known', tone: 'attention' },
} as const

function Scopes({ scopes }: { scopes: Connection['scopes'] }) {
  const missing = scopes.filter(({ state }) => state === 'missing').length
  return (
    <BlockStack gap="300">
      <Text as="h3" variant="headingSm">
        What the key may do
      </Text>
      {missing > 0 ? (
        <Text as="p">
          The scopes of a key can’t be changed in Klaviyo. Create a new key with all of these and
          replace this one.
        </Text>
      ) : null}
      <ul style={{ margin: 0, padding: 0, listStyle: 'none' }}>
        {scopes.map(({ scope, state, purpose }) => (
          <li key={scope}>
            <Box paddingBlock="150">
              <InlineStack align="space-between" blockAlign="start" gap="200" wrap={false}>
                <BlockStack gap="050">
                  <Text as="span" fontWeight="medium">
                    {scope}
                  </Text>
                  <Text as="span" tone="subdued" variant="bodySm">
                    {purpose}
                  </Text>
                </BlockStack>
                <Badge tone={looks[state].tone}>{looks[state].label}</Badge>
              </InlineStack>
            </Box>
          </li>
        ))}
      </ul>
    </BlockStack>
  )
}
