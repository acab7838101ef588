/** Rules as they are written: what saving refuses and where, the preview, and the trial. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { Merchant, answer, flowBody, ruleOn } from '../harness/merchant.ts'
import { eventually, openSeededStage, shopA, tagsOf } from '../harness/stage.ts'
import type { Stage } from '../harness/stage.ts'

/** Ada Moreno, VIP and newsletter. */
const email = 'ada.moreno@example.com'

let stage: Stage
let merchant: Merchant

beforeAll(async () => {
  stage = await openSeededStage()
  merchant = new Merchant(stage, shopA)
})
afterAll(() => stage.close())

const good = ruleOn('Placed Order', [{ kind: 'add-tags', tags: ['buyer'] }])
const tagging = (...tags: string[]) => ({ ...good, actions: [action('add-tags', { tags })] })
const action = (kind: string, settings: object) => ({ id: '1', kind, settings })
const when = (...items: object[]) => ({
  ...good,
  conditions: { kind: 'group', match: 'all', items },
})
const test = (type: string, operator: string, value?: unknown, path = 'total') => ({
  kind: 'test',
  source: 'event',
  path,
  type,
  operator,
  value,
})

/** For `toMatchObject`, which takes any text for a bare pattern. */
const like = (pattern: RegExp): unknown => expect.stringMatching(pattern)

/** Saves through the editor; what its action answers. */
const save = async (document: unknown, { id = 'new', mode = 'on', version = '' } = {}) =>
  answer.parse(
    await (
      await merchant.session.submit(`/app/rules/${id}`, 'app.rules.$id', {
        intent: 'save',
        mode,
        version,
        document: typeof document === 'string' ? document : JSON.stringify(document),
      })
    ).json(),
  )

describe('a rule that can’t be saved says of each field what is wrong', () => {
  const refusals: [what: string, document: unknown, field: string, message: RegExp][] = [
    ['no JSON', '{"name":', 'rule', /not valid JSON/],
    [
      'JSON without end',
      JSON.stringify(good).replace('"buyer"', `${'['.repeat(50_000)}${']'.repeat(50_000)}`),
      'rule',
      /nested too deep/,
    ],
    ['no name', { ...good, name: ' ' }, 'name', /Give the rule a name/],
    ['a name that can’t be stored', { ...good, name: '\u0000' }, 'name', /Give the rule a name/],
    ['a name without end', { ...good, name: 'x'.repeat(101) }, 'name', /at most 100/],
    [
      'no metric',
      { ...good, trigger: { kind: 'metric', metric: { id: null, name: '' } } },
      'trigger.metric.name',
      /Choose a metric/,
    ],
    [
      'no campaign',
      { ...good, trigger: { kind: 'campaign', campaign: { id: null, name: '' } } },
      'trigger.campaign.name',
      /Choose a campaign/,
    ],
    [
      'an outcome without a value',
      {
        ...good,
        trigger: {
          kind: 'flow',
          flow: { id: 'F', name: '' },
          outcome: { property: 'branch_outcome', equals: '' },
        },
      },
      'trigger.outcome.equals',
      /Say which outcome/,
    ],
    ['no action', { ...good, actions: [] }, 'actions', /at least one action/],
    [
      'an unknown action',
      { ...good, actions: [action('launch', {})] },
      'actions.0.kind',
      /no action “launch”/,
    ],
    ['no tag', tagging(), 'actions.0.settings.tags', /at least one tag/],
    ['an empty tag', tagging('a', ''), 'actions.0.settings.tags.1', /Type a tag/],
    ['a comma in a tag', tagging('a, b'), 'actions.0.settings.tags.0', /commas/],
    ['256 characters', tagging('x'.repeat(256)), 'actions.0.settings.tags.0', /at most 255/],
    ['broken Liquid', tagging('q{{ quarter'), 'actions.0.settings.tags.0', /not valid Liquid/],
    [
      'an unknown filter',
      tagging('{{ year | shout }}'),
      'actions.0.settings.tags.0',
      /not valid Liquid.*shout/,
    ],
    [
      'a condition without a property',
      when(test('text', 'equals', 'x', '')),
      'conditions.items.0.path',
      /Name the property/,
    ],
    [
      'a condition without a value',
      when(test('text', 'equals', '')),
      'conditions.items.0.value',
      /Type a value/,
    ],
    [
      'a number that is none',
      when(test('number', 'greater', 'many')),
      'conditions.items.0.value',
      /Type a number/,
    ],
    [
      'a number that is missing',
      when(test('presence', 'exists'), test('number', 'greater', '')),
      'conditions.items.1.value',
      /Type a number/,
    ],
    [
      'days that are none',
      when(test('age', 'within', 'few')),
      'conditions.items.0.value',
      /number of days/,
    ],
    [
      'a date that is none',
      when(test('date', 'before', 'soon')),
      'conditions.items.0.value',
      /Give a date/,
    ],
    [
      'an empty list inside a group',
      when({ kind: 'group', match: 'any', items: [test('text-list', 'in', [])] }),
      'conditions.items.0.items.0.value',
      /at least one value/,
    ],
    [
      'half an hour of waiting',
      { ...good, noCustomer: { then: 'wait', hours: 0.5 } },
      'noCustomer.hours',
      /whole hours/,
    ],
    [
      'a week of waiting',
      { ...good, noCustomer: { then: 'wait', hours: 168 } },
      'noCustomer.hours',
      /at most 72 hours/,
    ],
  ]
  it.each(refusals)('%s', async (_what, document, field, message) => {
    const before = await merchant.rules()
    const { ok, problems } = await save(document)
    expect(ok).toBe(false)
    expect(problems).toMatchObject([{ field }])
    expect(problems?.[0]?.message).toMatch(message)
    expect(await merchant.rules()).toEqual(before)
  })

  it('several at once, each in its place', async () => {
    const { problems } = await save({
      ...when(test('number', 'equals', ''), test('text', 'equals', '')),
      name: '',
    })
    expect(problems?.map(({ field }) => field).sort()).toEqual([
      'conditions.items.0.value',
      'conditions.items.1.value',
      'name',
    ])
  })

  it('the mode', async () => {
    expect((await save(good, { mode: 'loud' })).problems).toMatchObject([{ field: 'mode' }])
  })
})

describe('a rule that is saved', () => {
  it('shows on the list and in the editor as it was written', async () => {
    const document = { ...tagging('klaviyo-q{{ quarter }}-{{ year }}'), name: 'Quarterly' }
    const id = await merchant.addRule(document, 'shadow')
    expect(await merchant.rule(id)).toMatchObject({ mode: 'shadow', version: 1, document })
    expect(await merchant.rules()).toContainEqual({ id, name: 'Quarterly', mode: 'shadow' })
  })

  it('has a new version when the document changes, and only then', async () => {
    const id = await merchant.addRule(good, 'off')
    expect((await save(good, { id, version: '1', mode: 'on' })).ok).toBe(true)
    expect(await merchant.rule(id)).toMatchObject({ version: 1, mode: 'on' })
    expect((await save(tagging('other'), { id, version: '1', mode: 'on' })).ok).toBe(true)
    expect(await merchant.rule(id)).toMatchObject({ version: 2 })
  })

  it('does not overwrite what another window changed', async () => {
    const id = await merchant.addRule(good, 'off')
    await save(tagging('theirs'), { id, version: '1', mode: 'off' })
    const { problems } = await save(tagging('mine'), { id, version: '1', mode: 'off' })
    expect(problems).toMatchObject([{ field: 'rule', message: like(/changed in another window/) }])
    expect(await merchant.rule(id)).toMatchObject({
      version: 2,
      document: { actions: [{ settings: { tags: ['theirs'] } }] },
    })
  })

  it('of two windows that save at once lets one win', async () => {
    const id = await merchant.addRule(good, 'off')
    const saved = await Promise.all(
      ['left', 'right'].map((tag) => save(tagging(tag), { id, version: '1', mode: 'off' })),
    )
    expect(saved.map(({ ok }) => ok).sort()).toEqual([false, true])
    expect((await merchant.rule(id)).version).toBe(2)
  })

  it('that is deleted is gone from the list, acts no more and can’t be saved', async () => {
    const id = await merchant.addRule(ruleOn('Gone', [{ kind: 'add-tags', tags: ['gone'] }]))
    const stays = await merchant.addRule(ruleOn('Gone', [{ kind: 'add-tags', tags: ['stays'] }]))
    await merchant.submitIds('/app/rules', 'app.rules._index', { intent: 'delete' }, [id])
    expect((await merchant.rules()).map((rule) => rule.id)).not.toContain(id)
    expect((await save(good, { id })).problems).toMatchObject([
      { field: 'rule', message: like(/deleted meanwhile/) },
    ])
    await merchant.post({ metric: 'Gone', email })
    await eventually(async () =>
      expect(await merchant.runs(`?rule=${stays}`)).toMatchObject([{ state: 'done' }]),
    )
    expect(await merchant.runs(`?rule=${id}`)).toEqual([])
    expect(await tagsOf(stage, shopA, email)).not.toContain('gone')
  })
})

const trial = z.object({
  event: z.object({ title: z.string(), person: z.string().nullable() }),
  trigger: z.object({ held: z.boolean(), text: z.string() }),
  customer: z.object({ gid: z.string(), name: z.string() }).nullable(),
  reason: z.string().nullable(),
  problem: z.object({ code: z.string() }).nullable(),
  steps: z.array(
    z.object({
      state: z.string(),
      text: z.string(),
      remedy: z.string().nullable(),
      effect: z.object({ before: z.json(), after: z.json() }).nullable(),
    }),
  ),
})
const tried = z.union([
  z.object({ ok: z.literal(true), trial }),
  z.object({ ok: z.literal(false), problems: answer.shape.problems.unwrap() }),
])

async function tryIt(document: unknown, source: { eventId: string } | { body: string }) {
  const form = { document: JSON.stringify(document), eventId: '', body: '', ...source }
  const response = await merchant.session.submit('/app/rules/try', 'app.rules.try', form)
  return tried.parse(await response.json())
}

const order = (more: object = {}) => ({
  body: flowBody({ metric: 'Placed Order', email, ...more }),
})

const shopifyCalls = z.object({ mutations: z.number(), queries: z.number() })
const klaviyoCalls = z.object({ writes: z.number(), reads: z.number() })

/** All that a trial might have written, at either side and in the app. */
async function written() {
  return {
    mutations: (await stage.shopify.get('/calls', shopifyCalls)).mutations,
    writes: (await stage.klaviyo.get('/calls', klaviyoCalls)).writes,
    journal: (await stage.shopify.get('/journal', z.array(z.unknown()))).length,
    profiles: await stage.klaviyo.get('/journal', z.array(z.unknown())),
    tags: await tagsOf(stage, shopA, email),
    runs: await merchant.runs(),
    rules: await merchant.rules(),
    home: await (await merchant.session.load('/app?index', 'app._index')).text(),
  }
}

describe('Try it', () => {
  it('shows what would happen to whom, and writes nothing anywhere', async () => {
    const before = await written()
    const answer = await tryIt(
      {
        ...good,
        actions: [
          action('add-tags', { tags: ['buyer-{{ event.total }}'] }),
          action('remove-tags', { tags: ['NEWSLETTER'] }),
          action('add-tags', { tags: ['vip'] }),
        ],
      },
      order({ total: 42 }),
    )
    expect(answer).toMatchObject({
      ok: true,
      trial: {
        event: { title: like(/Placed Order/), person: email },
        trigger: { held: true },
        customer: { name: 'Ada Moreno' },
        reason: null,
        problem: null,
        steps: [
          { state: 'done', text: 'Adds buyer-42' },
          { state: 'done', text: 'Removes newsletter' },
          { state: 'skipped', text: 'The customer already carries vip.', effect: null },
        ],
      },
    })
    expect(await written()).toEqual(before)
    // It did ask both sides.
    expect((await stage.shopify.get('/calls', shopifyCalls)).queries).toBeGreaterThan(0)
    expect((await stage.klaviyo.get('/calls', klaviyoCalls)).reads).toBeGreaterThan(0)
  })

  it('runs on an event that came in', async () => {
    await merchant.post({ metric: 'For a trial', email, total: 7 })
    const eventId = await eventually(async () => {
      const editor = await merchant.session.load('/app/rules/new', 'app.rules.$id')
      const sample = z.object({ id: z.string(), title: z.string() })
      const { events } = z.object({ events: z.array(sample) }).parse(await editor.json())
      expect(events[0]?.title).toMatch(/^For a trial/)
      return events[0]?.id ?? ''
    })
    const rule = ruleOn('For a trial', [{ kind: 'add-tags', tags: ['t-{{ event.total }}'] }])
    expect(await tryIt(rule, { eventId })).toMatchObject({
      ok: true,
      trial: { steps: [{ state: 'done', text: 'Adds t-7' }] },
    })
  })

  it.each([
    ['the trigger does not fit', order({ metric: 'Refunded Order' }), /trigger does not fit/],
    ['nobody is a customer', order({ email: 'nobody@example.com' }), /No customer in Shopify/],
    ['there is no address', order({ email: '' }), /Neither the event nor/],
  ])('says why nothing would happen when %s', async (_what, source, reason) => {
    const answer = await tryIt(good, source)
    expect(answer).toMatchObject({
      ok: true,
      trial: { reason: like(reason), customer: null, steps: [] },
    })
  })

  it('refuses a body that nothing can be read from', async () => {
    const body = `{"a":${'['.repeat(50_000)}${']'.repeat(50_000)}}`
    expect(await tryIt(good, { body })).toMatchObject({
      ok: false,
      problems: [{ field: 'body', message: 'The text is nested too deep.' }],
    })
  })

  it('says what would fail', async () => {
    expect(await tryIt(tagging('{{ event.gap }}'), order())).toMatchObject({
      trial: { steps: [{ state: 'failed', text: like(/gives nothing/), remedy: like(/default/) }] },
    })
  })

  it('says so when a side can’t be asked', async () => {
    await stage.shopify.post('/faults', { kind: 'status', status: 500, times: 4 })
    expect(await tryIt(good, order())).toMatchObject({
      ok: true,
      trial: { problem: { code: 'shopify-down' }, steps: [] },
    })
    await stage.shopify.delete('/faults')
  })

  it.each([
    ['an unreadable body', good, { body: '{"email":' }, 'body', /not valid JSON/],
    ['no body', good, { body: '' }, 'body', /not valid JSON/],
    ['a time that is none', good, order({ occurred_at: 'soon' }), 'body', /occurred_at/],
    ['an event that is gone', good, { eventId: randomUUID() }, 'event', /Choose an event/],
    ['a rule with a gap', { ...good, name: '' }, order(), 'name', /Give the rule a name/],
  ])('names the field of %s', async (_what, document, source, field, message) => {
    const answer = await tryIt(document, source)
    expect(answer).toMatchObject({ ok: false, problems: [{ field, message: like(message) }] })
  })
})

const preview = z.object({
  event: z.string(),
  isMadeUp: z.boolean(),
  actions: z.array(
    z.object({
      id: z.string(),
      results: z.array(
        z.object({
          template: z.string(),
          text: z.string().nullable(),
          error: z.string().nullable(),
        }),
      ),
      variables: z.array(z.object({ path: z.string(), sample: z.string() })),
    }),
  ),
})

const tagged = (...templates: string[]) => [{ id: 'tags', kind: 'add-tags', templates }]

const previewOf = async (asked: object) => preview.parse(await askPreview(JSON.stringify(asked)))

async function askPreview(asked: string): Promise<unknown> {
  const form = { asked }
  const response = await merchant.session.submit('/app/rules/preview', 'app.rules.preview', form)
  return response.json()
}

describe('the preview', () => {
  it('fills templates in for an event made up from the trigger, while none has come', async () => {
    const year = new Date().getUTCFullYear()
    const answer = await previewOf({
      actions: tagged(
        '{{ metric }}-{{ year }}',
        'plain',
        '{{ quarter | nope }}',
        '{{ event.gap }}',
      ),
      eventId: '',
      trigger: good.trigger,
    })
    expect(answer).toMatchObject({ event: 'Placed Order', isMadeUp: true })
    expect(answer.actions[0]?.results).toMatchObject([
      { text: like(expectYear(year)), error: null },
      { text: 'plain', error: null },
      { text: null, error: like(/not valid Liquid/) },
      { text: '', error: null },
    ])
    expect(answer.actions[0]?.variables.map(({ path }) => path)).toContain('quarter')
  })

  it('fills them in for an event that came in, with its profile', async () => {
    await merchant.post({ metric: 'For a preview', email, total: 9 })
    const [event] = (await merchant.rule(await merchant.addRule(good, 'off'))).events
    const answer = await previewOf({
      actions: tagged('{{ event.total }} of {{ profile.first_name }}'),
      eventId: event?.id,
      trigger: null,
    })
    expect(answer.isMadeUp).toBe(false)
    expect(answer.actions[0]?.results).toMatchObject([{ text: '9 of Ada', error: null }])
    expect(answer.actions[0]?.variables.map(({ path }) => path)).toContain('event.total')
  })

  it('knows a discount code behind the action that makes it only', async () => {
    const template = '{{ discount.code }}'
    const answer = await previewOf({
      actions: [
        { id: 'early', kind: 'add-tags', templates: [template] },
        { id: 'code', kind: 'discount-code', templates: [] },
        { id: 'late', kind: 'add-tags', templates: [template] },
      ],
      eventId: '',
      trigger: good.trigger,
    })
    const [early, code, late] = answer.actions
    expect(early?.results).toEqual([{ template, text: '', error: null }])
    expect(late?.results[0]?.text).toMatch(/^SAMPLE-/)
    const knows = [early, code, late].map((action) =>
      action?.variables.some(({ path }) => path === 'discount.code'),
    )
    expect(knows).toEqual([false, false, true])
  })

  it('says so of what is no question', async () => {
    for (const asked of ['', '{', '{}', 'null', '{"actions":[5],"eventId":""}']) {
      expect(await askPreview(asked)).toMatchObject({
        ok: false,
        problem: { code: 'preview-refused' },
      })
    }
  })
})

// The store's year may begin some hours off ours.
const expectYear = (year: number) => new RegExp(`^Placed Order-(${year - 1}|${year}|${year + 1})$`)
