/** When the nightly sync runs. Pure. */

const hourMs = 3_600_000

/**
 * The next moment after `after` at which the clock of the time zone shows the hour, put off by the
 * shop's own share of an hour, so that many shops spread over it. Where the clock skips the hour in
 * spring, the sync runs as much later; where it shows it twice, at the first time.
 */
export function nextRun(hour: number, timeZone: string, after: Date, share: number): Date {
  for (let day = -1; ; day++) {
    const { year, month, date } = wallOf(timeZone, after.getTime())
    const wall = Date.UTC(year, month - 1, date + day, hour) + Math.floor(share * hourMs)
    const at = momentAt(wall, timeZone)
    if (at > after.getTime()) return new Date(at)
  }
}

/** A share of an hour, 0 up to 1, that is always the same for a shop. */
export function shareOf(shop: string): number {
  // FNV-1a: spreads names that differ in a letter.
  let hash = 0x811c9dc5
  for (const character of shop) {
    hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193) >>> 0
  }
  return hash / 2 ** 32
}

/** The first moment at which the zone's clock shows this, `wall` being the same reading as UTC. */
function momentAt(wall: number, timeZone: string): number {
  // Offsets of a day before and after cover any change of the clock between them.
  const offsets = [wall - 24 * hourMs, wall + 24 * hourMs].map((at) => offsetAt(at, timeZone))
  const candidates = offsets.map((offset) => wall - offset).sort((a, b) => a - b)
  const shown = candidates.find((at) => at + offsetAt(at, timeZone) === wall)
  return shown ?? Math.max(...candidates)
}

/** How far the zone's clock is ahead of UTC at that moment. */
function offsetAt(at: number, timeZone: string): number {
  const { year, month, date, hour, minute, second } = wallOf(timeZone, at)
  const seconds = Math.floor(at / 1_000) * 1_000
  return Date.UTC(year, month - 1, date, hour, minute, second) - seconds
}

const clocks = new Map<string, Intl.DateTimeFormat>()

function wallOf(timeZone: string, at: number) {
  const clock =
    clocks.get(timeZone) ??
    new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    })
  clocks.set(timeZone, clock)
  const parts = new Map(clock.formatToParts(at).map(({ type, value }) => [type, Number(value)]))
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? 0
  return {
    year: part('year'),
    month: part('month'),
    date: part('day'),
    hour: part('hour'),
    minute: part('minute'),
    second: part('second'),
  }
}
