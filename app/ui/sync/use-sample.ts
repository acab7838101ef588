import { useFetcher } from '@remix-run/react'
import { useCallback, useEffect, useRef } from 'react'
import type { action } from '../../routes/app.sync.sample.ts'

type Outcome = NonNullable<ReturnType<typeof useFetcher<typeof action>>['data']>
export type SampleShown = Extract<Outcome, { ok: true }>['sample']

/** Asks what mappings give for a profile: the saved ones, or the one of `document`. */
function useSample() {
  const { submit, data, state } = useFetcher<typeof action>()
  const ask = useCallback(
    (email: string, document = '') =>
      submit({ email, document }, { method: 'post', action: '/app/sync/sample' }),
    [submit],
  )
  return { ask, isBusy: state !== 'idle', outcome: data }
}

export const sampleName = ({ profile }: SampleShown): string =>
  [profile.name, profile.email].filter((part) => part !== null && part !== '').join(', ') ||
  `profile ${profile.id}`

/** A value as it stands in Klaviyo or Shopify; nothing = a dash. */
export const valueText = (value: unknown): string => {
  if (value === null || value === undefined || value === '') return '–'
  return typeof value === 'string' ? value : JSON.stringify(value)
}

const typingPauseMs = 400

/**
 * What the mapping gives while one types, or with `document` empty what the saved ones give; for the
 * same profile until another is asked for. Asked again when `version` changes.
 */
export function useSampleOf(document: string, version = '') {
  const { ask, isBusy, outcome } = useSample()
  const email = useRef('')
  useEffect(() => {
    const timer = setTimeout(() => ask(email.current, document), typingPauseMs)
    return () => clearTimeout(timer)
  }, [ask, document, version])
  const sample = outcome?.ok ? outcome.sample : undefined
  const shown = sample?.profile.email
  useEffect(() => {
    if (shown) email.current = shown
  }, [shown])
  const askFor = (wanted: string) => {
    email.current = wanted
    ask(wanted, document)
  }
  return { askFor, isBusy, outcome, sample }
}
