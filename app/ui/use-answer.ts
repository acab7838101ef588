import { useLocation, useNavigate } from '@remix-run/react'
import { useAppBridge } from '@shopify/app-bridge-react'
import { useEffect } from 'react'
import type { Answer } from './answer.ts'

/** Says in a toast what was done. What went wrong stays on the page instead. */
export function useAnswer(answer: Answer | undefined): void {
  const bridge = useAppBridge()
  useEffect(() => {
    if (answer?.ok) bridge.toast.show(answer.said)
  }, [answer, bridge])
}

/** The same where the page has no place for what went wrong: a toast tells that too. */
export function useToldAnswer(answer: Answer | undefined): void {
  const bridge = useAppBridge()
  useAnswer(answer)
  useEffect(() => {
    if (!answer || answer.ok) return
    const what = answer.problem?.what ?? answer.problems[0]?.message
    if (what) bridge.toast.show(what, { isError: true })
  }, [answer, bridge])
}

const sayings: Record<string, string> = {
  'rule-saved': 'Rule saved.',
  'rule-deleted': 'Rule deleted.',
  'undo-started': 'The run is being undone.',
  'mapping-saved': 'Mapping saved.',
  'mapping-deleted': 'Mapping deleted.',
}

/** Says what was done before a redirect: `?said=rule-saved`, taken out of the address again. */
export function useSaid(): void {
  const bridge = useAppBridge()
  const navigate = useNavigate()
  const { pathname, search } = useLocation()
  useEffect(() => {
    const parameters = new URLSearchParams(search)
    const said = parameters.get('said')
    if (said === null) return
    const saying = sayings[said]
    if (saying) bridge.toast.show(saying)
    parameters.delete('said')
    navigate({ pathname, search: parameters.toString() }, { replace: true })
  }, [bridge, navigate, pathname, search])
}
