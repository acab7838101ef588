/** The metafield sync as a merchant drives it, through its screens. */
import { expect } from 'vitest'
import { z } from 'zod'
import { problemSchema } from '../../app/problem.ts'
import type { AdminSession } from '../../sandbox/admin-session.ts'
import { answer } from './merchant.ts'
import { eventually } from './stage.ts'

const counts = z.object({
  profiles: z.number(),
  matched: z.number(),
  unmatched: z.object({
    noAddress: z.number(),
    noCustomer: z.number(),
    several: z.number(),
    duplicate: z.number(),
  }),
  changed: z.number(),
  toWrite: z.number(),
  written: z.number(),
  deleted: z.number(),
  failed: z.number(),
})

const view = z.object({
  id: z.string(),
  state: z.enum(['running', 'paused', 'canceled', 'done', 'failed']),
  phase: z.string(),
  isDry: z.boolean(),
  isNightly: z.boolean(),
  counts,
  times: z.record(z.string(), z.number()),
  problem: problemSchema.nullable(),
})

const report = view.extend({
  distribution: z.object({
    scored: z.number(),
    unscored: z.number(),
    churn: z.array(z.number()),
    clv: z.array(z.number()),
  }),
  bands: z.array(
    z.object({
      metafield: z.string(),
      moves: z.array(
        z.object({ from: z.string().nullable(), to: z.string().nullable(), customers: z.number() }),
      ),
    }),
  ),
  failures: z.array(
    z.object({ code: z.string(), metafield: z.string(), what: z.string(), count: z.number() }),
  ),
  changes: z.array(
    z.object({
      customerGid: z.string(),
      metafield: z.string(),
      before: z.string().nullable(),
      after: z.string().nullable(),
    }),
  ),
})
export type Report = z.infer<typeof report>

const overview = z.object({
  mappings: z.array(z.object({ id: z.string(), document: z.looseObject({ key: z.string() }) })),
  current: z.object({ sync: view }).nullable(),
  history: z.object({ syncs: z.array(view) }),
  schedule: z.object({ isOn: z.boolean(), hour: z.number(), nextAt: z.string().nullable() }),
})

/** A whole mapping, as the editor sends it. */
export const mapping = (key: string, more: object = {}) => ({
  source: { kind: 'prediction', field: 'predicted_clv' },
  namespace: 'klaviyo',
  key,
  type: 'number_decimal',
  derive: { kind: 'none' },
  decimals: 2,
  whenEmpty: 'leave',
  gate: { kind: 'any' },
  name: key,
  description: '',
  isPinned: false,
  ...more,
})

const index = 'app.sync._index'

export class Syncing {
  readonly #session: AdminSession

  constructor(session: AdminSession) {
    this.#session = session
  }

  async overview() {
    return overview.parse(await (await this.#session.load('/app/sync', index)).json())
  }

  /** Saves a mapping; its id, or what was wrong. */
  async map(document: object, id = 'new') {
    const path = `/app/sync/mappings/${id}`
    const form = { intent: 'save', document: JSON.stringify(document) }
    const response = await this.#session.submit(path, 'app.sync.mappings.$id', form)
    const made = /mappings\/([0-9a-f-]{36})/.exec(response.headers.get('X-Remix-Redirect') ?? '')
    if (made?.[1]) return { ok: true, id: made[1] } as const
    return answer.parse(await response.json())
  }

  async unmapAll(): Promise<void> {
    for (const { id } of (await this.overview()).mappings) {
      await this.#session.submit(`/app/sync/mappings/${id}`, 'app.sync.mappings.$id', {
        intent: 'delete',
      })
    }
  }

  async submit(form: Record<string, string>) {
    return answer.parse(await (await this.#session.submit('/app/sync', index, form)).json())
  }

  /** Starts a sync; its id. */
  async start(form: Record<string, string> = {}): Promise<string> {
    const said = await this.submit({ intent: 'start', kind: 'all', isDry: 'false', ...form })
    expect(said).toMatchObject({ ok: true })
    const { current, history } = await this.overview()
    const id = current?.sync.id ?? history.syncs[0]?.id
    if (!id) throw new Error('no sync')
    return id
  }

  async report(id: string): Promise<Report> {
    const screen = await this.#session.load(`/app/sync/${id}`, 'app.sync.$syncId')
    return z.object({ report }).parse(await screen.json()).report
  }

  /** As the card of the sync under way asks for it. */
  async progress(id: string) {
    const screen = await this.#session.load(`/app/sync/${id}/progress`, 'app.sync.$syncId.progress')
    return z.object({ sync: view, underWay: z.number() }).parse(await screen.json())
  }

  async tell(id: string, intent: 'pause' | 'resume' | 'cancel') {
    const response = await this.#session.submit(`/app/sync/${id}`, 'app.sync.$syncId', { intent })
    return answer.parse(await response.json())
  }

  /** Waits until it is over; its report. */
  async over(id: string, withinMs = 60_000): Promise<Report> {
    return eventually(async () => {
      const found = await this.report(id)
      expect(found.phase).toBe('over')
      return found
    }, withinMs)
  }

  async run(form: Record<string, string> = {}, withinMs = 60_000): Promise<Report> {
    return this.over(await this.start(form), withinMs)
  }

  async errors(id: string): Promise<string> {
    return (await this.#session.fetch(`/app/sync/${id}/errors`)).text()
  }
}
