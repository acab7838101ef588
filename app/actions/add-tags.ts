/** Adds tags to the customer. Tags the customer already carries stay as they are. */
import { defineAction } from './action.ts'
import { applyTags, rememberTags, tagChange } from './tag-change.ts'
import type { TagChange } from './tag-change.ts'
import { admit } from './tag-guard.ts'
import { renderTags, tagKey, tagSettings } from './tags.ts'
import type { TagSettings } from './tags.ts'

export const addTags = defineAction<TagSettings, TagChange>({
  kind: 'add-tags',
  title: 'Add tags',
  settings: tagSettings,
  change: tagChange,
  describe: ({ tags }) => `Add ${tags.join(', ')}`,
  templates: ({ tags }) => tags.map((template, index) => ({ field: `tags.${index}`, template })),
  plan(settings, facts, target, { tagBudget }) {
    const rendered = renderTags(settings, facts)
    if (!rendered.ok) return { outcome: 'fail', problem: rendered.problem }
    const carried = new Set(target.tags.map(tagKey))
    const add = rendered.tags.filter((tag) => !carried.has(tagKey(tag)))
    if (add.length === 0) {
      return {
        outcome: 'skip',
        reason: `The customer already carries ${rendered.tags.join(', ')}.`,
      }
    }
    const admission = admit(target, rendered.tags, tagBudget)
    if (!admission.ok) return { outcome: 'fail', problem: admission.problem }

    const { rotated } = admission
    const gone = new Set(rotated.map(tagKey))
    const tags = [...target.tags.filter((tag) => !gone.has(tagKey(tag))), ...add]
    const ownTags = [...target.ownTags.filter((tag) => !gone.has(tagKey(tag))), ...add]
    const note = `Adds ${add.join(', ')}`
    return {
      outcome: 'change',
      change: { add, remove: rotated, rotated },
      before: [...target.tags],
      after: tags,
      note: rotated.length === 0 ? note : `${note}; takes out ${rotated.join(', ')} to make room`,
      target: { ...target, tags, ownTags },
    }
  },
  apply: applyTags,
  remember: rememberTags,
})
