/** What running a rule over the past will cost, and how long it will take. Pure. */
import { actionOf } from '../../actions/index.ts'
import type { Rule } from '../../rules/rule.ts'
import { findCustomer } from '../../shopify/documents.ts'
import { runsPerPage } from '../operation.ts'

export interface Estimate {
  /** Points of Shopify's rate limit. */
  points: number
  /** Requests to Klaviyo for events and profiles. */
  klaviyoRequests: number
  seconds: number
}

/** What Shopify restores each second on its smallest plan, where the store has not told. */
export const usualPointsPerSecond = 100

/** https://developers.klaviyo.com/en/reference/get_profiles: 750 a minute. */
const klaviyoRequestsPerSecond = 750 / 60

const profilesPerRequest = 100

/** About what one run costs: its customer is looked up, and each action writes once. */
export function pointsPerRun({ actions }: Rule, isShadow: boolean): number {
  const writes = actions.map(({ kind }) => actionOf(kind)?.points ?? 0)
  const ofWrites = isShadow ? 0 : writes.reduce((sum, points) => sum + points, 0)
  return findCustomer.points + ofWrites
}

/** `history` of the runs are for events that are read from Klaviyo. */
export function estimate(work: {
  runs: number
  history: number
  pointsPerRun: number
  pointsPerSecond: number
}): Estimate {
  const points = work.runs * work.pointsPerRun
  const klaviyoRequests =
    Math.ceil(work.history / runsPerPage) + Math.ceil(work.runs / profilesPerRequest)
  return {
    points,
    klaviyoRequests,
    seconds: Math.ceil(
      Math.max(points / work.pointsPerSecond, klaviyoRequests / klaviyoRequestsPerSecond),
    ),
  }
}
