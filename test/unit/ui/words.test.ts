import { expect, it } from 'vitest'
import { counted, durationText } from '../../../app/ui/words.ts'

it('counts one and many', () => {
  expect([counted(1, 'run', 'runs'), counted(1_204, 'run', 'runs')]).toEqual([
    '1 run',
    '1,204 runs',
  ])
})

it.each([
  [0, 'Less than a minute'],
  [59, 'Less than a minute'],
  [60, 'About 1 minute'],
  [3_000, 'About 50 minutes'],
  [3_590, 'About 1 hour'],
  [86_400, 'About 24 hours'],
  [86_400 * 3, 'About 3 days'],
])('%i seconds: %s', (seconds, words) => {
  expect(durationText(seconds)).toBe(words)
})
