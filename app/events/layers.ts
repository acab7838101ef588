/**
 * In which order and how much at once. Pure.
 *
 * Effects on the same customer keep the order of events and actions; everything else may go
 * together, since one request carries many effects of a kind.
 */
export interface Effect {
  kind: string
  customer: string
}

/** Groups to carry out one after the other; all effects of a group are of one kind. */
export function layersOf<T extends Effect>(effects: readonly T[]): T[][] {
  const depths = new Map<string, { kind: string; depth: number }>()
  const layers = new Map<string, { depth: number; effects: T[] }>()
  for (const effect of effects) {
    const last = depths.get(effect.customer)
    const depth = !last ? 0 : last.kind === effect.kind ? last.depth : last.depth + 1
    depths.set(effect.customer, { kind: effect.kind, depth })
    const key = `${depth} ${effect.kind}`
    const layer = layers.get(key)
    if (layer) layer.effects.push(effect)
    else layers.set(key, { depth, effects: [effect] })
  }
  return [...layers.values()].sort((a, b) => a.depth - b.depth).map((layer) => layer.effects)
}
