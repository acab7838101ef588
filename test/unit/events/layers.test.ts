import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { layersOf } from '../../../app/events/layers.ts'

const effects = fc.array(
  fc.record({
    kind: fc.constantFrom('add-tags', 'remove-tags', 'code'),
    customer: fc.constantFrom('a', 'b', 'c', 'd'),
  }),
)

describe('layers', () => {
  it('carry effects of one kind on many customers out together', () => {
    const many = Array.from({ length: 50 }, (_, index) => ({
      kind: 'add-tags',
      customer: String(index),
    }))
    expect(layersOf(many)).toEqual([many])
  })

  it('lose nothing, mix no kinds, and keep the order on each customer', () => {
    fc.assert(
      fc.property(effects, (list) => {
        const numbered = list.map((effect, index) => ({ ...effect, index }))
        const layers = layersOf(numbered)
        const flat = layers.flat()
        expect(flat).toHaveLength(numbered.length)
        for (const layer of layers) expect(new Set(layer.map(({ kind }) => kind)).size).toBe(1)
        for (const customer of ['a', 'b', 'c', 'd']) {
          const order = flat
            .filter((effect) => effect.customer === customer)
            .map(({ index }) => index)
          expect(order).toEqual([...order].sort((x, y) => x - y))
        }
      }),
    )
  })
})
