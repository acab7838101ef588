/** What a sync saw, for its report: how churn risk and lifetime value are spread, who moved. Pure. */
import { z } from 'zod'
import type { PredictedProfile, Predictions } from '../klaviyo/klaviyo.ts'

/** Bands of churn risk are tenths. */
const churnBands = 10

/** Upper ends of the bands of lifetime value; the last band has none. */
export const clvEnds = [1, 25, 50, 100, 200, 500, 1_000, 2_500] as const

const counts = (length: number) => z.array(z.number()).length(length)

export const distributionSchema = z.object({
  /** Profiles that Klaviyo has predictions for, and those it has none for. */
  scored: z.number(),
  unscored: z.number(),
  /** Profiles by tenths of churn risk. */
  churn: counts(churnBands),
  /** Profiles by predicted lifetime value, see `clvEnds`. */
  clv: counts(clvEnds.length + 1),
})
export type Distribution = z.infer<typeof distributionSchema>

export const noDistribution: Distribution = {
  scored: 0,
  unscored: 0,
  churn: Array.from({ length: churnBands }, () => 0),
  clv: Array.from({ length: clvEnds.length + 1 }, () => 0),
}

export function distributionOf(profiles: readonly PredictedProfile[]): Distribution {
  const churn = [...noDistribution.churn]
  const clv = [...noDistribution.clv]
  let scored = 0
  for (const { predictions } of profiles) {
    const { churn_probability: risk, predicted_clv: value } = predictions
    if (isScored(predictions)) scored++
    if (risk !== null) count(churn, Math.min(churnBands - 1, Math.max(0, Math.floor(risk * 10))))
    if (value !== null) count(clv, bandOfClv(value))
  }
  return { scored, unscored: profiles.length - scored, churn, clv }
}

export const isScored = (predictions: Predictions): boolean =>
  Object.values(predictions).some((value) => value !== null)

function bandOfClv(value: number): number {
  const band = clvEnds.findIndex((end) => value < end)
  return band < 0 ? clvEnds.length : band
}

function count(bands: number[], band: number): void {
  bands[band] = (bands[band] ?? 0) + 1
}

export function added(a: Distribution, b: Distribution): Distribution {
  const sums = (one: number[], other: number[]) => one.map((n, band) => n + (other[band] ?? 0))
  return {
    scored: a.scored + b.scored,
    unscored: a.unscored + b.unscored,
    churn: sums(a.churn, b.churn),
    clv: sums(a.clv, b.clv),
  }
}

/** Customers who moved between bands, by slot; null = none before, or none now. */
export const movesSchema = z.record(
  z.string(),
  z.array(
    z.object({
      from: z.string().nullable(),
      to: z.string().nullable(),
      customers: z.number(),
    }),
  ),
)
export type Moves = z.infer<typeof movesSchema>

export interface Move {
  slot: string
  from: string | null
  to: string | null
}

export function withMoves(moves: Moves, more: readonly Move[]): Moves {
  const sums = new Map(Object.entries(moves))
  for (const [slot, added] of Map.groupBy(more, (move) => move.slot)) {
    const counts = new Map(
      (sums.get(slot) ?? []).map((each) => [JSON.stringify([each.from, each.to]), each]),
    )
    for (const { from, to } of added) {
      const key = JSON.stringify([from, to])
      counts.set(key, { from, to, customers: (counts.get(key)?.customers ?? 0) + 1 })
    }
    sums.set(slot, [...counts.values()])
  }
  return Object.fromEntries(sums)
}
