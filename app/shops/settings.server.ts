/** What a merchant sets for the whole shop. */
import type { FieldProblem } from '../problem.ts'

export interface Settings {
  /** Days that events, runs and steps are kept: 7 to 730. */
  retentionDays: number
  /** Characters that a customer's joined tags may take, 50 to 5,000; null = Shopify's limits only. */
  tagBudget: number | null
}

export type SettingsOutcome =
  { ok: true; settings: Settings } | { ok: false; problems: FieldProblem[] }

export async function settingsOf(_shop: string): Promise<Settings> {
  throw new Error('Not here yet.')
}
/** `input` as a form gave it: text or numbers; an empty `tagBudget` is null. */
export async function saveSettings(_shop: string, _input: unknown): Promise<SettingsOutcome> {
  throw new Error('Not here yet.')
}
