/** Counts and durations as people say them. Pure. */

/** "1 run", "1,204 runs". */
export const counted = (count: number, one: string, many: string): string =>
  `${count.toLocaleString('en-US')} ${count === 1 ? one : many}`

/** "10 points", "About 10 points", "More than 10 points": as well as it is known. */
export const countedAs = (
  certainty: 'exact' | 'about' | 'more',
  count: number,
  one: string,
  many: string,
): string => `${prefixes[certainty]}${counted(count, one, many)}`

const prefixes = { exact: '', about: 'About ', more: 'More than ' }

/** "More than 40 seconds", "More than 3 hours": never more than it takes. */
export function leastDurationText(seconds: number): string {
  const [size, one, many] = [
    [86_400, 'day', 'days'] as const,
    [3_600, 'hour', 'hours'] as const,
    [60, 'minute', 'minutes'] as const,
  ].find(([size]) => seconds >= 2 * size) ?? [1, 'second', 'seconds']
  return `More than ${counted(Math.floor(seconds / size), one, many)}`
}

/** "Less than a minute", "About 3 hours". */
export function durationText(seconds: number): string {
  if (seconds < 60) return 'Less than a minute'
  const minutes = Math.round(seconds / 60)
  if (minutes < 60) return `About ${counted(minutes, 'minute', 'minutes')}`
  const hours = Math.round(seconds / 3_600)
  if (hours < 48) return `About ${counted(hours, 'hour', 'hours')}`
  return `About ${counted(Math.round(hours / 24), 'day', 'days')}`
}
