/**
 * A mapping: a Klaviyo property and the customer metafield that it fills, as merchants choose it and
 * as it is stored; checked when it is saved. Pure.
 */
import { z } from 'zod'
import { keyShape, namespaceShape } from '../actions/metafield-names.ts'
import { aboutTypes } from '../actions/metafield-types.ts'
import { checkTemplate } from '../rules/template.ts'
import { isNumeric, mappingTypes, predictions } from './mapping.ts'
import type { MappingType, PredictionField } from './mapping.ts'

const predictionFields = predictions.map(({ field }) => field)

const source = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('prediction'), field: z.enum(predictionFields) }),
  z.object({
    kind: z.literal('property'),
    /** As in Klaviyo. */
    key: z
      .string()
      .trim()
      .min(1, 'Give the name of the profile property.')
      .max(255, 'A property has at most 255 characters.'),
  }),
])

const number = z.number('Enter a number.')

const derive = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('none') }),
  z.object({
    kind: z.literal('bands'),
    /** In order; the last one, whose `below` is null, takes the rest. */
    bands: z
      .array(
        z.object({
          below: number.nullable(),
          label: z
            .string()
            .trim()
            .min(1, 'Name the band.')
            .max(40, 'A band’s name has at most 40 characters.'),
        }),
      )
      .min(2, 'Give two bands at least.')
      .max(10, 'There can be 10 bands.'),
  }),
  z.object({
    kind: z.literal('liquid'),
    /** Knows `value`, `profile` and `predictions`. */
    template: z.string().trim().min(1, 'Write a template.'),
  }),
])

const gate = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('any') }),
  z.object({ kind: z.literal('amount'), amount: number.positive('Enter a number above 0.') }),
  z.object({
    kind: z.literal('percent'),
    percent: number.positive('Enter a number above 0.').max(1000, 'Enter 1,000 at most.'),
  }),
])

export const mappingDocument = z
  .object({
    source,
    namespace: namespaceShape(255),
    key: keyShape,
    type: z.enum(mappingTypes),
    derive,
    /** Decimals of a number; null = as Klaviyo gives it. */
    decimals: z
      .number('Enter a whole number from 0 to 9.')
      .int('Enter a whole number from 0 to 9.')
      .min(0, 'Enter a whole number from 0 to 9.')
      .max(9, 'Enter a whole number from 0 to 9.')
      .nullable(),
    /** What happens to the metafield when Klaviyo has no value. */
    whenEmpty: z.enum(['leave', 'delete']),
    /** Written only if it moved by more than this. */
    gate,
    /** Of the definition, as Shopify's admin shows it. */
    name: z
      .string()
      .trim()
      .min(1, 'Name the metafield.')
      .max(255, 'A name has at most 255 characters.'),
    description: z.string().trim().max(100, 'A description has at most 100 characters.'),
    isPinned: z.boolean(),
  })
  .superRefine((mapping, ctx) => {
    for (const { path, message } of complaints(mapping)) {
      ctx.addIssue({ code: 'custom', path, message })
    }
  })

export type MappingDocument = z.infer<typeof mappingDocument>

interface Complaint {
  path: (string | number)[]
  message: string
}

/** What does not fit together. */
function complaints({ source, type, derive, gate }: z.input<typeof mappingDocument>): Complaint[] {
  const found: Complaint[] = []
  if (derive.kind === 'bands') {
    if (type !== 'single_line_text_field') {
      found.push({ path: ['type'], message: 'Bands give a text: choose Single line text.' })
    }
    if (source.kind === 'prediction' && typeOfPrediction(source.field) !== 'number') {
      found.push({ path: ['derive', 'kind'], message: 'Bands need a number.' })
    }
    for (const [index, { below }] of derive.bands.entries()) {
      const isLast = index === derive.bands.length - 1
      const before = derive.bands[index - 1]?.below
      const path = ['derive', 'bands', index, 'below']
      if (isLast && below !== null) {
        found.push({ path, message: 'The last band takes the rest: leave this empty.' })
      } else if (!isLast && below === null) {
        found.push({ path, message: 'Enter the number below which this band ends.' })
      } else if (below !== null && before != null && below <= before) {
        found.push({ path, message: 'Each band has to end above the one before it.' })
      }
    }
    const labels = derive.bands.map(({ label }) => label.trim())
    const again = labels.findIndex((label, index) => labels.indexOf(label) !== index)
    if (again >= 0) {
      found.push({
        path: ['derive', 'bands', again, 'label'],
        message: 'Two bands have this name.',
      })
    }
  } else if (derive.kind === 'liquid') {
    const message = checkTemplate(derive.template)
    if (message) found.push({ path: ['derive', 'template'], message })
  } else if (source.kind === 'prediction' && !fits(typeOfPrediction(source.field), type)) {
    const wanted = fitting[typeOfPrediction(source.field)].map((each) => aboutTypes[each].name)
    found.push({ path: ['type'], message: `This prediction fits ${wanted.join(', ')}.` })
  }
  if (gate.kind !== 'any' && !isNumeric(type)) {
    found.push({ path: ['gate', 'kind'], message: 'Only a number can move by an amount.' })
  }
  return found
}

type ValueKind = (typeof predictions)[number]['is']

const typeOfPrediction = (wanted: PredictionField): ValueKind =>
  predictions.find(({ field }) => field === wanted)?.is ?? 'number'

const fitting: Readonly<Record<ValueKind, readonly MappingType[]>> = {
  number: ['number_decimal', 'number_integer', 'single_line_text_field'],
  date: ['date_time', 'single_line_text_field'],
  list: ['list.single_line_text_field', 'single_line_text_field', 'json'],
}
const fits = (kind: ValueKind, type: MappingType) => fitting[kind].includes(type)

/** A mapping as the sync carries it, as it was when the sync started. */
export const syncMapping = z.object({
  id: z.string(),
  /** Names what was last written. */
  slot: z.string(),
  document: mappingDocument,
})
export type SyncMapping = z.infer<typeof syncMapping>
