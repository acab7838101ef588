/** Adds tags to the customer. Tags the customer already carries stay as they are. */
import { z } from 'zod'
import { defineAction, times } from './action.ts'
import type { Target } from './action.ts'
import { applyTags, grantsOf, laterEnd, rememberTags, tagChange } from './tag-change.ts'
import type { TagChange } from './tag-change.ts'
import { admit } from './tag-guard.ts'
import { undoTags } from './tag-undo.ts'
import { asWritten, renderTags, tagKey, tagSettings } from './tags.ts'
import type { TagSettings } from './tags.ts'

const dayMs = 24 * 3_600_000

const settings = tagSettings.extend({
  /** Null = they stay. Forms give numbers as they were typed. */
  removeAfterDays: z.preprocess(
    (typed) => (typed === '' || typed == null ? null : Number(typed)),
    z
      .int('Give the days as a whole number.')
      .min(1, 'At least 1 day.')
      .max(3_650, 'At most 3,650 days.')
      .nullable(),
  ),
})

export const addTags = defineAction<z.infer<typeof settings>, TagChange>({
  kind: 'add-tags',
  title: 'Add tags',
  settings,
  change: tagChange,
  describe: ({ tags, removeAfterDays: days }) =>
    `Add ${tags.join(', ')}${days === null ? '' : ` for ${days === 1 ? 'a day' : `${days} days`}`}`,
  tally: (count) => `added tags ${times(count)}`,
  templates: ({ tags }) => tags.map((template, index) => ({ field: `tags.${index}`, template })),
  plan(given, facts, target, { tagBudget }, { stepId, at }) {
    const rendered = renderTags(given, facts)
    if (!rendered.ok) return { outcome: 'fail', problem: rendered.problem }
    const carried = new Set(target.tags.map(tagKey))
    const add = rendered.tags.filter((tag) => !carried.has(tagKey(tag)))
    const { removeAfterDays: days } = given
    const until = days === null ? null : new Date(at.getTime() + days * dayMs).toISOString()
    // Another rule may have given one for longer.
    const kept = rendered.tags.filter((tag) => {
      const held = target.grants?.get(tagKey(tag))
      return carried.has(tagKey(tag)) && held && laterEnd(held.until, until) !== held.until
    })
    if (add.length + kept.length === 0) {
      return { outcome: 'skip', reason: alreadyThere(given, rendered.tags, target) }
    }
    const admission = admit(target, rendered.tags, tagBudget)
    if (!admission.ok) return { outcome: 'fail', problem: admission.problem }

    const { rotated } = admission
    const gone = new Set(rotated.map(tagKey))
    const tags = [...target.tags.filter((tag) => !gone.has(tagKey(tag))), ...add]
    const ownTags = [...target.ownTags.filter((tag) => !gone.has(tagKey(tag))), ...add]
    const note = [
      ...(add.length > 0 ? [`Adds ${add.join(', ')}`] : []),
      ...(kept.length > 0 ? [`keeps ${kept.join(', ')}${until === null ? ' for good' : ''}`] : []),
    ].join('; ')
    const end = until === null ? '' : ` until ${dayOf(until)}`
    const withEnd = note.charAt(0).toUpperCase() + note.slice(1) + end
    const had = grantsOf(target, kept)
    return {
      outcome: 'change',
      change: { add, remove: rotated, rotated, kept, until, theirs: [], had, back: {} },
      before: [...target.tags],
      after: tags,
      note:
        rotated.length === 0 ? withEnd : `${withEnd}; takes out ${rotated.join(', ')} to make room`,
      target: {
        ...target,
        tags,
        ownTags,
        grants: new Map([
          ...[...(target.grants ?? [])].filter(([key]) => !gone.has(key)),
          ...add.map((tag) => [tagKey(tag), { stepId, until }] as const),
          ...Object.entries(had).map(([key, grant]) => [key, { ...grant, until }] as const),
        ]),
      },
    }
  },
  apply: applyTags,
  undo: undoTags,
  remember: rememberTags,
})

/** Ends are told in whole days, as UTC has them. */
const dayOf = (until: string) => until.slice(0, 10)

function alreadyThere(given: TagSettings, tags: readonly string[], target: Target): string {
  const ends = Object.values(grantsOf(target, tags)).flatMap(({ until }) => until ?? [])
  const first = ends.sort()[0]
  const known = `The customer already carries ${asWritten(given)}`
  return first === undefined ? `${known}.` : `${known}, until ${dayOf(first)} at least.`
}
