/** Days as the store lives them, and run ids as points in time. Pure. */

const dayPattern = /^\d{4}-\d{2}-\d{2}$/

/** `2026-03-14` of the calendar, or null. */
export function dayOf(text: string | null): string | null {
  if (!text || !dayPattern.test(text)) return null
  const date = new Date(`${text}T00:00:00Z`)
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text) ? text : null
}

/** The calendar day that it is in the time zone: `2026-03-14`. */
export function dayAt(date: Date, timeZone: string): string {
  return new Intl.DateTimeFormat('en-CA', { timeZone, dateStyle: 'short' }).format(date)
}

export function addDays(day: string, count: number): string {
  const date = new Date(`${day}T00:00:00Z`)
  date.setUTCDate(date.getUTCDate() + count)
  return date.toISOString().slice(0, 10)
}

/** When the day begins in the time zone. */
export function startOfDay(day: string, timeZone: string): Date {
  const wanted = Date.parse(`${day}T00:00:00Z`)
  // The offset is that of the moment we look for, which may lie across a clock change: look twice.
  const near = wanted - offsetMs(new Date(wanted), timeZone)
  const start = wanted - offsetMs(new Date(near), timeZone)
  // Where the clocks skip midnight this is still the day before: the day begins where they land.
  const clock = start + offsetMs(new Date(start), timeZone)
  return new Date(start + Math.max(0, wanted - clock))
}

/** How far the time zone's clock is ahead of UTC at that moment, in milliseconds. */
function offsetMs(at: Date, timeZone: string): number {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  }).formatToParts(at)
  const part = (type: Intl.DateTimeFormatPartTypes) =>
    Number(parts.find((each) => each.type === type)?.value)
  const clock = Date.UTC(
    part('year'),
    part('month') - 1,
    part('day'),
    part('hour'),
    part('minute'),
    part('second'),
  )
  return clock - Math.floor(at.getTime() / 1_000) * 1_000
}

/**
 * The smallest run id of that moment. Run ids are UUIDv7 and begin with the time, so a range of ids
 * is a range of time, and every index that ends in the id serves both.
 */
export function firstIdAt(date: Date): string {
  const hex = Math.max(0, date.getTime()).toString(16).padStart(12, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-7000-8000-000000000000`
}
