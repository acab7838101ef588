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
