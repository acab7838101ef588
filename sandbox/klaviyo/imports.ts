/** Bulk imports of profiles: taken in at once, carried out in the background. */
import { randomUUID } from 'node:crypto'
import type { Resource } from './document.ts'
import { Refusal } from './refusal.ts'

/** https://developers.klaviyo.com/en/reference/bulk_import_profiles */
export const mostImported = 10_000

/** How long an import takes here; at Klaviyo seconds to minutes. */
const importMs = 150

export interface ImportJob extends Resource {
  type: 'profile-bulk-import-job'
  attributes: {
    status: 'queued' | 'processing' | 'complete' | 'cancelled'
    created_at: string
    started_at: string | null
    completed_at: string | null
    expires_at: string
    total_count: number
    completed_count: number
    failed_count: number
  }
  errors: Resource[]
}

export class Imports {
  readonly #jobs = new Map<string, ImportJob>()

  get all(): ImportJob[] {
    return [...this.#jobs.values()]
  }

  get(id: string): ImportJob | undefined {
    return this.#jobs.get(id)
  }

  /** `take` stores one profile, or throws the Refusal that becomes the row's error. */
  start(payloads: readonly object[], take: (payload: object) => void): ImportJob {
    const now = new Date()
    const job: ImportJob = {
      type: 'profile-bulk-import-job',
      id: randomUUID(),
      attributes: {
        status: 'queued',
        created_at: now.toISOString(),
        started_at: null,
        completed_at: null,
        expires_at: new Date(now.getTime() + 7 * 24 * 3_600_000).toISOString(),
        total_count: payloads.length,
        completed_count: 0,
        failed_count: 0,
      },
      relationships: { lists: null, profiles: null, 'import-errors': null },
      errors: [],
    }
    this.#jobs.set(job.id, job)
    setTimeout(() => carryOut(job, payloads, take), importMs).unref()
    return job
  }
}

function carryOut(
  job: ImportJob,
  payloads: readonly object[],
  take: (payload: object) => void,
): void {
  const { attributes } = job
  attributes.started_at = new Date().toISOString()
  for (const payload of payloads) {
    try {
      take(payload)
      attributes.completed_count++
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      attributes.failed_count++
      job.errors.push({
        type: 'import-error',
        id: randomUUID(),
        attributes: {
          code: 'invalid',
          title: 'Invalid input.',
          detail: error.message,
          source: { pointer: '/data/attributes/profiles/data' },
          original_payload: payload,
        },
      })
    }
  }
  attributes.status = 'complete'
  attributes.completed_at = new Date().toISOString()
}
