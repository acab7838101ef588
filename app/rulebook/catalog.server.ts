/** What a rule can refer to in the Klaviyo account, as the pickers show it. */
import type { KlaviyoCampaign, KlaviyoFlow, KlaviyoMetric } from '../klaviyo/klaviyo.ts'
import { problemOf } from '../problem.ts'
import type { Problem } from '../problem.ts'
import { catalogOf } from '../shops/connection.server.ts'

export interface CatalogEntry {
  id: string
  name: string
  /** What tells it from others of the same name. */
  detail: string | null
}

export interface CatalogEntries {
  metrics: CatalogEntry[]
  flows: CatalogEntry[]
  campaigns: CatalogEntry[]
}

/** The account's metrics, flows and campaigns by name, or why Klaviyo could not be asked. */
export async function entriesOf(
  shop: string,
): Promise<{ ok: true; catalog: CatalogEntries } | { ok: false; problem: Problem }> {
  try {
    const { metrics, flows, campaigns } = await catalogOf(shop)
    return {
      ok: true,
      catalog: {
        metrics: metrics.map(metricEntry).sort(byName),
        flows: flows
          .filter(({ isArchived }) => !isArchived)
          .map(flowEntry)
          .sort(byName),
        campaigns: campaigns.map(campaignEntry).sort(byName),
      },
    }
  } catch (error) {
    return { ok: false, problem: problemOf(error) }
  }
}

const byName = (a: CatalogEntry, b: CatalogEntry) => a.name.localeCompare(b.name, 'en')

const metricEntry = ({ id, name, integration }: KlaviyoMetric): CatalogEntry => ({
  id,
  name,
  detail: integration,
})

const flowEntry = ({ id, name, status }: KlaviyoFlow): CatalogEntry => ({
  id,
  name,
  detail: status,
})

const campaignEntry = ({ id, name, status, channel }: KlaviyoCampaign): CatalogEntry => ({
  id,
  name,
  detail: `${status}, ${channel.replace('_', ' ')}`,
})
