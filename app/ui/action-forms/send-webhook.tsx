import { BlockStack, Box, Text, TextField } from '@shopify/polaris'
import { useId } from 'react'
import { z } from 'zod'
import { defaultBody } from '../../actions/webhook-default.ts'
import { errorAt } from '../answer.ts'
import { VariablePicker, useInsertion } from '../variable-picker.tsx'
import type { ActionForm, ActionFormProps } from './form.ts'

const settings = z.object({ url: z.string(), body: z.string() })

const blank = { url: '', body: defaultBody }

export const sendWebhookForm: ActionForm = {
  kind: 'send-webhook',
  title: 'Send a webhook',
  blank,
  Fields,
}

function Fields({ settings: stored, onChange, problems, preview }: ActionFormProps) {
  const bodyId = useId()
  const draft = settings.safeParse(stored).data ?? blank
  const insert = useInsertion(bodyId, draft.body, (body) => onChange({ ...draft, body }))
  const result = draft.body.trim() === '' ? undefined : preview.resultOf(draft.body)
  return (
    <BlockStack gap="300">
      <TextField
        label="Address"
        type="url"
        value={draft.url}
        onChange={(url) => onChange({ ...draft, url })}
        autoComplete="off"
        spellCheck={false}
        placeholder="https://hook.eu1.make.com/…"
        helpText="Gets a POST request, signed with the signing secret that Settings shows. If the receiver can’t be reached, it is sent again for about a day, so it may come more than once: the header webhook-id tells repetitions."
        error={errorAt(problems, 'url')}
      />
      <TextField
        id={bodyId}
        label="JSON body"
        value={draft.body}
        onChange={(body) => onChange({ ...draft, body })}
        multiline={8}
        maxHeight={360}
        monospaced
        autoComplete="off"
        spellCheck={false}
        helpText="Write values as {{ value | json }}, without quotes around them."
        error={errorAt(problems, 'body') ?? result?.error ?? undefined}
        connectedRight={
          <VariablePicker
            label="JSON body"
            variables={preview.variables}
            onPick={(path) => insert(path, 'json')}
          />
        }
      />
      {result?.text ? <RenderedBody text={result.text} /> : null}
    </BlockStack>
  )
}

/** What would be sent for the event of the preview. */
function RenderedBody({ text }: { text: string }) {
  const body = prettyJson(text)
  return (
    <div aria-live="polite">
      <BlockStack gap="100">
        <Text as="p" tone={body === null ? 'critical' : 'subdued'}>
          {body === null ? 'With this event it gives no JSON:' : 'Sends'}
        </Text>
        <Box padding="200" background="bg-surface-secondary" borderRadius="200">
          <pre
            style={{ margin: 0, maxHeight: 240, overflow: 'auto', whiteSpace: 'pre-wrap' }}
            tabIndex={0}
          >
            {body ?? text}
          </pre>
        </Box>
      </BlockStack>
    </div>
  )
}

function prettyJson(text: string): string | null {
  try {
    return JSON.stringify(JSON.parse(text), null, 2)
  } catch {
    return null
  }
}
