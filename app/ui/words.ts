/** Counts and durations as people say them. Pure. */

/** "1 run", "1,204 runs". */
export const counted = (count: number, one: string, many: string): string =>
  `${count.toLocaleString('en-US')} ${count === 1 ? one : many}`

/** "Less than a minute", "About 3 hours". */
export function durationText(seconds: number): string {
  if (seconds < 60) return 'Less than a minute'
  const minutes = Math.round(seconds / 60)
  if (minutes < 60) return `About ${counted(minutes, 'minute', 'minutes')}`
  const hours = Math.round(seconds / 3_600)
  if (hours < 48) return `About ${counted(hours, 'hour', 'hours')}`
  return `About ${counted(Math.round(hours / 24), 'day', 'days')}`
}
