import { BlockStack, Box, Button, InlineStack, Text, TextField } from '@shopify/polaris'
import { useState } from 'react'
import type { Problem } from '../../problem.ts'
import { sampleName } from './use-sample.ts'
import type { SampleShown } from './use-sample.ts'

interface SamplePickerProps {
  sample: SampleShown | undefined
  problem: Pick<Problem, 'code' | 'what' | 'remedy'> | undefined
  isBusy: boolean
  onAsk: (email: string) => void
}

/** Whose values are shown. */
export function SamplePicker({ sample, problem, isBusy, onAsk }: SamplePickerProps) {
  const [email, setEmail] = useState('')
  // The customer is not to blame for the others.
  const isUnknown = problem?.code === 'sample-no-profile'
  return (
    <BlockStack gap="200">
      <Box maxWidth="520px">
        <TextField
          label="Sample customer"
          type="email"
          value={email}
          onChange={setEmail}
          autoComplete="off"
          placeholder={sample?.profile.email ?? 'E-mail address'}
          error={isUnknown ? problem.what : undefined}
          connectedRight={
            <InlineStack gap="100" wrap={false}>
              <Button onClick={() => onAsk(email)} disabled={email.trim() === ''} loading={isBusy}>
                Show
              </Button>
              <Button
                onClick={() => {
                  setEmail('')
                  onAsk('')
                }}
                disabled={isBusy}
              >
                Another
              </Button>
            </InlineStack>
          }
        />
      </Box>
      {problem && !isUnknown ? (
        <Text as="p" tone="subdued">
          {`${problem.what} ${problem.remedy}`}
        </Text>
      ) : null}
      {sample ? (
        <Text as="p" tone="subdued" breakWord>
          {`Values of ${sampleName(sample)}.`}
          {sample.isScored ? '' : ' Klaviyo has no predictions for this profile.'}
          {sample.customerGid ? '' : ' Shopify has no customer for it.'}
        </Text>
      ) : null}
    </BlockStack>
  )
}
