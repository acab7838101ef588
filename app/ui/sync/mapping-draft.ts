/**
 * A mapping while it is being edited. Looser than the document: what was typed for one kind of value
 * or gate is kept while another is tried. `documentOf` says what is saved.
 */
import type { MappingDocument } from '../../sync/document.ts'
import { isNumeric, predictions } from '../../sync/mapping.ts'
import type { MappingType, PredictionField } from '../../sync/mapping.ts'

export interface BandDraft {
  /** As typed; of the last band it is not asked. */
  below: string
  label: string
}

export interface MappingDraft {
  source: { kind: 'prediction' | 'property'; field: PredictionField; key: string }
  namespace: string
  key: string
  type: MappingType
  derive: { kind: 'none' | 'bands' | 'liquid'; bands: BandDraft[]; template: string }
  /** As typed; empty = as Klaviyo gives it. */
  decimals: string
  whenEmpty: 'leave' | 'delete'
  gate: { kind: 'any' | 'amount' | 'percent'; amount: string; percent: string }
  name: string
  description: string
  isPinned: boolean
}

const blankBands: BandDraft[] = [
  { below: '100', label: 'low' },
  { below: '500', label: 'medium' },
  { below: '', label: 'high' },
]

export const blankDraft: MappingDraft = {
  source: { kind: 'prediction', field: 'predicted_clv', key: '' },
  namespace: 'klaviyo',
  key: '',
  type: 'number_decimal',
  derive: { kind: 'none', bands: blankBands, template: '' },
  decimals: '',
  whenEmpty: 'leave',
  gate: { kind: 'any', amount: '', percent: '' },
  name: '',
  description: '',
  isPinned: false,
}

export function draftOf(document: MappingDocument): MappingDraft {
  const { source, derive, gate, decimals } = document
  return {
    ...document,
    source: { ...blankDraft.source, ...source },
    derive: {
      kind: derive.kind,
      bands:
        derive.kind === 'bands'
          ? derive.bands.map(({ below, label }) => ({
              below: below === null ? '' : String(below),
              label,
            }))
          : blankBands,
      template: derive.kind === 'liquid' ? derive.template : '',
    },
    decimals: decimals === null ? '' : String(decimals),
    gate: {
      kind: gate.kind,
      amount: gate.kind === 'amount' ? String(gate.amount) : '',
      percent: gate.kind === 'percent' ? String(gate.percent) : '',
    },
  }
}

/** The document to save, as JSON text. The server checks it: nothing here does. */
export function documentOf(draft: MappingDraft): string {
  const { source, derive, decimals, gate, type, ...others } = draft
  return JSON.stringify({
    ...others,
    type,
    source:
      source.kind === 'prediction'
        ? { kind: 'prediction', field: source.field }
        : { kind: 'property', key: source.key },
    derive: deriveOf(derive),
    decimals: canRound(draft) && decimals.trim() !== '' ? numberOf(decimals) : null,
    gate: isNumeric(type) ? gateOf(gate) : { kind: 'any' },
  })
}

/** Whole numbers are rounded anyway. */
export const canRound = ({ type }: MappingDraft) => type === 'number_decimal'

function deriveOf({ kind, bands, template }: MappingDraft['derive']) {
  switch (kind) {
    case 'none':
      return { kind }
    case 'bands':
      return {
        kind,
        bands: bands.map(({ below, label }, index) => ({
          below: index === bands.length - 1 ? null : numberOf(below),
          label,
        })),
      }
    case 'liquid':
      return { kind, template }
  }
}

function gateOf({ kind, amount, percent }: MappingDraft['gate']) {
  switch (kind) {
    case 'any':
      return { kind }
    case 'amount':
      return { kind, amount: numberOf(amount) }
    case 'percent':
      return { kind, percent: numberOf(percent) }
  }
}

/** What is no number stays text, so that the server says so; nothing is not zero. */
function numberOf(text: string): number | string {
  const trimmed = text.trim().replace(',', '.')
  return trimmed === '' || Number.isNaN(Number(trimmed)) ? text : Number(trimmed)
}

const typeFor = {
  number: 'number_decimal',
  date: 'date_time',
  list: 'list.single_line_text_field',
} as const satisfies Record<string, MappingType>

/** The draft with another source or another way to derive, and the type that goes with them. */
export function fitted(draft: MappingDraft): MappingDraft {
  const { source, derive } = draft
  if (derive.kind === 'bands') return { ...draft, type: 'single_line_text_field' }
  const prediction = predictions.find(({ field }) => field === source.field)
  if (derive.kind === 'liquid' || source.kind === 'property' || !prediction) return draft
  return { ...draft, type: typeFor[prediction.is] }
}

/** The document as the sample needs it: what is not filled in yet does not stand in its way. */
export function documentToTry(draft: MappingDraft): string {
  const { source, derive, key, name, gate } = draft
  return documentOf({
    ...draft,
    source: { ...source, key: source.key.trim() || '-' },
    derive: { ...derive, template: derive.template.trim() || '{{ value }}' },
    key: key.trim() || 'not-named-yet',
    name: name.trim() || 'Not named yet',
    // It says when a value is written, not which.
    gate: { ...gate, kind: 'any' },
  })
}
