import { expect, it } from 'vitest'
import { counted, countedAs, durationText, leastDurationText } from '../../../app/ui/words.ts'

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

it.each([
  [40, 'More than 40 seconds'],
  [119, 'More than 119 seconds'],
  [3_590, 'More than 59 minutes'],
  [86_400, 'More than 24 hours'],
  [86_400 * 3 - 1, 'More than 2 days'],
])('%i seconds at least: %s', (seconds, words) => {
  expect(leastDurationText(seconds)).toBe(words)
})

it('says of a count how well it is known', () => {
  const of = (certainty: 'exact' | 'about' | 'more') => countedAs(certainty, 10_000, 'run', 'runs')
  expect([of('exact'), of('about'), of('more')]).toEqual([
    '10,000 runs',
    'About 10,000 runs',
    'More than 10,000 runs',
  ])
})
