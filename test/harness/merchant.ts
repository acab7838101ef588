/** What a merchant of one store does and sees in the app, read as the screens read it. */
import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { problemSchema } from '../../app/problem.ts'
import type { AdminSession } from '../../sandbox/admin-session.ts'
import type { Stage } from './stage.ts'

const state = z.enum(['waiting', 'done', 'skipped', 'failed'])

export const answer = z.object({
  ok: z.boolean(),
  said: z.string().optional(),
  problems: z.array(z.object({ field: z.string(), message: z.string() })).optional(),
  problem: problemSchema.optional(),
})

const runRow = z.object({
  id: z.string(),
  ruleId: z.string(),
  ruleName: z.string(),
  state,
  shadow: z.boolean(),
  isUndo: z.boolean(),
  person: z.string().nullable(),
  customerGid: z.string().nullable(),
  note: z.string(),
})
export type RunRow = z.infer<typeof runRow>

const runPage = z.object({
  id: z.string(),
  state,
  shadow: z.boolean(),
  undoes: z.object({ id: z.string() }).nullable(),
  undo: z.object({ id: z.string(), state }).nullable(),
  canBeUndone: z.boolean(),
  reason: z.string().nullable(),
  problem: problemSchema.nullable(),
  customerGid: z.string().nullable(),
  attempts: z.number(),
  event: z.object({ dueAt: z.string().nullable(), attempts: z.number() }).loose(),
  steps: z.array(
    z.object({
      kind: z.string(),
      state,
      note: z.string().nullable(),
      reason: z.string().nullable(),
      problem: problemSchema.nullable(),
      attempts: z.number(),
      effect: z.object({ before: z.json(), after: z.json() }).nullable(),
    }),
  ),
})
export type RunPage = z.infer<typeof runPage>

/** One run, or the runs that the activity shows under an address. */
type UndoWish = { runId: string } | { search: string }

const undoPreview = z.object({
  title: z.string(),
  runs: z.number(),
  undoneBefore: z.number(),
  effects: z.array(
    z.object({
      title: z.string(),
      count: z.number(),
      lost: z.array(z.object({ reason: z.string(), count: z.number() })),
    }),
  ),
})

const operation = z.object({
  id: z.string(),
  title: z.string(),
  state: z.string(),
  expected: z.number(),
  counts: z.record(z.string(), z.number()),
})

const settingsScreen = z.object({
  connection: z.object({ account: z.object({ name: z.string() }) }).nullable(),
  endpoint: z.object({
    id: z.string(),
    url: z.string(),
    secrets: z.array(z.object({ id: z.string(), value: z.string() })),
  }),
  signingSecret: z.string(),
  settings: z.object({
    retentionDays: z.number(),
    tagBudget: z.number().nullable(),
    deletesCodes: z.boolean(),
  }),
  requests: z.array(z.object({ id: z.string(), hasAnswer: z.boolean() })),
})

const storedRule = z.object({
  id: z.string(),
  mode: z.string(),
  version: z.number(),
  document: z.record(z.string(), z.json()),
})

const banner = problemSchema.nullable()

export class Merchant {
  readonly shop: string
  readonly session: AdminSession

  constructor(stage: Stage, shop: string) {
    this.shop = shop
    this.session = stage.admin(shop)
  }

  /** Sends a form of a screen; what the action answers. */
  async submit(path: string, route: string, form: Record<string, string>) {
    return answer.parse(await (await this.session.submit(path, route, form)).json())
  }

  saveSettings(form: Record<string, string>) {
    return this.submit('/app/settings', 'app.settings', form)
  }

  async settings() {
    const screen = await this.session.load('/app/settings', 'app.settings')
    return settingsScreen.parse(await screen.json())
  }

  async banners() {
    const screen = await this.session.load('/app/settings', 'app')
    return z
      .object({ health: z.object({ shopify: banner, klaviyo: banner }) })
      .parse(await screen.json()).health
  }

  /** Saves a new rule; its id. */
  async addRule(document: object, mode: 'off' | 'shadow' | 'on' = 'on'): Promise<string> {
    const response = await this.session.submit('/app/rules/new', 'app.rules.$id', {
      intent: 'save',
      mode,
      document: JSON.stringify(document),
    })
    const id = /^\/app\/rules\/([0-9a-f-]{36})/.exec(response.headers.get('X-Remix-Redirect') ?? '')
    if (!id?.[1]) throw new Error(`the rule was refused: ${await response.text()}`)
    return id[1]
  }

  async rule(id: string) {
    const screen = await this.session.load(`/app/rules/${id}`, 'app.rules.$id')
    const { rule, events } = z
      .object({ rule: storedRule, events: z.array(z.object({ id: z.string() })) })
      .parse(await screen.json())
    return { ...rule, events }
  }

  async rules() {
    const screen = await this.session.load('/app/rules', 'app.rules._index')
    const row = z.object({ id: z.string(), name: z.string(), mode: z.string() })
    return z.object({ rules: z.array(row) }).parse(await screen.json()).rules
  }

  switchRules(mode: 'off' | 'shadow' | 'on', ...ids: string[]) {
    return this.submitIds('/app/rules', 'app.rules._index', { intent: 'switch', mode }, ids)
  }

  /** Like `submit`, with a field `id` for each of the ids. */
  async submitIds(path: string, route: string, form: Record<string, string>, ids: string[]) {
    const body = new URLSearchParams(form)
    for (const id of ids) body.append('id', id)
    const response = await this.session.fetch(
      `${path}${path.includes('?') ? '&' : '?'}${dataOf(route)}`,
      { method: 'POST', body },
    )
    return answer.parse(await response.json())
  }

  /** The runs that the activity shows. `search` as in its address: `?rule=…`. */
  async runs(search = ''): Promise<RunRow[]> {
    const screen = await this.session.load(`/app/activity${search}`, 'app.activity._index')
    return z.object({ rows: z.array(runRow) }).parse(await screen.json()).rows
  }

  /** What the activity's address has once the merchant typed this into its search: `customer=…`. */
  async find(customer: string): Promise<string> {
    const response = await this.session.submit('/app/activity', 'app.activity._index', {
      intent: 'find',
      customer,
    })
    const address = response.headers.get('X-Remix-Redirect') ?? ''
    return address.slice(address.indexOf('?') + 1)
  }

  async run(id: string): Promise<RunPage> {
    const screen = await this.session.load(`/app/activity/${id}`, 'app.activity.$runId')
    return runPage.parse(await screen.json())
  }

  /** What the dialog says before runs are undone. */
  async previewUndo(wish: UndoWish) {
    const form = { intent: 'preview', ...wish }
    const response = await this.session.submit('/app/undo', 'app.undo', form)
    return z.object({ preview: undoPreview }).parse(await response.json()).preview
  }

  startUndo(wish: UndoWish): Promise<Response> {
    return this.session.submit('/app/undo', 'app.undo', { intent: 'start', ...wish })
  }

  async operations() {
    const list = await this.session.load('/app/operations', 'app.operations')
    return z.object({ operations: z.array(operation) }).parse(await list.json()).operations
  }

  /** Posts one event as the store's flow webhook does; the status. */
  async post(event: object): Promise<number> {
    const { url, secrets } = (await this.settings()).endpoint
    const response = await fetch(url, {
      method: 'POST',
      headers: flowHeaders(secrets.at(-1)?.value ?? ''),
      body: flowBody(event),
    })
    return response.status
  }
}

/** What Remix asks for a single route's data with. */
export const dataOf = (route: string) => `_data=${encodeURIComponent(`routes/${route}`)}`

export const flowHeaders = (secret: string) => ({
  'Content-Type': 'application/json',
  'X-Klaviyo-Actions-Secret': secret,
})

/** A converted flow's body; `event` adds and overrides. */
export const flowBody = (event: object) =>
  JSON.stringify({
    metric: 'Completed Flow',
    flow_id: 'FLOW1',
    flow_name: 'Win-back',
    branch_outcome: 'converted',
    event_id: randomUUID(),
    ...event,
  })

/** A rule on a metric that does the actions to whom the event is about. */
export const ruleOn = (
  metric: string,
  actions: { kind: 'add-tags' | 'remove-tags'; tags: string[] }[],
  more: object = {},
) => ({
  name: metric,
  trigger: { kind: 'metric', metric: { id: null, name: metric }, outcome: null },
  conditions: { kind: 'group', match: 'all', items: [] },
  actions: actions.map(({ kind, tags }, index) => ({
    id: String(index),
    kind,
    settings: { tags },
  })),
  noCustomer: { then: 'skip' },
  ...more,
})
