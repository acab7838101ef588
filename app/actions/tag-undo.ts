/**
 * Takes a change of tags back: what it added goes, where it is there and still of this step; what it
 * removed comes back, where it is not there; what it kept for longer gets back the end it had. Pure.
 *
 * Tags that had to make room stay out: they were the oldest of ours and next to go in any case, and
 * no rule or merchant asked for them to go or to come.
 */
import type { Undo } from './action.ts'
import type { TagChange } from './tag-change.ts'
import { admit } from './tag-guard.ts'
import { tagKey } from './tags.ts'

export const undoTags: Undo<TagChange> = (
  { stepId, change },
  _facts,
  target,
  occasion,
  { tagBudget },
) => {
  const { grants } = target
  const added = new Set(change.add.map(tagKey))
  const isOfStep = (tag: string) => grants?.get(tagKey(tag))?.stepId === stepId
  const remove = target.tags.filter((tag) => added.has(tagKey(tag)) && isOfStep(tag))

  const gone = new Set(remove.map(tagKey))
  const left = target.tags.filter((tag) => !gone.has(tagKey(tag)))
  const rotated = new Set(change.rotated)
  const carried = new Set(left.map(tagKey))
  const add = change.remove.filter((tag) => !rotated.has(tag) && !carried.has(tagKey(tag)))
  const kept = change.kept.filter((tag) => {
    const key = tagKey(tag)
    const now = grants?.get(key)
    const isAsLeft = now?.until === change.until && now.stepId === change.had[key]?.stepId
    return carried.has(key) && isAsLeft
  })
  if (remove.length + add.length + kept.length === 0) {
    return { outcome: 'skip', reason: whyNothing(change) }
  }
  // Nothing else gives way: undoing must not cost the customer another tag.
  const room = admit({ tags: left, ownTags: [] }, add, tagBudget)
  if (!room.ok) {
    return { outcome: 'skip', reason: 'There is no room left to put the tags back.' }
  }

  const tags = [...left, ...add]
  const isTheirs = new Set(change.theirs)
  const theirs = add.filter((tag) => isTheirs.has(tag))
  const ours = add.filter((tag) => !isTheirs.has(tag))
  // Whoever gave them gave them still.
  const back = Object.fromEntries(
    [...ours, ...kept].map(tagKey).map((key) => {
      return [key, change.had[key] ?? { stepId: occasion.stepId, until: null }]
    }),
  )
  return {
    outcome: 'change',
    change: { add, remove, rotated: [], kept, until: null, theirs, had: {}, back },
    before: [...target.tags],
    after: tags,
    note: [
      ...(remove.length > 0 ? [`Takes off ${remove.join(', ')}`] : []),
      ...(add.length > 0 ? [`Puts ${add.join(', ')} back`] : []),
      ...(kept.length > 0 ? [`Gives ${kept.join(', ')} the end back that it had`] : []),
    ].join('; '),
    target: {
      ...target,
      tags,
      ownTags: [...target.ownTags.filter((tag) => !gone.has(tagKey(tag))), ...ours],
      grants: new Map([
        ...[...(grants ?? [])].filter(([key]) => !gone.has(key)),
        ...Object.entries(back),
      ]),
    },
  }
}

/** Without the tags: what fills them may be personal, and reasons are stored in the clear. */
function whyNothing({ add, remove, rotated }: TagChange): string {
  if (add.length > 0) {
    return 'The customer no longer carries what was added, or somebody else or a later run added it since.'
  }
  if (remove.length > rotated.length) {
    return 'The customer carries what was removed again.'
  }
  return 'The run only put off the end of tags. That stays.'
}
