/** Compares what Klaviyo says with what was last written. Pure. */
import { createHash } from 'node:crypto'
import type { MappingDocument, SyncMapping } from './document.ts'

/** What was last written for a customer, by slot: the value, or the digest of a long one. */
export type Held = Readonly<Record<string, string>>

export type Change =
  | { kind: 'none' }
  | { kind: 'set'; value: string; from: string | null }
  | { kind: 'delete'; from: string | null }

const longestHeld = 40

/** Numbers, dates and bands as they are, since gates and the report compare them. */
export function heldOf(value: string): string {
  if (value.length <= longestHeld) return value
  return `#${createHash('sha256').update(value).digest('base64url').slice(0, 22)}`
}

/**
 * What is to be done so that the customer's metafield says what Klaviyo says. What was not written
 * by the sync is not deleted; what may have been (`isUnsure`) is. `from` is what is held, null for
 * nothing.
 */
export function changeOf(
  { slot, document }: SyncMapping,
  value: string | null,
  held: Held,
  isUnsure = false,
): Change {
  const from = Object.hasOwn(held, slot) ? (held[slot] ?? null) : null
  if (value === null) {
    const isOurs = from !== null || isUnsure
    return isOurs && document.whenEmpty === 'delete' ? { kind: 'delete', from } : { kind: 'none' }
  }
  if (from === heldOf(value)) return { kind: 'none' }
  return passes(document.gate, from, value) ? { kind: 'set', value, from } : { kind: 'none' }
}

function passes(gate: MappingDocument['gate'], from: string | null, value: string): boolean {
  if (gate.kind === 'any' || from === null) return true
  const [before, after] = [Number(from), Number(value)]
  if (!Number.isFinite(before) || !Number.isFinite(after)) return true
  const moved = Math.abs(after - before)
  return gate.kind === 'amount'
    ? moved > gate.amount
    : moved > Math.abs(before) * (gate.percent / 100)
}

/** What is held after a value was written, or with null deleted. */
export function holding(held: Held, slot: string, value: string | null): Held {
  const { [slot]: _before, ...others } = held
  return value === null ? others : { ...others, [slot]: heldOf(value) }
}

/** What is held, less the slots that somebody else may have written. */
export function without(held: Held, slots: readonly string[]): Held {
  return Object.fromEntries(Object.entries(held).filter(([slot]) => !slots.includes(slot)))
}
