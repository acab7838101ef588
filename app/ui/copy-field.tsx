import { Button, InlineStack, TextField } from '@shopify/polaris'
import { ClipboardIcon } from '@shopify/polaris-icons'
import { useAppBridge } from '@shopify/app-bridge-react'
import { useState } from 'react'

interface CopyFieldProps {
  label: string
  value: string
  /** Hidden until asked for. */
  secret?: boolean
  lines?: number
  helpText?: string
}

/** Something to carry over into another program. */
export function CopyField({ label, value, secret = false, lines = 1, helpText }: CopyFieldProps) {
  const [isShown, setShown] = useState(!secret)
  const bridge = useAppBridge()
  const copy = () => {
    navigator.clipboard.writeText(value).then(
      () => bridge.toast.show(`${label} copied`),
      () =>
        bridge.toast.show('The browser did not allow copying. Select the text instead.', {
          isError: true,
        }),
    )
  }
  return (
    <TextField
      label={label}
      value={isShown ? value : '•'.repeat(24)}
      readOnly
      autoComplete="off"
      monospaced
      {...(lines > 1 ? { multiline: lines, maxHeight: 320 } : {})}
      {...(helpText ? { helpText } : {})}
      connectedRight={
        <InlineStack gap="100" wrap={false}>
          {secret ? (
            <Button
              onClick={() => setShown(!isShown)}
              accessibilityLabel={`${isShown ? 'Hide' : 'Show'} ${label}`}
            >
              {isShown ? 'Hide' : 'Show'}
            </Button>
          ) : null}
          <Button icon={ClipboardIcon} onClick={copy} accessibilityLabel={`Copy ${label}`} />
        </InlineStack>
      }
    />
  )
}
