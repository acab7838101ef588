import { useStore } from './store.tsx'

/** A moment as `Mar 14, 09:30` on the store's clock; year and seconds too when `full`. */
export function Time({ at, full = false }: { at: string; full?: boolean }) {
  const { timeZone } = useStore()
  return (
    <time dateTime={at} style={{ whiteSpace: 'nowrap' }}>
      {timeText(at, timeZone, full)}
    </time>
  )
}

export function timeText(at: string, timeZone: string, full = false): string {
  return new Intl.DateTimeFormat('en-US', {
    timeZone,
    month: 'short',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    ...(full ? { year: 'numeric', second: '2-digit' } : {}),
  }).format(new Date(at))
}
