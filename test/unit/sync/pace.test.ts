import { describe, expect, it } from 'vitest'
import { paceOf, sighted } from '../../../app/ui/sync/pace.ts'
import { durationText, leftText } from '../../../app/ui/sync/views.ts'

const at = (seconds: number, read: number, written = 0) => ({
  atMs: seconds * 1_000,
  read,
  written,
})

describe('what is kept of a sync’s sightings', () => {
  it('is the last half minute', () => {
    expect(sighted([at(0, 10), at(20, 20)], at(40, 30))).toEqual([at(20, 20), at(40, 30)])
  })

  it('is nothing of another sync, which had read more', () => {
    expect(sighted([at(0, 900)], at(2, 5))).toEqual([at(2, 5)])
  })
})

describe('the pace', () => {
  const reading = { expected: 1_000, isReadThrough: false, toWrite: 0 }

  it('tells how long the reading takes, by the sync before', () => {
    expect(paceOf([at(0, 100), at(10, 300)], reading)).toEqual({
      profiles: 20,
      metafields: 0,
      leftMs: 35_000,
    })
  })

  it('waits for the slower of reading and writing', () => {
    const sightings = [at(0, 0, 0), at(10, 500, 10)]
    expect(paceOf(sightings, { ...reading, toWrite: 110 }).leftMs).toBe(100_000)
  })

  it('counts the writing alone once all is read', () => {
    const goal = { expected: null, isReadThrough: true, toWrite: 30 }
    expect(paceOf([at(0, 9, 0), at(10, 9, 20)], goal).leftMs).toBe(5_000)
  })

  it.each([
    ['nothing was seen twice', [at(0, 5)], reading],
    ['there was no sync before', [at(0, 0), at(1, 9)], { ...reading, expected: null }],
    ['more is read than last time', [at(0, 0), at(1, 1_001)], reading],
    ['it stands still', [at(0, 9), at(9, 9)], reading],
  ])('is silent about the end when %s', (_why, sightings, goal) => {
    expect(paceOf(sightings, goal).leftMs).toBeNull()
  })
})

describe('times in words', () => {
  it.each([
    [0, '0 s'],
    [300, 'below 1 s'],
    [45_000, '45 s'],
    [180_000, '3 min'],
    [200_000, '3 min 20 s'],
    [3_900_000, '1 h 5 min'],
  ])('%i ms is %s', (ms, text) => expect(durationText(ms)).toBe(text))

  it.each([
    [10_000, 'less than a minute left'],
    [50_000, 'about a minute left'],
    [130_000, 'about 3 minutes left'],
    [7_300_000, 'about 2 hours left'],
  ])('%i ms is %s', (ms, text) => expect(leftText(ms)).toBe(text))
})
