import { fc, test } from './laws.ts'
import { describe, expect, it } from 'vitest'
import { nextRun, shareOf } from '../../../app/sync/schedule.ts'

const zones = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'Asia/Kolkata',
  'Pacific/Apia',
  'Australia/Lord_Howe',
]
const hourAt = (at: Date, timeZone: string) =>
  Number(
    new Intl.DateTimeFormat('en-US', { timeZone, hour: 'numeric', hourCycle: 'h23' }).format(at),
  )

describe('the next night', () => {
  it('follows the clock of the shop through the change of the hour', () => {
    const runs = ['2026-03-27T12:00:00Z', '2026-03-28T12:00:00Z', '2026-10-24T12:00:00Z'].map(
      (after) => nextRun(3, 'Europe/Berlin', new Date(after), 0).toISOString(),
    )
    expect(runs).toEqual([
      '2026-03-28T02:00:00.000Z',
      '2026-03-29T01:00:00.000Z',
      '2026-10-25T02:00:00.000Z',
    ])
  })

  it('comes later where the clock skips its hour, and once where it shows it twice', () => {
    // In New York 2:30 does not exist on 8 March, and 1:30 comes twice on 1 November.
    const skipped = nextRun(2, 'America/New_York', new Date('2026-03-08T00:00:00Z'), 0.5)
    expect(skipped.toISOString()).toBe('2026-03-08T07:30:00.000Z')
    const first = nextRun(1, 'America/New_York', new Date('2026-11-01T00:00:00Z'), 0.5)
    expect(first.toISOString()).toBe('2026-11-01T05:30:00.000Z')
    expect(nextRun(1, 'America/New_York', first, 0.5).toISOString()).toBe(
      '2026-11-02T06:30:00.000Z',
    )
  })

  test.law(
    'lies ahead, within 26 hours, at the hour or where the clock skips it',
    fc.record({
      hour: fc.integer({ min: 0, max: 23 }),
      zone: fc.constantFrom(...zones),
      after: fc.date({
        min: new Date('2024-01-01'),
        max: new Date('2030-01-01'),
        noInvalidDate: true,
      }),
      share: fc.double({ min: 0, max: 0.999, noNaN: true }),
    }),
    ({ hour, zone, after, share }) => {
      const at = nextRun(hour, zone, after, share)
      expect(at.getTime()).toBeGreaterThan(after.getTime())
      expect(at.getTime() - after.getTime()).toBeLessThanOrEqual(26 * 3_600_000)
      const shown = hourAt(at, zone)
      expect([hour, (hour + 1) % 24]).toContain(shown)
    },
  )
})

it('spreads shops over the hour', () => {
  const shares = Array.from({ length: 1_000 }, (_, n) => shareOf(`store-${n}.myshopify.com`))
  const tenths = Array.from(
    { length: 10 },
    (_, tenth) => shares.filter((share) => Math.floor(share * 10) === tenth).length,
  )
  expect(Math.min(...tenths)).toBeGreaterThan(60)
  expect(Math.max(...tenths)).toBeLessThan(150)
})
