/** What the Klaviyo account holds, fetched once the editor stands: it must not wait for Klaviyo. */
import { useFetcher } from '@remix-run/react'
import { useEffect } from 'react'
import type { loader } from '../../routes/app.rules.catalog.ts'

export interface Entry {
  id: string
  name: string
  /** What tells it from others of the same name: "live", "Sent, email". */
  detail: string | null
}

export interface Catalog {
  state: 'loading' | 'ready' | 'unreachable'
  metrics: Entry[]
  flows: Entry[]
  campaigns: Entry[]
  problem: { what: string; remedy: string } | null
}

const empty = { metrics: [], flows: [], campaigns: [], problem: null }

export function useCatalog(): Catalog {
  const fetcher = useFetcher<typeof loader>({ key: 'catalog' })
  const { data, load } = fetcher
  useEffect(() => {
    if (!data) load('/app/rules/catalog')
  }, [data, load])
  if (!data) return { state: 'loading', ...empty }
  if (!data.ok) return { state: 'unreachable', ...empty, problem: data.problem }
  return { state: 'ready', problem: null, ...data.catalog }
}
