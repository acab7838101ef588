import { useBlocker } from '@remix-run/react'
import { useAppBridge } from '@shopify/app-bridge-react'
import { useEffect } from 'react'

/** Asks before the app's own links lead away from unsaved changes; the admin asks for its own. */
export function useLeaveGuard(isDirty: boolean): void {
  const bridge = useAppBridge()
  const blocker = useBlocker(
    ({ currentLocation, nextLocation }) =>
      isDirty && currentLocation.pathname !== nextLocation.pathname,
  )
  useEffect(() => {
    if (blocker.state !== 'blocked') return
    // Resolves once the merchant says "leave", and only then.
    void bridge.saveBar.leaveConfirmation().then(() => blocker.proceed())
  }, [blocker, bridge])
}
