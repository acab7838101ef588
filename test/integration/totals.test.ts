/** What many runs come to: failures by cause, shadow totals; and rules that look at predictions. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { problemSchema } from '../../app/problem.ts'
import { readyMadeOf } from '../../app/rulebook/ready-made.ts'
import { Merchant, ruleOn } from '../harness/merchant.ts'
import { eventually, openSeededStage, shopA, tagsOf } from '../harness/stage.ts'
import type { Stage } from '../harness/stage.ts'

let stage: Stage
let merchant: Merchant

beforeAll(async () => {
  stage = await openSeededStage()
  merchant = new Merchant(stage, shopA)
})
afterAll(() => stage.close())

const people = ['ada.moreno', 'ben.okafor', 'gwen.sato'].map((name) => `${name}@example.com`)

async function post(metric: string, email: string, properties: object = {}): Promise<void> {
  expect(await merchant.post({ metric, email, properties })).toBe(202)
}

const runsOver = (rule: string, count: number) =>
  eventually(async () => {
    const runs = await merchant.runs(`?rule=${rule}`)
    expect(runs).toHaveLength(count)
    expect(runs.map(({ state }) => state)).not.toContain('waiting')
    return runs
  })

const groups = z.object({
  failures: z.array(z.object({ problem: problemSchema, runs: z.number(), events: z.number() })),
})

async function failures(search = '') {
  const path = `/app/activity?outcome=failed${search}`
  const screen = await merchant.session.load(path, 'app.activity._index')
  return groups.parse(await screen.json()).failures
}

const sought = (fields: Record<string, string>) => `&${new URLSearchParams(fields).toString()}`

describe('failures by cause', () => {
  const set = (key: string) =>
    ruleOn('Fails', [], {
      name: key,
      actions: ['one', 'two'].map((id) => ({
        id,
        kind: 'set-metafield',
        settings: {
          namespace: 'loyalty',
          key,
          type: 'number_integer',
          mode: 'set',
          value: '{{ event.points }}',
        },
      })),
    })
  const rules: string[] = []
  const more = { id: null, name: 'Fails in many ways' }

  beforeAll(async () => {
    for (const key of ['points', 'visits', 'points']) rules.push(await merchant.addRule(set(key)))
    for (const email of people) await post('Fails', email, { points: 'many' })
    for (const rule of rules) await runsOver(rule, people.length)
  })

  it('tell apart what one code stands for, and count events and runs', async () => {
    const [points, visits, ...more] = await failures()
    expect(more).toEqual([])
    expect(points).toMatchObject({ events: 3, runs: 6, problem: { code: 'metafield-unusable' } })
    expect(points?.problem.what).toContain('loyalty.points')
    expect(visits).toMatchObject({ events: 3, runs: 3, problem: { code: 'metafield-unusable' } })
    expect(visits?.problem.what).toContain('loyalty.visits')

    const home = await merchant.session.load('/app?index', 'app._index')
    expect(groups.parse(await home.json()).failures).toEqual([points, visits])
  })

  it('are all there, however many', async () => {
    const keys = Array.from({ length: 11 }, (_, index) => `key_${index}`)
    const many = await Promise.all(
      keys.map((key) =>
        merchant.addRule({ ...set(key), trigger: { ...set(key).trigger, metric: more } }),
      ),
    )
    await post(more.name, people[0] ?? '', { points: 'many' })
    for (const rule of many) await runsOver(rule, 1)
    expect(await failures()).toHaveLength(13)
    const home = await merchant.session.load('/app?index', 'app._index')
    const shown = groups.extend({ hasMoreFailures: z.boolean() }).parse(await home.json())
    expect(shown.failures).toHaveLength(5)
    expect(shown.hasMoreFailures).toBe(true)
  })

  it('are those of the filter', async () => {
    expect(await failures(`&rule=${rules[1]}`)).toMatchObject([{ runs: 3 }])
    expect(await failures('&from=2099-01-01')).toEqual([])
    expect(await failures('&to=2020-01-01')).toEqual([])
  })

  it('lead to exactly their runs, which run again alone', async () => {
    const [, visits] = await failures()
    const { code: problem = '', what = '' } = visits?.problem ?? {}
    const search = sought({ problem, what })
    const runs = await merchant.runs(`?outcome=failed${search}`)
    expect(runs.map(({ ruleId }) => ruleId)).toEqual([rules[1], rules[1], rules[1]])
    // By pages too.
    const older = await merchant.runs(`?outcome=failed${search}&before=${runs[0]?.id}`)
    expect(older).toEqual(runs.slice(1))

    const path = `/app/activity?index&outcome=failed${search}`
    const again = { intent: 'run-all-again' }
    const { said } = await merchant.submitIds(path, 'app.activity._index', again, [])
    expect(said).toBe('3 runs start again.')
    await runsOver(rules[1] ?? '', 3)
    const attempts = await Promise.all(
      runs.map(async ({ id }) => (await merchant.run(id)).attempts),
    )
    expect(attempts).toEqual([1, 1, 1])
  })
})

const totals = z.object({
  would: z.array(z.string()),
  done: z.number(),
  skipped: z.object({
    count: z.number(),
    why: z.array(z.object({ text: z.string(), count: z.number() })),
  }),
  failed: z.object({
    count: z.number(),
    why: z.array(z.object({ text: z.string(), count: z.number() })),
  }),
  waiting: z.number(),
})

async function shadowTotals(search: string) {
  const path = `/app/activity/shadow${search}`
  return totals.parse(await (await merchant.session.load(path, 'app.activity.shadow')).json())
}

describe('shadow totals', () => {
  let rule: string

  beforeAll(async () => {
    const atLeast = {
      kind: 'test',
      source: 'event',
      path: 'amount',
      type: 'number',
      operator: 'at-least',
      value: 10,
    }
    rule = await merchant.addRule(
      ruleOn('Shadowed', [{ kind: 'add-tags', tags: ['shadowed', '{{ event.more }}'] }], {
        conditions: { kind: 'group', match: 'all', items: [atLeast] },
        actions: [
          { id: 'tag', kind: 'add-tags', settings: { tags: ['shadowed-{{ event.more }}'] } },
          ...(readyMadeOf('cart-code')?.document.actions ?? []),
        ],
      }),
      'shadow',
    )
    for (const email of people) await post('Shadowed', email, { amount: 12 })
    for (const email of people.slice(1)) await post('Shadowed', email, { amount: 9 })
    await post('Shadowed', 'nobody@example.com', { amount: 12 })
    await post('Shadowed', people[1] ?? '', { amount: 13 })
    await post('Shadowed', people[0] ?? '', { amount: 12, more: 'x'.repeat(300) })
    await runsOver(rule, 8)
  })

  it('say what would have been done, what not, and why', async () => {
    const found = await shadowTotals(`?rule=${rule}`)
    expect(found.would.toSorted()).toEqual([
      'added tags 4 times',
      // One of them came twice: switched on, the rule gives the same code again.
      'given 3 customers a code',
      'set profile properties 4 times',
    ])
    expect(found).toMatchObject({
      done: 4,
      waiting: 0,
      skipped: {
        count: 3,
        why: [
          { text: 'The condition “event amount ≥ 10” did not hold.', count: 2 },
          { text: 'No customer in Shopify has this e-mail or phone number.', count: 1 },
        ],
      },
      failed: { count: 1, why: [{ count: 1 }] },
    })
  })

  it('are those of the filter’s days, and never of rules that are on', async () => {
    expect((await shadowTotals('?days=30')).done).toBe(4)
    expect((await shadowTotals(`?rule=${rule}&to=2020-01-01`)).done).toBe(0)
    expect((await shadowTotals(`?rule=${rule}&from=2020-01-01`)).done).toBe(4)
  })
})

describe('a rule on predictions', () => {
  const scored = (email: string, predicted_clv: number | null) =>
    stage.klaviyo.post('/profiles', {
      account: 'demo-one',
      email,
      predictive_analytics: { predicted_clv },
    })

  it('sees them, with one request more for all rules that look at them', async () => {
    const [rich = '', poor = '', unscored = ''] = ['rich', 'poor', 'new'].map(
      (name) => `${name}@example.com`,
    )
    await stage.shopify.post(
      '/customers',
      [rich, poor, unscored].map((email) => ({ shop: shopA, email })),
    )
    await scored(rich, 812.5)
    await scored(poor, 12)
    await scored(unscored, null)
    const document = readyMadeOf('vip')?.document ?? {}
    const rule = await merchant.addRule(document)
    await merchant.addRule(
      ruleOn('Placed Order', [
        { kind: 'add-tags', tags: ['clv-{{ profile.predictive.predicted_clv | round }}'] },
      ]),
    )
    const usual = await merchant.addRule(
      ruleOn('Placed Order', [{ kind: 'add-tags', tags: ['buyer'] }]),
    )
    await post('Placed Order', unscored)
    await runsOver(rule, 1)
    await stage.klaviyo.delete('/calls')
    await post('Placed Order', rich)
    await runsOver(rule, 2)
    const { paths } = await stage.klaviyo.get(
      '/calls',
      z.object({ paths: z.record(z.string(), z.number()) }),
    )
    expect(paths['GET /api/profiles']).toBe(2)
    await post('Placed Order', poor)
    await runsOver(rule, 3)
    await runsOver(usual, 3)
    await eventually(async () => {
      expect(await tagsOf(stage, shopA, rich)).toEqual(['buyer', 'clv-813', 'VIP'])
      expect(await tagsOf(stage, shopA, poor)).toEqual(['buyer', 'clv-12'])
    })
    expect(await tagsOf(stage, shopA, unscored)).not.toContain('VIP')
  })
})
