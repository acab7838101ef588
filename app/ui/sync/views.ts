/** What the screens of the sync get from their loaders, and words for it. */
import type { useLoaderData } from '@remix-run/react'
import type { MappingView } from '../../sync/mappings.server.ts'
import type { Schedule } from '../../sync/schedule.server.ts'
import type { SyncView } from '../../sync/sync.ts'
import type { ReportPage } from '../../sync/watch.server.ts'

/** As it arrives from a loader. */
type Shown<T> = ReturnType<typeof useLoaderData<() => T>>

export type MappingShown = Shown<MappingView>
export type SyncShown = Shown<SyncView>
export type ScheduleShown = Shown<Schedule>
export type ReportPageShown = Shown<ReportPage>
export type ReportShown = ReportPageShown['report']

export interface WatchedShown {
  sync: SyncShown
  expected: number | null
  underWay: number
}

/** Metafields that are done with, as far as it is known. */
export const metafieldsDone = ({ sync: { counts }, underWay }: WatchedShown): number =>
  counts.written + counts.deleted + counts.failed + underWay

export const counted = (count: number): string => count.toLocaleString('en-US')

/** `1 customer`, `1,204 customers` */
export const countedOf = (count: number, one: string, many = `${one}s`): string =>
  `${counted(count)} ${count === 1 ? one : many}`

/** Whom a sync is about. `mappings` name the one that it may be kept to. */
export function scopeText(
  scope: SyncShown['scope'],
  mappings: readonly { id: string; name: string }[],
): string {
  switch (scope.kind) {
    case 'all':
      return 'Every customer'
    case 'mapping': {
      const mapping = mappings.find(({ id }) => id === scope.id)
      return `Only ${mapping?.name ?? 'one mapping'}`
    }
    case 'segment':
      return `Segment ${scope.name || scope.id}`
    case 'customer':
      return 'One customer'
  }
}

/** Above what a sync that is over has to say. */
export function titleOfProblem({ state, problem }: SyncShown): string {
  if (state === 'failed') return 'The sync failed'
  return problem?.code === 'klaviyo-no-predictions'
    ? 'Klaviyo predicts nothing yet'
    : 'The last sync has something to say'
}

/** `45 s`, `3 min 20 s`, `1 h 5 min` */
export function durationText(ms: number): string {
  const seconds = Math.round(ms / 1_000)
  if (ms > 0 && seconds < 1) return 'below 1 s'
  if (seconds < 60) return `${seconds} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60)
    return seconds % 60 === 0 ? `${minutes} min` : `${minutes} min ${seconds % 60} s`
  return minutes % 60 === 0
    ? `${Math.floor(minutes / 60)} h`
    : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}

/** About how long it will be, without pretending to know seconds. */
export function leftText(ms: number): string {
  const minutes = Math.ceil(ms / 60_000)
  if (ms < 45_000) return 'less than a minute left'
  if (minutes < 90) return `about ${minutes === 1 ? 'a minute' : `${minutes} minutes`} left`
  return `about ${Math.round(minutes / 60)} hours left`
}
