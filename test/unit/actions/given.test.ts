/** What an action gives is there for those behind it: told when a rule is saved. */
import { describe, expect, it } from 'vitest'
import { checkRule } from '../../../app/actions/check-rule.ts'
import { discountCode } from '../../../app/actions/discount-code.ts'
import { actionForms } from '../../../app/ui/action-forms/index.ts'

const code = {
  kind: 'discount-code',
  settings: actionForms.find(({ kind }) => kind === 'discount-code')?.blank,
}
const tag = (template: string) => ({ kind: 'add-tags', settings: { tags: ['plain', template] } })

function problemsOf(...actions: { kind: string; settings: unknown }[]) {
  const checked = checkRule({
    name: 'Rule',
    trigger: { kind: 'any' },
    conditions: { kind: 'group', match: 'all', items: [] },
    actions: actions.map((action, index) => ({ ...action, id: String(index) })),
    noCustomer: { then: 'skip' },
  })
  return checked.ok ? [] : checked.problems
}

describe('a template that uses the code', () => {
  const uses = '{% if discount.worth %}{{ discount.code | downcase }}{% endif %}'

  it('is taken behind the action that makes it', () => {
    expect(problemsOf(code, tag(uses))).toEqual([])
  })

  it('is refused in front of it, with what to do', () => {
    expect(problemsOf(tag(uses), code, tag(uses))).toEqual([
      {
        field: 'actions.0.settings.tags.1',
        message: `What “${discountCode.title}” gives is not there yet: move this action behind it.`,
      },
    ])
  })

  it('is refused without it', () => {
    const [problem] = problemsOf(tag('{{ discount["code"] }}'))
    expect(problem?.field).toBe('actions.0.settings.tags.1')
    expect(problem?.message).toMatch(/add that action/)
  })

  it('is none where another thing has the name', () => {
    expect(
      problemsOf(tag('{{ event.discount.code }} {% assign discount = 1 %}{{ discount }}')),
    ).toEqual([])
  })
})
