/** A shop's Klaviyo account: connect, test, disconnect, and what the account holds. */
import type {
  KlaviyoApi,
  KlaviyoCampaign,
  KlaviyoFlow,
  KlaviyoMetric,
  ScopeReport,
} from '../klaviyo/klaviyo.ts'
import type { FieldProblem, Problem } from '../problem.ts'

/** What screens may know of a connection. Never the key. */
export interface ConnectionView {
  account: { id: string; name: string }
  scopes: ScopeReport
  /** Why Klaviyo refuses us, or null while all is well. */
  problem: Problem | null
  checkedAt: Date
  connectedAt: Date
}

export type ConnectOutcome =
  | {
      ok: true
      connection: ConnectionView
      /** The account that was connected before, when it is another one. */
      replaced: { id: string; name: string } | null
    }
  | { ok: false; field: FieldProblem }
  | { ok: false; problem: Problem }

export type TestOutcome = { ok: true; connection: ConnectionView } | { ok: false; problem: Problem }

/** What rules can refer to in the account. */
export interface Catalog {
  metrics: KlaviyoMetric[]
  flows: KlaviyoFlow[]
  campaigns: KlaviyoCampaign[]
}

export async function connect(_shop: string, _pastedKey: string): Promise<ConnectOutcome> {
  throw new Error('Not here yet.')
}
export async function testConnection(_shop: string): Promise<TestOutcome> {
  throw new Error('Not here yet.')
}
export async function disconnect(_shop: string): Promise<void> {
  throw new Error('Not here yet.')
}
export async function connectionOf(_shop: string): Promise<ConnectionView | null> {
  throw new Error('Not here yet.')
}
/** Rejects with a ProblemError when the shop has no connection. */
export async function klaviyoOf(_shop: string): Promise<KlaviyoApi> {
  throw new Error('Not here yet.')
}
/** Rejects with a ProblemError when Klaviyo can't be asked. */
export async function catalogOf(_shop: string): Promise<Catalog> {
  throw new Error('Not here yet.')
}
export async function metricNames(_shop: string): Promise<Map<string, string>> {
  throw new Error('Not here yet.')
}
