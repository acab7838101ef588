/** What actions that write to Klaviyo have in common. */
import pLimit from 'p-limit'
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

/** Without the right to write, rules that only read go on. */
function ofThisRun(problem: Problem): Problem {
  if (problem.code !== 'klaviyo-scope-missing') return problem
  const { code, what, remedy } = problem
  return { code, what, remedy: `${remedy} Then run this again.`, retry: 'never' }
}

export const noProfile =
  'The event leads to no profile in Klaviyo, so there is nothing to write to.'
