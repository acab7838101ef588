import { Badge } from '@shopify/polaris'
import type { BadgeProps } from '@shopify/polaris'

type RunState = 'waiting' | 'done' | 'skipped' | 'failed'

const looks: Record<RunState, { label: string; look: Pick<BadgeProps, 'tone' | 'progress'> }> = {
  done: { label: 'Done', look: { tone: 'success', progress: 'complete' } },
  skipped: { label: 'Skipped', look: { progress: 'incomplete' } },
  failed: { label: 'Failed', look: { tone: 'critical', progress: 'incomplete' } },
  waiting: { label: 'Waiting', look: { tone: 'attention', progress: 'partiallyComplete' } },
}

/** How a run or a step ended. In shadow mode nothing was written, so "done" would mislead. */
export function RunBadge({ state, shadow }: { state: RunState; shadow: boolean }) {
  if (shadow && state === 'done') return <Badge tone="info">Shadow</Badge>
  const { label, look } = looks[state]
  return <Badge {...look}>{label}</Badge>
}

/** Beside the other, of a run that took back what another did. */
export function UndoBadge() {
  return <Badge tone="info">Undo</Badge>
}

const modes = {
  on: { label: 'On', tone: 'success' },
  shadow: { label: 'Shadow', tone: 'info' },
  off: { label: 'Off', tone: undefined },
} as const

export function ModeBadge({ mode }: { mode: keyof typeof modes }) {
  const { label, tone } = modes[mode]
  return <Badge {...(tone ? { tone } : {})}>{label}</Badge>
}
