import { useFetcher } from '@remix-run/react'
import { Banner, BlockStack, Button, InlineStack, Text } from '@shopify/polaris'
import type { ReactNode } from 'react'
import { errorAt } from '../answer.ts'
import type { Answer } from '../answer.ts'
import { useAnswer } from '../use-answer.ts'

interface SecretRenewalProps {
  title: string
  /** Where a refusal is told. */
  field: string
  /** The form that makes a new one. */
  renewal: Record<string, string>
  /** The form that retires the old one, while there are two. */
  retirement: Record<string, string> | null
  /** What is said while there is one. */
  offer: string
  /** What is said while there are two. */
  children: ReactNode
}

/** A new secret beside the old one, until the merchant has moved over and retires that. */
export function SecretRenewal(props: SecretRenewalProps) {
  const { title, field, renewal, retirement, offer, children } = props
  const sending = useFetcher<Answer>()
  useAnswer(sending.data)
  const send = (form: Record<string, string>) =>
    sending.submit(form, { method: 'post', action: '/app/settings' })
  const isBusy = sending.state !== 'idle'
  const refusal = sending.data?.ok === false ? errorAt(sending.data.problems, field) : undefined
  return (
    <BlockStack gap="300">
      <Text as="h3" variant="headingSm">
        {title}
      </Text>
      {refusal ? <Banner tone="critical" title={refusal} /> : null}
      {retirement ? (
        <InlineStack align="space-between" blockAlign="center" gap="300">
          <Text as="p">{children}</Text>
          <Button tone="critical" loading={isBusy} onClick={() => send(retirement)}>
            Retire old secret
          </Button>
        </InlineStack>
      ) : (
        <InlineStack align="space-between" blockAlign="center" gap="300">
          <Text as="p" tone="subdued">
            {offer}
          </Text>
          <Button loading={isBusy} onClick={() => send(renewal)}>
            New secret
          </Button>
        </InlineStack>
      )}
    </BlockStack>
  )
}
