import { Badge, InlineStack } from '@shopify/polaris'
import type { BadgeProps } from '@shopify/polaris'
import type { SyncShown } from './views.ts'

type Look = { label: string } & Pick<BadgeProps, 'tone' | 'progress'>

const looks: Record<SyncShown['state'], Look> = {
  running: { label: 'Running', tone: 'attention', progress: 'partiallyComplete' },
  paused: { label: 'Paused', tone: 'warning', progress: 'partiallyComplete' },
  canceled: { label: 'Canceled', progress: 'incomplete' },
  done: { label: 'Done', tone: 'success', progress: 'complete' },
  failed: { label: 'Failed', tone: 'critical', progress: 'incomplete' },
}

/** How a sync stands. A dry run wrote nothing, so "done" alone would mislead. */
export function SyncBadge({ sync }: { sync: Pick<SyncShown, 'state' | 'isDry'> }) {
  const { label, ...look } = looks[sync.state]
  return (
    <InlineStack gap="100" wrap={false}>
      <Badge {...look}>{label}</Badge>
      {sync.isDry ? <Badge tone="info">Dry run</Badge> : null}
    </InlineStack>
  )
}
