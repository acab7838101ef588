import { useAppBridge } from '@shopify/app-bridge-react'
import { Banner, BlockStack } from '@shopify/polaris'
import { useEffect, useState } from 'react'
import type { FieldProblem } from '../../problem.ts'
import { errorAt } from '../answer.ts'

interface ScopeRequestProps {
  /** Handles of optional scopes. */
  scopes: readonly string[]
  /** "store credit" */
  what: string
  problems: FieldProblem[]
}

/** Asks the merchant for a permission that only some rules need; nothing to see once it is there. */
export function ScopeRequest({ scopes, what, problems }: ScopeRequestProps) {
  const bridge = useAppBridge()
  const [state, setState] = useState<'unknown' | 'missing' | 'declined' | 'granted'>('unknown')
  const [isBusy, setBusy] = useState(false)
  const wanted = scopes.join(' ')
  useEffect(() => {
    let isGone = false
    void bridge.scopes.query().then(({ granted }) => {
      const has = wanted.split(' ').every((scope) => includes(granted, scope))
      if (!isGone) setState(has ? 'granted' : 'missing')
    })
    return () => {
      isGone = true
    }
  }, [bridge, wanted])
  const request = async () => {
    setBusy(true)
    try {
      const { result } = await bridge.scopes.request([...scopes])
      setState(result === 'granted-all' ? 'granted' : 'declined')
    } finally {
      setBusy(false)
    }
  }
  if (state === 'granted' || state === 'unknown') return null
  const problem = errorAt(problems, 'scopes')
  return (
    <Banner
      tone={problem ? 'critical' : 'warning'}
      title={`The app has no permission for ${what} yet`}
      action={{ content: `Allow ${what}`, loading: isBusy, onAction: () => void request() }}
    >
      <BlockStack gap="100">
        <p>Shopify asks you once for this store. Without it this rule can’t be saved.</p>
        {state === 'declined' ? <p>It was not allowed. You can still allow it.</p> : null}
      </BlockStack>
    </Banner>
  )
}

/** Writing includes reading. */
const includes = (granted: readonly string[], scope: string) =>
  granted.includes(scope) || granted.includes(scope.replace(/^read_/, 'write_'))
