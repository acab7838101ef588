import { describe, expect, it } from 'vitest'
import { hasEffect, lineOf, summaryOf } from '../../../app/ui/undo/words.ts'

const used = { reason: 'The code was used, so it stays.', count: 34 }
const sent = { reason: 'A webhook that was sent can’t be taken back.', count: 214 }

describe('the preview of an undo', () => {
  it('counts the runs', () => {
    expect(summaryOf({ runs: 1_214, undoneBefore: 0, effects: [] })).toBe(
      '1,214 runs can be undone.',
    )
    expect(summaryOf({ runs: 1, undoneBefore: 2, effects: [] })).toBe(
      '1 run can be undone. 2 runs were undone before.',
    )
    expect(summaryOf({ runs: 0, undoneBefore: 1, effects: [] })).toBe(
      'There is nothing to undo here. 1 run was undone before.',
    )
  })

  it('says of each action how often it is taken back, and why not the rest', () => {
    expect(lineOf({ title: 'Add tags', count: 214, lost: [] })).toBe('Add tags: 214 times')
    expect(lineOf({ title: 'Add tags', count: 1, lost: [] })).toBe('Add tags: once')
    expect(lineOf({ title: 'Make a code', count: 146, lost: [used] })).toBe(
      'Make a code: 146 of 180. 34: The code was used, so it stays.',
    )
    expect(lineOf({ title: 'Send a webhook', count: 0, lost: [sent] })).toBe(
      'Send a webhook: 0 of 214. A webhook that was sent can’t be taken back.',
    )
    const ended = { reason: 'The code has ended already.', count: 1 }
    expect(lineOf({ title: 'Make a code', count: 0, lost: [used, ended] })).toBe(
      'Make a code: 0 of 35. 34: The code was used, so it stays. 1: The code has ended already.',
    )
  })

  it('knows when nothing would come of it', () => {
    const webhooks = { title: 'Send a webhook', count: 0, lost: [sent] }
    const preview = { runs: 214, undoneBefore: 0, effects: [webhooks] }
    expect(hasEffect(preview)).toBe(false)
    const tags = { title: 'Add tags', count: 1, lost: [] }
    expect(hasEffect({ ...preview, effects: [webhooks, tags] })).toBe(true)
  })
})
