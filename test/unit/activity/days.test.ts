import fc from 'fast-check'
import { v7 as uuidv7 } from 'uuid'
import { describe, expect, it } from 'vitest'
import { addDays, dayAt, dayOf, firstIdAt, startOfDay } from '../../../app/activity/days.ts'

const zones = [
  'UTC',
  'America/New_York',
  'America/St_Johns',
  'America/Santiago',
  'Atlantic/Azores',
  'Europe/Berlin',
  'Asia/Kolkata',
  'Asia/Kathmandu',
  'Australia/Lord_Howe',
  'Pacific/Auckland',
  'Pacific/Kiritimati',
  'Pacific/Pago_Pago',
]
const zone = fc.constantFrom(...zones)
const moment = fc.date({
  min: new Date('2020-01-01T00:00:00Z'),
  max: new Date('2035-01-01T00:00:00Z'),
  noInvalidDate: true,
})

describe('a day in an address', () => {
  it('is one of the calendar', () => {
    expect(dayOf('2026-03-14')).toBe('2026-03-14')
    expect(dayOf('2028-02-29')).toBe('2028-02-29')
  })

  it.each([null, '', '2026-02-29', '2026-13-01', '2026-1-1', '14.03.2026', '2026-03-14T00:00'])(
    'is not %j',
    (text) => expect(dayOf(text)).toBeNull(),
  )
})

describe('days', () => {
  it('go on over months, years and leap days', () => {
    expect(addDays('2026-12-31', 1)).toBe('2027-01-01')
    expect(addDays('2028-02-28', 1)).toBe('2028-02-29')
    expect(addDays('2026-03-01', -1)).toBe('2026-02-28')
  })

  it('are those of the store, not of the server', () => {
    const evening = new Date('2026-03-14T23:30:00Z')
    expect(dayAt(evening, 'America/New_York')).toBe('2026-03-14')
    expect(dayAt(evening, 'Europe/Berlin')).toBe('2026-03-15')
  })
})

describe('the start of a day', () => {
  it.each([
    ['2026-07-01', 'UTC', '2026-07-01T00:00:00.000Z'],
    ['2026-07-01', 'Europe/Berlin', '2026-06-30T22:00:00.000Z'],
    ['2026-01-01', 'Pacific/Auckland', '2025-12-31T11:00:00.000Z'],
    // Clocks change later on these days, so they begin by the old time.
    ['2026-03-29', 'Europe/Berlin', '2026-03-28T23:00:00.000Z'],
    ['2026-10-25', 'Europe/Berlin', '2026-10-24T22:00:00.000Z'],
    ['2026-03-08', 'America/New_York', '2026-03-08T05:00:00.000Z'],
    // And the days after them by the new one.
    ['2026-03-30', 'Europe/Berlin', '2026-03-29T22:00:00.000Z'],
    ['2026-11-02', 'America/New_York', '2026-11-02T05:00:00.000Z'],
    // On these the clocks skip midnight.
    ['2026-09-06', 'America/Santiago', '2026-09-06T04:00:00.000Z'],
    ['2026-03-08', 'America/Havana', '2026-03-08T05:00:00.000Z'],
    // And on this one midnight comes twice.
    ['2026-11-01', 'America/Havana', '2026-11-01T04:00:00.000Z'],
  ])('%s in %s', (day, timeZone, start) => {
    expect(startOfDay(day, timeZone).toISOString()).toBe(start)
  })

  it('parts one day from the next, in every zone, whatever the clocks do', () => {
    fc.assert(
      fc.property(moment, zone, (at, timeZone) => {
        const day = dayAt(at, timeZone)
        const start = startOfDay(day, timeZone)
        expect(start.getTime()).toBeLessThanOrEqual(at.getTime())
        expect(startOfDay(addDays(day, 1), timeZone).getTime()).toBeGreaterThan(at.getTime())
        expect(dayAt(start, timeZone)).toBe(day)
        expect(dayAt(new Date(start.getTime() - 1), timeZone)).toBe(addDays(day, -1))
      }),
      { numRuns: 500 },
    )
  })
})

describe('the first run id of a moment', () => {
  it('comes after every id made before, and not after those made since', () => {
    fc.assert(
      fc.property(moment, fc.nat(1_000_000), (at, laterMs) => {
        const first = firstIdAt(at)
        expect(uuidv7({ msecs: at.getTime() - 1 }) < first).toBe(true)
        expect(uuidv7({ msecs: at.getTime() + laterMs }) >= first).toBe(true)
      }),
    )
  })

  it('is a UUID, also for moments before 1970', () => {
    for (const at of [new Date(0), new Date(-1), new Date('2026-03-14')]) {
      expect(firstIdAt(at)).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7000-8000-0{12}$/)
    }
  })
})
