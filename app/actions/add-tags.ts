/** Adds tags to the customer. Tags the customer already carries stay as they are. */
import { z } from 'zod'
import { defineAction, times } from './action.ts'
import { applyTags, rememberTags, tagChange } from './tag-change.ts'
import type { TagChange } from './tag-change.ts'
import { admit } from './tag-guard.ts'
import { undoTags } from './tag-undo.ts'
import { asWritten, renderTags, tagKey, tagSettings } from './tags.ts'

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
  plan(given, facts, target, { tagBudget }, { at }) {
    const rendered = renderTags(given, facts)
    if (!rendered.ok) return { outcome: 'fail', problem: rendered.problem }
    const carried = new Set(target.tags.map(tagKey))
    const add = rendered.tags.filter((tag) => !carried.has(tagKey(tag)))
    const { removeAfterDays: days } = given
    const until = days === null ? null : new Date(at.getTime() + days * dayMs).toISOString()
    const expiring = new Set(target.expiringTags?.map(tagKey))
    const kept = rendered.tags.filter(
      (tag) => carried.has(tagKey(tag)) && expiring.has(tagKey(tag)),
    )
    if (add.length + kept.length === 0) {
      return { outcome: 'skip', reason: `The customer already carries ${asWritten(given)}.` }
    }
    const admission = admit(target, rendered.tags, tagBudget)
    if (!admission.ok) return { outcome: 'fail', problem: admission.problem }

    const { rotated } = admission
    const gone = new Set(rotated.map(tagKey))
    const tags = [...target.tags.filter((tag) => !gone.has(tagKey(tag))), ...add]
    const ownTags = [...target.ownTags.filter((tag) => !gone.has(tagKey(tag))), ...add]
    const note = [
      ...(add.length > 0 ? [`Adds ${add.join(', ')}`] : []),
      ...(kept.length > 0 ? [`keeps ${kept.join(', ')}`] : []),
    ].join('; ')
    const end = until === null ? '' : ` until ${until.slice(0, 10)}`
    const withEnd = note.charAt(0).toUpperCase() + note.slice(1) + end
    const touched = new Set([...add, ...kept].map(tagKey))
    const others = (target.expiringTags ?? []).filter((tag) => !touched.has(tagKey(tag)))
    const expiringTags = until === null ? others : [...others, ...add, ...kept]
    return {
      outcome: 'change',
      change: { add, remove: rotated, rotated, kept, until, theirs: [] },
      before: [...target.tags],
      after: tags,
      note:
        rotated.length === 0 ? withEnd : `${withEnd}; takes out ${rotated.join(', ')} to make room`,
      target: {
        ...target,
        tags,
        ownTags,
        ...(target.expiringTags || until !== null ? { expiringTags } : {}),
      },
    }
  },
  apply: applyTags,
  undo: undoTags,
  remember: rememberTags,
})
