import { describe, expect, it } from 'vitest'
import { progressOf } from '../../../app/ui/operations/progress.ts'

const counts = (part: object) => ({ done: 0, skipped: 0, failed: 0, waiting: 0, ...part })

describe('how far an operation got', () => {
  it('counts what is over against what is expected', () => {
    expect(progressOf(counts({ done: 90, skipped: 30, waiting: 20 }), 500, false)).toEqual({
      percent: 24,
      text: '120 of 500 runs · 90 done · 30 skipped · 20 waiting',
    })
  })

  it('follows what is there where the preview expected less', () => {
    expect(progressOf(counts({ done: 2, failed: 1, waiting: 1 }), 2, false)).toEqual({
      percent: 75,
      text: '3 of 4 runs · 2 done · 1 failed · 1 waiting',
    })
  })

  it('has nothing to wait for once it is over', () => {
    expect(progressOf(counts({ done: 1 }), 500, true)).toEqual({
      percent: 100,
      text: '1 run · 1 done',
    })
    expect(progressOf(counts({}), 500, true)).toEqual({ percent: 100, text: '0 runs' })
    expect(progressOf(counts({}), 0, false)).toEqual({ percent: 0, text: '0 of 0 runs' })
  })
})
