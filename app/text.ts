/** Text from outside, as it can be stored: PostgreSQL takes neither NUL nor half a surrogate pair. */
import type { Json } from './rules/facts.ts'

export const cleanText = (text: string): string => text.replaceAll('\u0000', '').toWellFormed()

/** The same of all texts in parsed JSON, and of the names of fields, without space around them. */
export function cleanJson(value: Json): Json {
  if (typeof value === 'string') return cleanText(value)
  if (Array.isArray(value)) return value.map(cleanJson)
  return value !== null && typeof value === 'object' ? cleanRecord(value) : value
}

export const cleanRecord = (record: Record<string, Json>): Record<string, Json> =>
  Object.fromEntries(
    Object.entries(record).map(([name, value]) => [cleanText(name).trim(), cleanJson(value)]),
  )

/** The first characters, at most so many; a pair that would be cut in half is left out. */
export function cut(text: string, most: number): string {
  const isWithin = (text.codePointAt(most - 1) ?? 0) <= 0xffff
  return text.slice(0, isWithin ? most : most - 1)
}
