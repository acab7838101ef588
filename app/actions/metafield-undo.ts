/**
 * Takes a change of a metafield back. A value that was set or cleared comes back only where ours is
 * still there. From a count only what we added is taken off, whoever else counted since. Pure.
 */
import type { Planned, Target, Undo } from './action.ts'
import { isNumber, metafieldTypes } from './metafield-types.ts'
import { difference, isSameValue } from './metafield-values.ts'
import type { MetafieldChange } from './metafield-writes.ts'

export const undoMetafield: Undo<MetafieldChange> = ({ change: made }, _facts, target) => {
  const { name, type } = made
  const held = target.metafields?.get(name) ?? null
  const isOurs =
    held === null ? made.to === null : held.type === type && isSameValue(type, held.value, made.to)

  if (made.counts && isNumber(type)) {
    if (held?.type !== type) return { outcome: 'skip', reason: changedSince(name) }
    // Where there was none, and nobody else counted, there is none again.
    if (isOurs && made.from === null) return put(made, target, null)
    const added = difference(type, made.to ?? '0', made.from ?? '0')
    const to = added && difference(type, held.value, added)
    if (!to) return { outcome: 'skip', reason: `${name} has no room for what it would become.` }
    return put(made, target, to)
  }
  if (!isOurs) return { outcome: 'skip', reason: changedSince(name) }
  const typeBefore = metafieldTypes.find((known) => known === (made.fromType ?? type))
  if (!typeBefore) {
    const reason = `${name} held a value of the type ${made.fromType ?? type}, which the app can’t write.`
    return { outcome: 'skip', reason }
  }
  return put({ ...made, type: typeBefore }, target, made.from)
}

const changedSince = (name: string) => `${name} was changed since, and stays so.`

/** Lets the metafield hold the value, which says whether that counts down. */
function put(
  { name, type, counts }: MetafieldChange,
  target: Target,
  to: string | null,
): Planned<MetafieldChange> {
  const from = target.metafields?.get(name)?.value ?? null
  return {
    outcome: 'change',
    change: { name, type, from, fromType: null, to, counts: counts && to !== null },
    before: { [name]: from },
    after: { [name]: to },
    note: counts
      ? `Takes off what was added to ${name}`
      : to === null
        ? `Clears ${name}`
        : `Puts ${name} back`,
    target: {
      ...target,
      metafields: new Map(target.metafields).set(name, to === null ? null : { type, value: to }),
    },
  }
}
