/** What actions that write to Klaviyo have in common. */
import { isDeepStrictEqual } from 'node:util'
import pLimit from 'p-limit'
import { z } from 'zod'
import type { KlaviyoApi } from '../klaviyo/klaviyo.ts'
import { problemOf } from '../problem.ts'
import type { Problem } from '../problem.ts'
import type { Json } from '../rules/facts.ts'
import type { Applied, Intent } from './action.ts'

/** The client paces by Klaviyo's limits; this only bounds what waits in memory. */
const atOnce = 16

/** Writes intent by intent, several at a time; what goes wrong with one is told of that one. */
export function writeEach<Change>(
  intents: Intent<Change>[],
  write: (intent: Intent<Change>) => Promise<void>,
): Promise<Applied[]> {
  return pLimit(atOnce).map(intents, (intent) => tryTo(() => write(intent)))
}

async function tryTo(write: () => Promise<void>): Promise<Applied> {
  try {
    await write()
    return { ok: true }
  } catch (error) {
    return { ok: false, problem: ofThisRun(problemOf(error)) }
  }
}

export const propertyValues = z.record(z.string(), z.json())

export const propertyChange = z.object({
  profileId: z.string(),
  properties: propertyValues,
  /** What each was planned upon; null = the profile had none. */
  from: propertyValues.default({}),
})
export type PropertyChange = z.infer<typeof propertyChange>

type PropertyIntent = Intent<PropertyChange>

/** What is to be set of one profile, by intents whose order is kept. */
interface ProfileWrites {
  profileId: string
  due: Due<PropertyIntent>[]
  properties: Record<string, Json>
}

/** A write, and what of it is still to be set. */
interface Due<Write> {
  write: Write
  properties: Record<string, Json>
}

/**
 * Writes profile properties: those of one profile as one, so that the last one's values stay, and
 * many profiles at once where that is worth it. Nothing is overwritten unseen: what holds neither
 * what a write was planned upon nor what it sets was changed since, and is decided anew.
 */
export async function writeProperties(
  intents: PropertyIntent[],
  klaviyo: KlaviyoApi,
): Promise<Applied[]> {
  const ofProfiles = Map.groupBy(intents, ({ change }) => change.profileId)
  const held = await klaviyo.profiles([...ofProfiles.keys()], {})
  const outcomes = new Map<string, Applied>(intents.map(({ stepId }) => [stepId, decideAnew]))
  const profiles: ProfileWrites[] = []
  for (const [profileId, ofProfile] of ofProfiles) {
    const { done, due } = foldWrites(ofProfile, held.get(profileId)?.properties ?? null)
    for (const { stepId } of done) outcomes.set(stepId, { ok: true })
    const properties = Object.fromEntries(due.flatMap((each) => Object.entries(each.properties)))
    if (due.length > 0) profiles.push({ profileId, due, properties })
  }
  const taken = await importMany(profiles, klaviyo)
  await pLimit(atOnce).map(profiles, async ({ profileId, due, properties }) => {
    const outcome: Applied = taken.has(profileId)
      ? { ok: true }
      : await tryTo(() => klaviyo.setProperties(profileId, properties))
    for (const { write } of due) outcomes.set(write.stepId, outcome)
    if (outcome.ok || outcome.problem.retry !== 'never' || due.length === 1) return
    // Refused together, each answers for itself.
    for (const { write, properties: own } of due) {
      outcomes.set(write.stepId, await tryTo(() => klaviyo.setProperties(profileId, own)))
    }
  })
  return intents.map(({ stepId }) => outcomes.get(stepId) ?? decideAnew)
}

/**
 * Walks along the writes to a profile from what it holds: `done` have taken effect before, `due`
 * follow from what is there; the others were planned upon something else. Null = nothing is known.
 */
export function foldWrites<Write extends { change: PropertyChange }>(
  writes: Write[],
  held: Readonly<Record<string, Json>> | null,
): { done: Write[]; due: Due<Write>[] } {
  if (held === null) {
    return {
      done: [],
      due: writes.map((write) => ({ write, properties: write.change.properties })),
    }
  }
  const now = new Map(Object.entries(held))
  const isNow = (key: string, value: Json | undefined) =>
    value === undefined || isDeepStrictEqual(now.get(key) ?? null, value)
  // Whoever set what is there came after all before it, which are past with it.
  const lastOf = (key: string) =>
    writes.findLastIndex(
      ({ change }) => key in change.properties && isNow(key, change.properties[key]),
    )
  const keys = new Set(writes.flatMap(({ change }) => Object.keys(change.properties)))
  const last = new Map([...keys].map((key) => [key, lastOf(key)]))
  const done: Write[] = []
  const due: Due<Write>[] = []
  for (const [index, each] of writes.entries()) {
    const { properties, from } = each.change
    const open = Object.entries(properties).filter(([key]) => index > (last.get(key) ?? -1))
    if (open.length === 0) done.push(each)
    else if (open.every(([key]) => isNow(key, from[key]))) {
      due.push({ write: each, properties: Object.fromEntries(open) })
      for (const [key, value] of open) now.set(key, value)
    }
  }
  return { done, due }
}

/**
 * Single writes at Klaviyo's pace begin 75 a second, but 750 a minute: more than a second's worth is
 * sooner done by one import, which takes a few requests however many profiles it names.
 */
const mostWrittenSingly = 75

/** The profiles that an import took. What it leaves goes singly. */
async function importMany(writes: ProfileWrites[], klaviyo: KlaviyoApi): Promise<Set<string>> {
  // Only singly is Klaviyo sure to clear with null.
  const fit = writes.filter(({ properties }) => !Object.values(properties).includes(null))
  if (fit.length <= mostWrittenSingly) return new Set()
  try {
    return await klaviyo.importProperties(
      fit.map(({ profileId, properties }) => ({ profileId, properties })),
    )
  } catch (error) {
    // A key that may not import may still write.
    if (problemOf(error).code === 'klaviyo-scope-missing') return new Set()
    throw error
  }
}

const decideAnew: Applied = {
  ok: false,
  decideAnew: true,
  problem: {
    code: 'profile-changed',
    what: 'The profile was changed in Klaviyo since it was decided what to write.',
    remedy: 'It is read and decided anew by itself.',
    retry: 'later',
    retryAfterMs: 1_000,
  },
}

/** Without the right to write, rules that only read go on. */
function ofThisRun(problem: Problem): Problem {
  if (problem.code !== 'klaviyo-scope-missing') return problem
  const { code, what, remedy } = problem
  return { code, what, remedy: `${remedy} Then run this again.`, retry: 'never' }
}

export const noProfile =
  'The event leads to no profile in Klaviyo, so there is nothing to write to.'
