import { firstIdAt, startOfDay } from './days.ts'
import { endOf } from './filter.ts'
import type { RunFilter } from './filter.ts'
import { timeZoneOf } from './store.server.ts'

/** The run ids of a filter's days: from `first` to before `end`. */
export async function rangeOf(
  shop: string,
  { from, to }: Pick<RunFilter, 'from' | 'to'>,
): Promise<{ first: string; end: string }> {
  const timeZone = await timeZoneOf(shop)
  return {
    first: from ? firstIdAt(startOfDay(from, timeZone)) : lowest,
    end: to ? firstIdAt(startOfDay(endOf(to), timeZone)) : highest,
  }
}

const lowest = '00000000-0000-0000-0000-000000000000'
const highest = 'ffffffff-ffff-ffff-ffff-ffffffffffff'
