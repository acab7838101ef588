import { useFetcher } from '@remix-run/react'
import { useEffect, useMemo } from 'react'
import type { action } from '../../routes/app.rules.preview.ts'
import type { TemplatePreview } from '../action-forms/form.ts'
import { textsOf, triggerOf } from './draft.ts'
import type { Draft } from './draft.ts'

const typingPauseMs = 350

/** What the draft's templates give for the event; for one made up where `eventId` is empty. */
export function usePreview(
  { actions, trigger }: Draft,
  eventId: string,
): { preview: TemplatePreview; previewOf: string } {
  const { submit, data } = useFetcher<typeof action>()
  const asked = JSON.stringify({
    templates: textsOf(actions),
    kinds: actions.map(({ kind }) => kind),
    eventId,
    trigger: triggerOf(trigger),
  })
  useEffect(() => {
    const timer = setTimeout(() => {
      submit({ asked }, { method: 'post', action: '/app/rules/preview' })
    }, typingPauseMs)
    return () => clearTimeout(timer)
  }, [asked, submit])
  return useMemo(() => {
    if (data && 'ok' in data) {
      const error = data.problem?.what ?? null
      const preview = { resultOf: () => ({ text: null, error }), variables: [] }
      return { preview, previewOf: 'the last event' }
    }
    const results = new Map(data?.results.map((result) => [result.template, result]))
    const preview = {
      resultOf: (template: string) => results.get(template),
      variables: data?.variables ?? [],
    }
    const previewOf = data?.isMadeUp ? 'a made-up event' : (data?.event ?? 'the last event')
    return { preview, previewOf }
  }, [data])
}
