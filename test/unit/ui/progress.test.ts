import { describe, expect, it } from 'vitest'
import { progressOf } from '../../../app/ui/operations/progress.ts'

const exactly = (expected: number) => ({ expected, certainty: 'exact' as const })

const counts = (part: object) => ({ done: 0, skipped: 0, failed: 0, waiting: 0, ...part })

describe('how far an operation got', () => {
  it('counts what is over against what is expected', () => {
    expect(progressOf(counts({ done: 90, skipped: 30, waiting: 20 }), exactly(500), false)).toEqual(
      {
        percent: 24,
        text: '120 of 500 runs · 90 done · 30 skipped · 20 waiting',
      },
    )
  })

  it('follows what is there where the preview expected less', () => {
    expect(progressOf(counts({ done: 2, failed: 1, waiting: 1 }), exactly(2), false)).toEqual({
      percent: 75,
      text: '3 of 4 runs · 2 done · 1 failed · 1 waiting',
    })
  })

  it('promises no end where the whole is not known', () => {
    const of = (certainty: 'about' | 'more', isOver = false) =>
      progressOf(counts({ done: 9_000 }), { expected: 10_000, certainty }, isOver)
    const more = '9,000 of more than 10,000 runs · 9,000 done'
    expect(of('more')).toEqual({ percent: null, text: more })
    expect(of('about')).toEqual({ percent: 90, text: more.replace('more than', 'about') })
    expect(of('more', true)).toEqual({ percent: 100, text: '9,000 runs · 9,000 done' })
    const past = progressOf(
      counts({ done: 12_000, waiting: 100 }),
      { expected: 10_000, certainty: 'more' },
      false,
    )
    expect(past.text).toContain('12,000 of more than 12,100 runs')
  })

  it('has nothing to wait for once it is over', () => {
    expect(progressOf(counts({ done: 1 }), exactly(500), true)).toEqual({
      percent: 100,
      text: '1 run · 1 done',
    })
    expect(progressOf(counts({}), exactly(500), true)).toEqual({ percent: 100, text: '0 runs' })
    expect(progressOf(counts({}), exactly(0), false)).toEqual({ percent: 0, text: '0 of 0 runs' })
  })
})
