import { describe, expect, it } from 'vitest'
import { checkRule } from '../../../app/actions/check-rule.ts'
import { readyMade, readyMadeOf } from '../../../app/rulebook/ready-made.ts'
import { valueAt } from '../../../app/ui/answer.ts'
import { documentOf, draftOf } from '../../../app/ui/rule-editor/draft.ts'

describe.each(readyMade)('the ready-made rule $id', ({ id, document, toCheck }) => {
  it('could be saved as it stands', () => {
    const checked = checkRule(document)
    expect(checked.ok ? [] : checked.problems).toEqual([])
  })

  it('goes through the editor unharmed', () => {
    const saved: unknown = JSON.parse(documentOf(draftOf({ mode: 'shadow', document })))
    expect(saved).toEqual(document)
  })

  it('points to what is there', () => {
    expect(toCheck.length).toBeGreaterThan(0)
    for (const { field } of toCheck)
      expect([field, valueAt(document, field)]).not.toContain(undefined)
  })

  it('is found by its id', () => {
    expect(readyMadeOf(id)?.document).toBe(document)
  })
})

it('nothing is found by an id that none has', () => {
  expect(readyMadeOf('no-such')).toBeNull()
  expect(readyMadeOf(null)).toBeNull()
})
