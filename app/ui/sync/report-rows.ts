/** The figures of a report as rows of charts. Pure. */
import { clvEnds } from '../../sync/distribution.ts'
import type { Distribution } from '../../sync/distribution.ts'
import type { SyncCounts, SyncTimes } from '../../sync/sync.ts'
import type { ChartRow } from './chart.tsx'
import { counted } from './views.ts'
import type { ReportShown } from './views.ts'

/** Profiles by tenths of churn risk, with those of the sync before. */
export const churnRows = (now: Distribution, before: Distribution | undefined): ChartRow[] =>
  now.churn.map((value, band) => ({
    label: `${band * 10} to ${(band + 1) * 10} %`,
    value,
    before: before?.churn[band] ?? null,
  }))

/** Profiles by predicted lifetime value, with those of the sync before. */
export const clvRows = (now: Distribution, before: Distribution | undefined): ChartRow[] =>
  now.clv.map((value, band) => ({
    label: clvLabel(band),
    value,
    before: before?.clv[band] ?? null,
  }))

function clvLabel(band: number): string {
  const [from, to] = [clvEnds[band - 1], clvEnds[band]]
  if (from === undefined) return `Below ${counted(to ?? 0)}`
  return to === undefined ? `${counted(from)} and more` : `${counted(from)} to ${counted(to)}`
}

/** Who moved where, the largest move first. */
export const moveRows = ({ moves }: ReportShown['bands'][number]): ChartRow[] =>
  moves
    .filter(({ from, to }) => from !== to)
    .toSorted((a, b) => b.customers - a.customers)
    .map(({ from, to, customers }) => ({
      label: `${from ?? 'none'} → ${to ?? 'none'}`,
      value: customers,
    }))

export const unmatchedRows = ({ unmatched }: SyncCounts): ChartRow[] => [
  { label: 'No customer with its e-mail or phone', value: unmatched.noCustomer },
  { label: 'Without e-mail and phone', value: unmatched.noAddress },
  { label: 'Several customers with them', value: unmatched.several },
  { label: 'Another profile of the same customer', value: unmatched.duplicate },
]

export const timeRows = ({ read, paced, index, match, write }: SyncTimes): ChartRow[] => [
  { label: 'Reading Klaviyo', value: read },
  { label: 'Waiting for Klaviyo’s limit', value: paced },
  { label: 'Reading your customers', value: index },
  { label: 'Matching', value: match },
  { label: 'Writing to Shopify', value: write },
]
