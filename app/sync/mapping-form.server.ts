/** Mappings as forms send them: one from the editor, several presets at once, one to try. */
import { z } from 'zod'
import { ProblemError } from '../problem.ts'
import type { FieldProblem, Problem } from '../problem.ts'
import { cleanJson } from '../text.ts'
import { nameOf } from './mapping.ts'
import { saveMapping } from './mappings.server.ts'
import { presets } from './presets.ts'
import { sampleOf } from './sample.server.ts'
import type { SampleOutcome } from './sample.server.ts'

export type SaveFormOutcome =
  | { ok: true; id: string }
  /** Of fields that are wrong, or a problem with all of it. */
  | { ok: false; problems: FieldProblem[]; problem?: Problem }

/** `document` = a MappingDocument as JSON text; a new mapping with `id` null. */
export async function saveFromForm(
  shop: string,
  id: string | null,
  document: string,
): Promise<SaveFormOutcome> {
  try {
    return await saveMapping(shop, id, jsonOf(document))
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error
    return { ok: false, problems: [], problem: error.problem }
  }
}

export interface Added {
  /** How many were saved. */
  count: number
  /** What stood in the way of others, by metafield. */
  problems: FieldProblem[]
  /** Why it could not go on. */
  problem?: Problem
}

/** Saves the presets of these names, `klaviyo.predicted_ltv`. */
export async function addPresets(shop: string, names: readonly string[]): Promise<Added> {
  const added: Added = { count: 0, problems: [] }
  for (const preset of presets.filter((each) => names.includes(nameOf(each)))) {
    const saved = await saveFromForm(shop, null, JSON.stringify(preset))
    if (saved.ok) {
      added.count++
      continue
    }
    if (saved.problem) return { ...added, problem: saved.problem }
    const message = saved.problems.map((each) => each.message).join(' ')
    added.problems.push({ field: nameOf(preset), message: `${nameOf(preset)}: ${message}` })
  }
  return added
}

/** What mappings give for a profile: `email` empty = any; `document` empty = the saved mappings. */
export function sampleFromForm(
  shop: string,
  email: string,
  document: string,
): Promise<SampleOutcome> {
  const unsaved = document === '' ? undefined : (jsonOf(document) ?? null)
  return sampleOf(shop, email.trim() || null, unsaved)
}

/** Undefined where it is no JSON. */
function jsonOf(text: string): unknown {
  try {
    return cleanJson(z.json().parse(JSON.parse(text)))
  } catch {
    return undefined
  }
}
