import { useFetcher } from '@remix-run/react'
import { useEffect, useMemo } from 'react'
import type { action } from '../../routes/app.rules.preview.ts'
import type { TemplatePreview } from '../action-forms/form.ts'
import { textsOf, triggerOf } from './draft.ts'
import type { Draft } from './draft.ts'

const typingPauseMs = 350

/** Until the first answer, and of an action just added. */
const unknown: TemplatePreview = { resultOf: () => undefined, variables: [] }

/**
 * What the templates of each of the draft's actions give for the event; for one made up where
 * `eventId` is empty.
 */
export function usePreview(
  { actions, trigger }: Draft,
  eventId: string,
): { preview: (actionId: string) => TemplatePreview; previewOf: string } {
  const { submit, data } = useFetcher<typeof action>()
  const asked = JSON.stringify({
    actions: actions.map((action) => ({
      id: action.id,
      kind: action.kind,
      templates: textsOf([action]),
    })),
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
      const refused: TemplatePreview = { resultOf: () => ({ text: null, error }), variables: [] }
      return { preview: () => refused, previewOf: 'the last event' }
    }
    const previews = new Map(
      data?.actions.map(({ id, results, variables }): [string, TemplatePreview] => {
        const byTemplate = new Map(results.map((result) => [result.template, result]))
        return [id, { resultOf: (template) => byTemplate.get(template), variables }]
      }),
    )
    const previewOf = data?.isMadeUp ? 'a made-up event' : (data?.event ?? 'the last event')
    return { preview: (id: string) => previews.get(id) ?? unknown, previewOf }
  }, [data])
}
