/** How fast a sync goes and how long it will be, from what was seen of it lately. Pure. */

/** What was done by when. */
export interface Sighting {
  atMs: number
  /** Profiles read. */
  read: number
  /** Metafields written, deleted or failed. */
  written: number
}

export interface Pace {
  /** A second. */
  profiles: number
  /** A second. */
  metafields: number
  /** Null while it can't be told. */
  leftMs: number | null
}

/** Klaviyo's limit lets a sync go by bursts: a shorter look would show now all, now nothing. */
const lookBackMs = 30_000

/** The sightings to keep, with the new one. One of another sync, or from before a restart, is none. */
export function sighted(before: readonly Sighting[], now: Sighting): Sighting[] {
  const kept = before.filter(
    ({ atMs, read }) => atMs >= now.atMs - lookBackMs && atMs < now.atMs && read <= now.read,
  )
  return [...kept, now]
}

/**
 * Reading and writing overlap, so the longer of the two says how long it takes. `expected` = profiles
 * to read, null where that is not known; `toWrite` = metafields known of so far.
 */
export function paceOf(
  sightings: readonly Sighting[],
  goal: { expected: number | null; isReadThrough: boolean; toWrite: number },
): Pace {
  const [first, last] = [sightings[0], sightings.at(-1)]
  const seconds = first && last ? (last.atMs - first.atMs) / 1_000 : 0
  if (!first || !last || seconds <= 0) return { profiles: 0, metafields: 0, leftMs: null }
  const profiles = (last.read - first.read) / seconds
  const metafields = (last.written - first.written) / seconds
  const writing = left(goal.toWrite - last.written, metafields)
  if (goal.isReadThrough) return { profiles, metafields, leftMs: writing }
  const reading = goal.expected === null ? null : left(goal.expected - last.read, profiles)
  const leftMs = reading === null ? null : Math.max(reading, writing ?? 0)
  return { profiles, metafields, leftMs }
}

/** Milliseconds, or null where there is no telling: more was read than last time, or it stands still. */
function left(rest: number, perSecond: number): number | null {
  if (rest === 0) return 0
  return rest > 0 && perSecond > 0 ? (1_000 * rest) / perSecond : null
}
