/** What actions that write to Klaviyo have in common. */
import pLimit from 'p-limit'
import type { KlaviyoApi, PropertyWrite } from '../klaviyo/klaviyo.ts'
import { problemOf } from '../problem.ts'
import type { Problem } from '../problem.ts'
import type { Applied, Intent } from './action.ts'

/** The client paces by Klaviyo's limits; this only bounds what waits in memory. */
const atOnce = 16

/** Writes intent by intent, several at a time; what goes wrong with one is told of that one. */
export function writeEach<Change>(
  intents: Intent<Change>[],
  write: (intent: Intent<Change>) => Promise<void>,
): Promise<Applied[]> {
  return pLimit(atOnce).map(intents, async (intent): Promise<Applied> => {
    try {
      await write(intent)
      return { ok: true }
    } catch (error) {
      return { ok: false, problem: ofThisRun(problemOf(error)) }
    }
  })
}

/**
 * Single writes at Klaviyo's pace begin 75 a second, but 750 a minute: more than a second's worth is
 * sooner done by one import, which takes a few requests however many profiles it names.
 */
const mostWrittenSingly = 75

type PropertyIntent = Intent<PropertyWrite>

/** Writes profile properties, many at once where that is worth it. What an import leaves goes singly. */
export async function writeProperties(
  intents: PropertyIntent[],
  klaviyo: KlaviyoApi,
): Promise<Applied[]> {
  const taken = await importMany(intents, klaviyo)
  const left = intents.filter(({ stepId }) => !taken.has(stepId))
  const outcomes = await writeEach(left, ({ change: { profileId, properties } }) =>
    klaviyo.setProperties(profileId, properties),
  )
  const ofLeft = new Map(left.map(({ stepId }, index) => [stepId, outcomes[index]]))
  return intents.map(({ stepId }) => ofLeft.get(stepId) ?? { ok: true })
}

/** The steps whose write an import carried out. */
async function importMany(intents: PropertyIntent[], klaviyo: KlaviyoApi): Promise<Set<string>> {
  // Only singly is Klaviyo sure to clear with null, and to keep to an order.
  const perProfile = new Map<string, PropertyIntent>()
  for (const intent of intents) {
    const { profileId, properties } = intent.change
    if (Object.values(properties).includes(null) || perProfile.has(profileId)) continue
    perProfile.set(profileId, intent)
  }
  if (perProfile.size <= mostWrittenSingly) return new Set()
  try {
    const taken = await klaviyo.importProperties(
      [...perProfile.values()].map(({ change }) => change),
    )
    return new Set(
      [...perProfile].flatMap(([profileId, { stepId }]) => (taken.has(profileId) ? [stepId] : [])),
    )
  } catch (error) {
    // A key that may not import may still write.
    if (problemOf(error).code === 'klaviyo-scope-missing') return new Set()
    throw error
  }
}

/** Without the right to write, rules that only read go on. */
function ofThisRun(problem: Problem): Problem {
  if (problem.code !== 'klaviyo-scope-missing') return problem
  const { code, what, remedy } = problem
  return { code, what, remedy: `${remedy} Then run this again.`, retry: 'never' }
}

export const noProfile =
  'The event leads to no profile in Klaviyo, so there is nothing to write to.'
