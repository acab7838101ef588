/** Running a rule over past events, of the inbox and of Klaviyo's history. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { errorAt } from '../../app/ui/answer.ts'
import { Merchant, flowBody, flowHeaders, ruleOn } from '../harness/merchant.ts'
import {
  ask,
  operationOf,
  operationsOf,
  previewPast,
  runOverPast,
  startPast,
} from '../harness/operations.ts'
import { eventually, openSeededStage, shopA, tagsOf } from '../harness/stage.ts'
import type { Stage } from '../harness/stage.ts'

const key = 'pk_demo_one_00000000000000000000000000'
const account = 'demo-one'
const hourMs = 3_600_000

let stage: Stage
let merchant: Merchant

beforeAll(async () => {
  stage = await openSeededStage()
  merchant = new Merchant(stage, shopA)
  // As a Plus store has it: waiting for points is not what is tried here.
  await stage.shopify.post('/throttling', { restoreRate: 1_000, maximumAvailable: 20_000 })
})
afterAll(() => stage.close())

const tagging = (metric: string, tag = metric.toLowerCase().replaceAll(' ', '-')) =>
  ruleOn(metric, [{ kind: 'add-tags', tags: [tag] }])

/** Customers of the store that are nobody to Klaviyo. */
async function people(name: string, count: number): Promise<string[]> {
  const emails = Array.from({ length: count }, (_, index) => `${name}${index}@example.com`)
  await stage.shopify.post(
    '/customers',
    emails.map((email) => ({ shop: shopA, email, tags: [] })),
  )
  return emails
}

/** Their events come in while no rule is for them. Resolves once the inbox is through with them. */
async function comeIn(metric: string, emails: string[], event: object = {}): Promise<void> {
  const { webhookUrl, headers } = await stage.webhook(shopA)
  const secret = Object.values(headers)[0] ?? ''
  await Promise.all(
    emails.map(async (email) => {
      const body = flowBody({ metric, email, branch_outcome: '', ...event })
      const response = await fetch(webhookUrl, {
        method: 'POST',
        headers: flowHeaders(secret),
        body,
      })
      expect(response.status).toBe(202)
    }),
  )
  await passed('farah.haddad@example.com')
}

/** A live event for the seeded rule, done: what came before it has been matched. */
async function passed(email: string): Promise<void> {
  const search = `?${await merchant.find(email)}`
  const before = (await merchant.runs(search)).length
  expect(await merchant.post({ email })).toBe(202)
  await eventually(async () => {
    const runs = await merchant.runs(search)
    expect(runs).toHaveLength(before + 1)
    expect(runs.every(({ state }) => state !== 'waiting')).toBe(true)
  })
}

/**
 * What Klaviyo recorded before the app was there: one an hour, the newest so many hours ago. Their
 * `$event_id`s.
 */
async function recordHistory(metric: string, emails: string[], hoursAgo = 1): Promise<string[]> {
  return Promise.all(
    emails.map(async (email, index) => {
      const id = randomUUID()
      const at = new Date(Date.now() - (index + hoursAgo) * hourMs)
      const response = await fetch(`${stage.sandbox.klaviyoUrl}/api/events`, {
        method: 'POST',
        headers: { Authorization: `Klaviyo-API-Key ${key}`, revision: '2026-07-15' },
        body: JSON.stringify({
          data: {
            type: 'event',
            attributes: {
              time: at.toISOString(),
              unique_id: id,
              properties: { place: index },
              metric: { data: { type: 'metric', attributes: { name: metric } } },
              profile: { data: { type: 'profile', attributes: { email } } },
            },
          },
        }),
      })
      expect(response.status).toBe(202)
      return id
    }),
  )
}

const ended = (id: string, withinMs = 30_000) =>
  eventually(async () => {
    const operation = await operationOf(merchant, id)
    expect(operation).toMatchObject({ state: 'done', problem: null })
    return operation
  }, withinMs)

const journal = z.array(z.object({ customer: z.string().optional() }).loose())
const writes = async () => (await stage.shopify.get(`/journal?shop=${shopA}`, journal)).length

describe('over the inbox', () => {
  it('handles what came before the rule, once, and nothing of other rules', async () => {
    const emails = await people('inbox', 4)
    await comeIn('Inbox Metric', emails)
    await comeIn('Other Metric', emails.slice(0, 1))
    const rule = await merchant.addRule(tagging('Inbox Metric'))
    const othersBefore = await merchant.runs()
    const seen = await previewPast(merchant, rule)
    expect(seen.history.why).toContain('no metric “Inbox Metric”')
    expect(seen).toMatchObject({
      inbox: { waiting: 4, handled: 0, isAbout: false },
      history: { state: 'none' },
      expected: 4,
      estimate: { points: 52, seconds: 1 },
    })
    const id = await runOverPast(merchant, rule, { expected: '4' })
    expect(await ended(id)).toMatchObject({
      title: 'Inbox Metric over the last 30 days',
      expected: 4,
      counts: { done: 4, skipped: 0, failed: 0, waiting: 0 },
    })
    for (const email of emails) {
      expect(await tagsOf(stage, shopA, email)).toEqual(['inbox-metric'])
    }
    const runs = await merchant.runs()
    expect(runs).toHaveLength(othersBefore.length + 4)
    expect(await merchant.runs(`?operation=${id}`)).toHaveLength(4)

    // What was handled is left alone, also when it is started twice at once.
    const written = await writes()
    expect(await previewPast(merchant, rule)).toMatchObject({
      inbox: { waiting: 0, handled: 4 },
      expected: 0,
    })
    const again = [await runOverPast(merchant, rule), await runOverPast(merchant, rule)]
    for (const each of again) {
      expect((await ended(each)).counts).toEqual({ done: 0, skipped: 0, failed: 0, waiting: 0 })
    }
    expect(await writes()).toBe(written)
  })

  it('handles what came while the rule was in shadow, or was off before it ran', async () => {
    const emails = await people('shadowed', 3)
    const rule = await merchant.addRule(tagging('Shadow Metric'), 'shadow')
    await comeIn('Shadow Metric', emails)
    expect(await merchant.runs(`?rule=${rule}&outcome=shadow`)).toHaveLength(3)
    await merchant.switchRules('on', rule)
    const seen = await previewPast(merchant, rule)
    expect(seen).toMatchObject({ inbox: { waiting: 3, handled: 0 }, expected: 3 })
    const id = await runOverPast(merchant, rule)
    expect((await ended(id)).counts).toEqual({ done: 3, skipped: 0, failed: 0, waiting: 0 })
    for (const email of emails) {
      expect(await tagsOf(stage, shopA, email)).toEqual(['shadow-metric'])
    }
    expect(await merchant.runs(`?rule=${rule}`)).toHaveLength(3)
    expect((await previewPast(merchant, rule)).inbox).toMatchObject({ waiting: 0, handled: 3 })

    // A run that waited, and was over when the rule was found off, handled nothing either.
    const email = 'not-yet@example.com'
    const patient = { ...tagging('Patient Metric'), noCustomer: { then: 'wait', hours: 1 } }
    const late = await merchant.addRule(patient)
    await comeIn('Patient Metric', [email])
    expect((await previewPast(merchant, late)).inbox).toMatchObject({ waiting: 0, handled: 1 })
    await merchant.switchRules('off', late)
    const other = await merchant.addRule(tagging('Patient Metric', 'other'))
    await ended(await runOverPast(merchant, other))
    expect(await merchant.runs(`?rule=${late}`)).toMatchObject([
      { state: 'skipped', note: 'The rule was switched off before it ran.' },
    ])
    await stage.shopify.post('/customers', [{ shop: shopA, email, tags: [] }])
    await merchant.switchRules('on', late)
    expect((await previewPast(merchant, late)).inbox).toMatchObject({ waiting: 1, handled: 0 })
    expect((await ended(await runOverPast(merchant, late))).counts.done).toBe(1)
    expect(await tagsOf(stage, shopA, email)).toEqual(['patient-metric'])
  })

  it('asks the conditions, the outcome, and whether there is a customer', async () => {
    const emails = await people('choosy', 3)
    const gone = 'nobody-here@example.com'
    const [one = '', two = '', three = ''] = emails
    await comeIn('Choosy Metric', [one, two, gone], { branch_outcome: 'yes', size: 'big' })
    await comeIn('Choosy Metric', [three], { branch_outcome: 'yes', size: 'small' })
    await comeIn('Choosy Metric', [one], { branch_outcome: 'no', size: 'big' })
    const isBig = { kind: 'test', source: 'event', path: 'size', type: 'text', operator: 'equals' }
    const document = {
      ...tagging('Choosy Metric'),
      trigger: {
        kind: 'metric',
        metric: { id: null, name: 'choosy_metric' },
        outcome: { property: 'branch_outcome', equals: 'yes' },
      },
      conditions: { kind: 'group', match: 'all', items: [{ ...isBig, value: 'big' }] },
      // Their time to become customers began when the event came: an hour is not over yet.
      noCustomer: { then: 'wait', hours: 1 },
    }
    const rule = await merchant.addRule(document, 'shadow')
    expect((await previewPast(merchant, rule)).inbox).toMatchObject({ waiting: 4, isAbout: false })
    const id = await runOverPast(merchant, rule)
    await eventually(async () =>
      expect((await operationOf(merchant, id)).counts).toEqual({
        done: 2,
        skipped: 1,
        failed: 0,
        waiting: 1,
      }),
    )
    expect(await tagsOf(stage, shopA, one)).toEqual([])
    await ask(merchant, 'stop', id)
    expect(await operationOf(merchant, id)).toMatchObject({
      state: 'stopped',
      counts: { skipped: 2, waiting: 0 },
    })
  })

  it('says why it can’t: off, or too far back', async () => {
    const rule = await merchant.addRule(tagging('Off Metric'), 'off')
    const off = await startPast(merchant, rule)
    expect(off.refusal?.problems).toHaveLength(1)
    expect(errorAt(off.refusal?.problems ?? [], 'rule')).toMatch(/is off/)
    await merchant.switchRules('on', rule)
    await merchant.saveSettings({ intent: 'save', retentionDays: '20', tagBudget: '' })
    for (const days of ['21', '0', 'many', '']) {
      const { refusal } = await startPast(merchant, rule, { days })
      expect(errorAt(refusal?.problems ?? [], 'days')).toMatch(/1 to 20 days.*kept for 20 days/)
    }
    await merchant.saveSettings({ intent: 'save', retentionDays: '90', tagBudget: '' })
  })
})

describe('over Klaviyo’s history', () => {
  it('reads what was before its events came here, and knows what came live', async () => {
    const emails = await people('history', 130)
    await recordHistory('Placed Order', emails)
    // Two come live, one in each way, and lie in Klaviyo as well.
    for (const [index, format] of ['flow', 'system'].entries()) {
      const profiles = [`history${index}@example.com`]
      await stage.klaviyo.post('/send', { account, format, metric: 'Placed Order', profiles })
    }
    await passed('farah.haddad@example.com')
    const rule = await merchant.addRule(tagging('Placed Order'))
    const seen = await previewPast(merchant, rule)
    expect(seen).toMatchObject({
      inbox: { waiting: 2, handled: 0 },
      history: { state: 'counted', handled: 0, isMore: false },
    })
    const id = await runOverPast(merchant, rule, { expected: String(seen.expected) })
    // The second event of these two finds the tag there.
    const all = { done: 130, skipped: 2, failed: 0, waiting: 0 }
    expect((await ended(id)).counts).toEqual(all)
    for (const email of [emails[0], emails[129]]) {
      expect(await tagsOf(stage, shopA, email ?? '')).toEqual(['placed-order'])
    }
    // What was skipped before it wrote is tried anew.
    const { inbox, history } = await previewPast(merchant, rule)
    expect(inbox.handled + (history.handled ?? 0)).toBe(130)
    const again = await runOverPast(merchant, rule)
    expect((await ended(again)).counts).toMatchObject({ done: 0, skipped: 2 })

    // Another rule finds them too, those that are kept by now among them.
    const other = await merchant.addRule(tagging('Placed Order', 'second'))
    expect((await ended(await runOverPast(merchant, other))).counts).toEqual(all)
  })

  it('knows what a flow’s webhook brings days later, before and after it', async () => {
    const [early = '', late = '', unnamed = ''] = await people('delayed', 3)
    const metric = 'Viewed Product'
    const [earlyId, lateId] = await recordHistory(metric, [early, late, unnamed], 60)
    // The flow waited for days. One comes in before the rule is run over the past.
    await comeIn(metric, [early], { event_id: earlyId })
    const rule = await merchant.addRule(tagging(metric))
    const id = await runOverPast(merchant, rule)
    const all = { done: 3, skipped: 0, failed: 0, waiting: 0 }
    expect((await ended(id)).counts).toEqual(all)

    // The others come after it, the last without Klaviyo's id.
    await comeIn(metric, [late], { event_id: lateId })
    await comeIn(metric, [unnamed], { event_id: '' })
    const runsOf = async (email: string) =>
      merchant.runs(`?rule=${rule}&${await merchant.find(email)}`)
    expect(await runsOf(early)).toMatchObject([{ state: 'done' }])
    for (const email of [late, unnamed]) {
      expect(await runsOf(email)).toMatchObject([
        {
          state: 'skipped',
          note: 'The rule has handled this event already, out of Klaviyo’s history.',
        },
        { state: 'done' },
      ])
    }
    // Another event of the person is another, and another try tells the same.
    await comeIn(metric, [late])
    expect(await runsOf(late)).toHaveLength(3)
    await ended(await runOverPast(merchant, rule))
    expect((await runsOf(unnamed)).map(({ state }) => state)).toEqual(['skipped', 'done'])
  })

  it('says so where Klaviyo has more events than are counted', async () => {
    const to = new Date()
    const from = new Date(to.getTime() - 20 * 24 * hourMs)
    const range = { from: from.toISOString(), to: to.toISOString() }
    const events = { account, metric: 'Ordered Product', count: 10_500, ...range }
    await stage.klaviyo.post('/events/bulk', events)
    const rule = await merchant.addRule(tagging('Ordered Product'), 'shadow')
    const { history, expected, certainty } = await previewPast(merchant, rule)
    expect(history).toMatchObject({ state: 'counted', count: 10_000, isMore: true })
    expect({ expected, certainty }).toEqual({ expected: 10_000, certainty: 'more' })
    const id = await runOverPast(merchant, rule, { expected: String(expected), certainty })
    expect(await operationOf(merchant, id)).toMatchObject({ expected: 10_000, certainty: 'more' })
    await ask(merchant, 'stop', id)
  })

  it('pauses while the key lacks the right, and lets live events pass', async () => {
    const [email = ''] = await people('scope', 1)
    await recordHistory('Fulfilled Order', [email])
    const scopes = ['accounts:read', 'profiles:read', 'metrics:read']
    await stage.klaviyo.post('/keys', { key, account, scopes })
    const rule = await merchant.addRule(tagging('Fulfilled Order'))
    const { history } = await previewPast(merchant, rule)
    expect(history).toMatchObject({ state: 'refused', problem: { code: 'klaviyo-scope-missing' } })
    expect(history.problem?.what).toContain('events:read')
    const id = await runOverPast(merchant, rule)
    await eventually(async () =>
      expect(await operationOf(merchant, id)).toMatchObject({
        state: 'paused',
        problem: { code: 'klaviyo-scope-missing' },
      }),
    )
    await passed('farah.haddad@example.com')
    expect(await merchant.banners()).toEqual({ shopify: null, klaviyo: null })

    const more = ['events:read', 'events:write', 'profiles:write']
    await stage.klaviyo.post('/keys', { key, account, scopes: [...scopes, ...more] })
    expect((await ask(merchant, 'resume', id)).said).toBe('Resumed.')
    expect((await ended(id)).counts.done).toBe(1)
  })

  it('goes on where it was once Klaviyo is back', async () => {
    const emails = await people('down', 150)
    await recordHistory('Refunded Order', emails)
    await stage.shopify.post('/latency', { ms: 300 })
    const rule = await merchant.addRule(tagging('Refunded Order'))
    const id = await runOverPast(merchant, rule)
    await eventually(async () => {
      const { counts } = await operationOf(merchant, id)
      expect(counts.waiting + counts.done).toBe(100)
    })
    const path = '/api/events'
    await stage.klaviyo.post('/faults', { kind: 'status', status: 503, path, times: 1_000 })
    await eventually(async () =>
      expect(await operationOf(merchant, id)).toMatchObject({
        state: 'running',
        problem: { code: 'klaviyo-down' },
      }),
    )
    await stage.klaviyo.delete('/faults')
    await stage.shopify.post('/latency', { ms: 0 })
    // The merchant does not wait for the next try.
    await ask(merchant, 'pause', id)
    await ask(merchant, 'resume', id)
    expect((await ended(id)).counts).toEqual({ done: 150, skipped: 0, failed: 0, waiting: 0 })
  })
})

describe('while it is under way', () => {
  it('live events go first; it can be paused, resumed and stopped', async () => {
    const emails = await people('long', 400)
    await comeIn('Long Metric', emails)
    const rule = await merchant.addRule(tagging('Long Metric'))
    await stage.shopify.post('/latency', { ms: 250 })
    const id = await runOverPast(merchant, rule, { expected: '400' })
    await eventually(async () =>
      expect((await operationOf(merchant, id)).counts.done).toBeGreaterThan(0),
    )
    await passed('gwen.sato@example.com')
    expect(await operationOf(merchant, id)).toMatchObject({ state: 'running' })

    expect((await ask(merchant, 'pause', id)).said).toBe('Paused.')
    const paused = await eventually(async () => {
      const operation = await operationOf(merchant, id)
      expect(operation).toMatchObject({ state: 'paused', counts: { waiting: 0 } })
      return operation
    })
    expect(paused.counts.done).toBeLessThan(400)
    await passed('gwen.sato@example.com')
    expect((await operationOf(merchant, id)).counts).toEqual(paused.counts)

    expect((await ask(merchant, 'resume', id)).said).toBe('Resumed.')
    await eventually(async () => {
      const { counts } = await operationOf(merchant, id)
      expect(counts.done + counts.waiting).toBeGreaterThan(paused.counts.done)
    })
    expect((await ask(merchant, 'stop', id)).said).toBe('Stopped.')
    await stage.shopify.post('/latency', { ms: 0 })
    const stopped = await eventually(async () => {
      const operation = await operationOf(merchant, id)
      expect(operation).toMatchObject({ state: 'stopped', counts: { waiting: 0 } })
      return operation
    })
    expect(stopped.counts.done).toBeLessThan(400)
    expect(await ask(merchant, 'resume', id)).toMatchObject({
      ok: false,
      problem: { what: 'It is over already, or in this state.' },
    })

    // What it left is there for the next one.
    const rest = await ended(await runOverPast(merchant, rule), 60_000)
    expect(rest.counts.done).toBe(400 - stopped.counts.done)
    expect((await operationsOf(merchant)).length).toBeGreaterThan(1)
  }, 120_000)
})
