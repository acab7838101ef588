/** Whether a document is a rule that can be saved: its shape, its actions' settings, its templates. */
import type { FieldProblem } from '../problem.ts'
import { ruleSchema } from '../rules/rule.ts'
import type { Rule } from '../rules/rule.ts'
import { usesOf } from '../rules/template.ts'
import { actionOf, actions as known } from './index.ts'

export type CheckedRule = { ok: true; rule: Rule } | { ok: false; problems: FieldProblem[] }

/** Problems carry paths into the document: `actions.0.settings.tags.1`. */
export function checkRule(document: unknown): CheckedRule {
  const parsed = ruleSchema.safeParse(document)
  const ofShape = (parsed.error?.issues ?? []).map(({ path, message }) => ({
    field: path.join('.') || 'rule',
    message,
  }))
  // All at once: what is wrong with the actions is told even while the rest is not right yet.
  const { actions = [] } = actionsOnly.safeParse(document).data ?? {}
  const problems = [...ofShape, ...actions.flatMap(checkAction), ...notGivenYet(actions)]
  return parsed.success && problems.length === 0
    ? { ok: true, rule: parsed.data }
    : { ok: false, problems }
}

const actionsOnly = ruleSchema.pick({ actions: true })

function checkAction({ kind, settings }: Rule['actions'][number], index: number): FieldProblem[] {
  const action = actionOf(kind)
  if (!action) return [{ field: `actions.${index}.kind`, message: `There is no action “${kind}”.` }]
  return action
    .check(settings)
    .map(({ field, message }) => ({ field: `actions.${index}.settings.${field}`, message }))
}

/** Templates that use what only an action behind theirs gives, or none of the rule: it would be empty. */
function notGivenYet(actions: Rule['actions']): FieldProblem[] {
  return actions.flatMap(({ kind, settings }, index) => {
    const action = actionOf(kind)
    if (!action || action.check(settings).length > 0) return []
    const before = actions.slice(0, index).map((each) => each.kind)
    return action.templates(settings).flatMap(({ field, template }) => {
      const uses = new Set(usesOf(template))
      const missing = known.find(
        (each) =>
          !before.includes(each.kind) && Object.keys(each.sample).some((name) => uses.has(name)),
      )
      if (!missing) return []
      const isBehind = actions.some((each) => each.kind === missing.kind)
      const message = isBehind
        ? `What “${missing.title}” gives is not there yet: move this action behind it.`
        : `This uses what “${missing.title}” gives: add that action in front of this one.`
      return [{ field: `actions.${index}.settings.${field}`, message }]
    })
  })
}
