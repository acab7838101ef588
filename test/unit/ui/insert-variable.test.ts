import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { insertVariable } from '../../../app/ui/insert-variable.ts'

/** `|` marks the cursor, two of them a selection. */
function insert(marked: string, filter?: string): string {
  const [before = '', ...rest] = marked.split('¦')
  const [selected = '', after = ''] = rest.length > 1 ? rest : ['', rest[0]]
  const { text, cursor } = insertVariable(
    before + selected + after,
    { start: before.length, end: before.length + selected.length },
    'profile.tier',
    filter,
  )
  return `${text.slice(0, cursor)}¦${text.slice(cursor)}`
}

describe('a variable', () => {
  it.each([
    ['¦', '{{ profile.tier }}¦'],
    ['tier-¦-2026', 'tier-{{ profile.tier }}¦-2026'],
    ['tier-¦old¦-2026', 'tier-{{ profile.tier }}¦-2026'],
    ['{{ year }}-¦', '{{ year }}-{{ profile.tier }}¦'],
    ['{{ ¦ | upcase }}', '{{ profile.tier¦ | upcase }}'],
    ['{{¦ | upcase }}', '{{ profile.tier¦ | upcase }}'],
    ['{{ ¦', '{{ profile.tier }}¦'],
    ['{{¦', '{{ profile.tier }}¦'],
  ])('goes into %s as %s', (marked, wanted) => expect(insert(marked)).toBe(wanted))

  it('takes its filter along, but not into an output that stands', () => {
    expect(insert('{"tier": ¦}', 'json')).toBe('{"tier": {{ profile.tier | json }}¦}')
    expect(insert('{"tier": {{ ¦ | json }}}', 'json')).toBe('{"tier": {{ profile.tier¦ | json }}}')
  })

  it('leaves the rest of the text as it was', () => {
    fc.assert(
      fc.property(fc.string(), fc.nat(), fc.nat(), (text, one, other) => {
        const [a, b] = [one % (text.length + 1), other % (text.length + 1)]
        const [start, end] = [Math.min(a, b), Math.max(a, b)]
        const { text: result, cursor } = insertVariable(text, { start, end }, 'year')
        expect(result.startsWith(text.slice(0, start))).toBe(true)
        expect(result.slice(cursor)).toBe(text.slice(end))
      }),
    )
  })
})
