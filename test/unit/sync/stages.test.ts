import { describe, expect, it } from 'vitest'
import { advance, idle } from '../../../app/sync/stages.ts'
import type { Stage, Step } from '../../../app/sync/stages.ts'

const soon = () => Date.now() + 5_000

/** Does each of the steps, then idles. */
const script = (...steps: Step[]): Stage & { taken: number } => {
  const stage = {
    taken: 0,
    step: () => {
      stage.taken++
      return Promise.resolve(steps.shift() ?? idle)
    },
  }
  return stage
}

describe('stages', () => {
  it('wake one another: what one brings, the others look for', async () => {
    const store: number[] = []
    const taken: number[] = []
    let left = 5
    const maker: Stage = {
      step: () => {
        if (left === 0) return Promise.resolve(idle)
        store.push(left--)
        return Promise.resolve<Step>('did')
      },
    }
    const taker: Stage = {
      // Slower than the maker: what came while it looked must not be missed.
      step: async () => {
        const next = store.shift()
        await new Promise((resolve) => setTimeout(resolve, 5))
        if (next === undefined) return idle
        taken.push(next)
        return 'did'
      },
    }
    expect(await advance([maker, taker], soon())).toBe(Infinity)
    expect(taken).toEqual([5, 4, 3, 2, 1])
  })

  it('end early with the time until the first of them is due', async () => {
    const waitMs = await advance([script({ idleMs: 60_000 }), script({ idleMs: 30_000 })], soon())
    expect(waitMs).toBeGreaterThan(29_000)
    expect(waitMs).toBeLessThanOrEqual(30_000)
  })

  it('all end before an error goes up', async () => {
    let hasEnded = false
    const slow: Stage = {
      step: async () => {
        await new Promise((resolve) => setTimeout(resolve, 20))
        hasEnded = true
        return 'did'
      },
    }
    const failing: Stage = { step: () => Promise.reject(new Error('no')) }
    await expect(advance([slow, failing], soon())).rejects.toThrow('no')
    expect(hasEnded).toBe(true)
  })

  it('take no step once the time is over', async () => {
    const stage = script('did', 'did')
    await advance([stage], Date.now() - 1)
    expect(stage.taken).toBe(0)
  })
})
