/** Removes tags from the customer, whoever added them: the merchant named them. */
import { defineAction, times } from './action.ts'
import { applyTags, grantsOf, rememberTags, tagChange } from './tag-change.ts'
import type { TagChange } from './tag-change.ts'
import { undoTags } from './tag-undo.ts'
import { asWritten, renderTags, tagKey, tagSettings } from './tags.ts'
import type { TagSettings } from './tags.ts'

export const removeTags = defineAction<TagSettings, TagChange>({
  kind: 'remove-tags',
  title: 'Remove tags',
  settings: tagSettings,
  change: tagChange,
  describe: ({ tags }) => `Remove ${tags.join(', ')}`,
  tally: (count) => `removed tags ${times(count)}`,
  templates: ({ tags }) => tags.map((template, index) => ({ field: `tags.${index}`, template })),
  plan(settings, facts, target) {
    const rendered = renderTags(settings, facts)
    if (!rendered.ok) return { outcome: 'fail', problem: rendered.problem }
    const unwanted = new Set(rendered.tags.map(tagKey))
    const remove = target.tags.filter((tag) => unwanted.has(tagKey(tag)))
    if (remove.length === 0) {
      return { outcome: 'skip', reason: `The customer does not carry ${asWritten(settings)}.` }
    }
    const stays = (tag: string) => !unwanted.has(tagKey(tag))
    const tags = target.tags.filter(stays)
    const own = new Set(target.ownTags.map(tagKey))
    const theirs = remove.filter((tag) => !own.has(tagKey(tag)))
    return {
      outcome: 'change',
      change: {
        add: [],
        remove,
        rotated: [],
        kept: [],
        until: null,
        theirs,
        had: grantsOf(target, remove),
        back: {},
      },
      before: [...target.tags],
      after: tags,
      note: `Removes ${remove.join(', ')}`,
      target: {
        ...target,
        tags,
        ownTags: target.ownTags.filter(stays),
        grants: new Map([...(target.grants ?? [])].filter(([key]) => !unwanted.has(key))),
      },
    }
  },
  apply: applyTags,
  undo: undoTags,
  remember: rememberTags,
})
