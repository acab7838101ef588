/**
 * Takes a change of tags back: what it added goes, where it is there and still ours; what it removed
 * comes back, where it is not there. When it was to go again is forgotten by then. Pure.
 *
 * Tags that had to make room stay out: they were the oldest of ours and next to go in any case, and
 * no rule or merchant asked for them to go or to come.
 */
import type { Undo } from './action.ts'
import type { TagChange } from './tag-change.ts'
import { admit } from './tag-guard.ts'
import { tagKey } from './tags.ts'

export const undoTags: Undo<TagChange> = ({ change }, _facts, target, _occasion, { tagBudget }) => {
  const added = new Set(change.add.map(tagKey))
  const own = new Set(target.ownTags.map(tagKey))
  const remove = target.tags.filter((tag) => added.has(tagKey(tag)) && own.has(tagKey(tag)))

  const gone = new Set(remove.map(tagKey))
  const left = target.tags.filter((tag) => !gone.has(tagKey(tag)))
  const rotated = new Set(change.rotated)
  const carried = new Set(left.map(tagKey))
  const add = change.remove.filter((tag) => !rotated.has(tag) && !carried.has(tagKey(tag)))
  if (remove.length + add.length === 0) return { outcome: 'skip', reason: whyNothing(change) }
  // Nothing else gives way: undoing must not cost the customer another tag.
  const room = admit({ tags: left, ownTags: [] }, add, tagBudget)
  if (!room.ok) {
    return { outcome: 'skip', reason: 'There is no room left to put the tags back.' }
  }

  const tags = [...left, ...add]
  const isTheirs = new Set(change.theirs)
  const theirs = add.filter((tag) => isTheirs.has(tag))
  const stays = (tag: string) => !gone.has(tagKey(tag))
  const back = add.filter((tag) => !isTheirs.has(tag))
  return {
    outcome: 'change',
    change: { add, remove, rotated: [], kept: [], until: null, theirs },
    before: [...target.tags],
    after: tags,
    note: [
      ...(remove.length > 0 ? [`Takes off ${remove.join(', ')}`] : []),
      ...(add.length > 0 ? [`Puts ${add.join(', ')} back`] : []),
    ].join('; '),
    target: {
      ...target,
      tags,
      ownTags: [...target.ownTags.filter(stays), ...back],
      ...(target.expiringTags ? { expiringTags: target.expiringTags.filter(stays) } : {}),
    },
  }
}

/** Without the tags: what fills them may be personal, and reasons are stored in the clear. */
function whyNothing({ add, remove, rotated }: TagChange): string {
  if (add.length > 0) {
    return 'The customer no longer carries what was added, or somebody else added it since.'
  }
  if (remove.length > rotated.length) {
    return 'The customer carries what was removed again.'
  }
  return 'The run only put off the end of tags. That stays.'
}
