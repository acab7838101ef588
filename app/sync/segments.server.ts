/** The segments that a sync can be kept to, as the picker shows them. */
import { ProblemError } from '../problem.ts'
import type { Problem } from '../problem.ts'
import { segmentsOf } from '../shops/connection.server.ts'

export type SegmentChoices =
  { ok: true; segments: { id: string; name: string }[] } | { ok: false; problem: Problem }

/** By name, or why Klaviyo could not be asked. */
export async function segmentChoices(shop: string): Promise<SegmentChoices> {
  try {
    const segments = await segmentsOf(shop)
    return { ok: true, segments: segments.toSorted((a, b) => a.name.localeCompare(b.name)) }
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error
    return { ok: false, problem: error.problem }
  }
}
