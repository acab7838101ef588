import { describe, expect, it } from 'vitest'
import { mappingDocument } from '../../../app/sync/document.ts'
import { nameOf } from '../../../app/sync/mapping.ts'
import { presets } from '../../../app/sync/presets.ts'
import {
  blankDraft,
  documentOf,
  documentToTry,
  draftOf,
  fitted,
} from '../../../app/ui/sync/mapping-draft.ts'

const [lifetimeValue = expect.unreachable()] = presets

const saved = (text: string) => mappingDocument.safeParse(JSON.parse(text))

describe('a mapping in the editor', () => {
  it.each(presets.map((preset) => [nameOf(preset), preset] as const))(
    'is saved as it was read: %s',
    (_name, preset) => {
      // A whole number is rounded in any case.
      const decimals = preset.type === 'number_integer' ? null : preset.decimals
      expect(saved(documentOf(draftOf(preset))).data).toEqual({ ...preset, decimals })
    },
  )

  it('can be tried before it has a name', () => {
    expect(saved(documentOf(blankDraft)).success).toBe(false)
    expect(saved(documentToTry(blankDraft)).success).toBe(true)
  })

  it('says at its field what is no number', () => {
    const draft = draftOf({ ...lifetimeValue, gate: { kind: 'amount', amount: 5 } })
    const wrong = { ...draft, decimals: 'two', gate: { ...draft.gate, amount: '' } }
    const paths = saved(documentOf(wrong)).error?.issues.map(({ path }) => path.join('.'))
    expect(paths?.sort()).toEqual(['decimals', 'gate.amount'])
  })

  it('reads a decimal comma', () => {
    const draft = {
      ...draftOf(lifetimeValue),
      gate: { ...blankDraft.gate, kind: 'amount' as const },
    }
    const document = saved(documentOf({ ...draft, gate: { ...draft.gate, amount: '2,5' } })).data
    expect(document?.gate).toEqual({ kind: 'amount', amount: 2.5 })
  })

  it('gets the type that its source and bands need', () => {
    const dated = { ...blankDraft.source, field: 'expected_date_of_next_order' as const }
    expect(fitted({ ...blankDraft, source: dated }).type).toBe('date_time')
    const banded = { ...blankDraft.derive, kind: 'bands' as const }
    expect(fitted({ ...blankDraft, derive: banded }).type).toBe('single_line_text_field')
  })
})

describe('the presets', () => {
  it('have the keys that the theme block asks for', () => {
    expect(presets.map(nameOf)).toEqual(
      expect.arrayContaining([
        'klaviyo.predicted_ltv',
        'klaviyo.churn_probability',
        'klaviyo.ltv_tier',
      ]),
    )
  })
})
