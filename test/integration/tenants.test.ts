/**
 * Two stores in one installation: over every route, with the one's session and the other's ids.
 * The routes are read from the folder, so a new one fails here until it has its case.
 */
import { createHmac, randomUUID } from 'node:crypto'
import { readFileSync, readdirSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { systemPost } from '../../bench/bodies.ts'
import { codeSettings } from '../../bench/code-settings.ts'
import { apiKey, apiSecret } from '../../sandbox/app.ts'
import { Merchant, dataOf, flowBody, flowHeaders, ruleOn } from '../harness/merchant.ts'
import { operationOf, runOverPast } from '../harness/operations.ts'
import { database, eventually, openSeededStage, shopA, shopB, tagsOf } from '../harness/stage.ts'
import type { Stage } from '../harness/stage.ts'
import { Syncing, mapping } from '../harness/sync.ts'

/** A customer of both stores. */
const email = 'ada.moreno@example.com'
const keyB = 'pk_demo_two_00000000000000000000000000'
/** A metric that Klaviyo has a history of. */
const placed = {
  name: 'Of B too',
  trigger: { kind: 'metric', metric: { id: null, name: 'Placed Order' }, outcome: null },
}
/** Scopes that the app needs, and those for store credit. */
const scopes = [
  'write_customers',
  'write_discounts',
  'write_orders',
  'read_store_credit_accounts',
  'write_store_credit_account_transactions',
]
/** Another customer of A's, who gets codes there. */
const emailOfA = 'ben.okafor@example.com'

/** Makes a code, in place of the one before. */
const makesCode = (prefix: string) => ({
  id: 'code',
  kind: 'discount-code',
  settings: codeSettings(prefix, { again: 'replace' }),
})

/** Leaves something of every kind in the store. */
const giving = [
  makesCode('OFB-'),
  {
    id: 'metafield',
    kind: 'set-metafield',
    settings: {
      namespace: 'of_b',
      key: 'gift',
      type: 'single_line_text_field',
      mode: 'set',
      value: 'of-b',
    },
  },
  {
    id: 'order',
    kind: 'annotate-order',
    settings: {
      order: { which: 'latest' },
      attributes: [{ key: 'Gift', value: 'of-b' }],
      tags: ['of-b'],
      maxAgeDays: '60',
    },
  },
  {
    id: 'credit',
    kind: 'store-credit',
    settings: { amount: '5', currency: 'EUR', expiresAfterDays: '30' },
  },
]

const pastRoute = 'app.rules.$id_.past'
const privacyRoute = 'app.settings_.privacy.$requestId'

let stage: Stage
let a: Merchant
let b: Merchant
/** What is B's. A knows all of it, and has no use for it. */
let its: {
  rule: string
  failingRule: string
  run: string
  failedRun: string
  event: string
  customer: string
  endpoint: { id: string; url: string; secret: string; secretIds: string[] }
  request: string
  signingSecret: string
  /** It is paused, and has no runs. */
  operation: string
  /** It is over, and its runs wrote something. */
  pastOperation: string
  gifts: string
  mapping: string
  /** It is over, and something of it failed. */
  sync: string
  /** It is under way, and paused. */
  pausedSync: string
}

beforeAll(async () => {
  stage = await openSeededStage()
  a = new Merchant(stage, shopA)
  b = new Merchant(stage, shopB)
  expect((await b.saveSettings({ intent: 'connect', key: keyB })).ok).toBe(true)
  const rule = await b.addRule(ruleOn('Of B', [{ kind: 'add-tags', tags: ['of-b'] }]))
  const failingRule = await b.addRule(
    ruleOn('Of B', [{ kind: 'add-tags', tags: ['{{ event.long }}'] }], { name: 'Fails' }),
  )
  expect(await b.post({ metric: 'Of B', email, long: 'x'.repeat(300) })).toBe(202)
  expect(await a.post({ email })).toBe(202)
  const runs = await eventually(async () => {
    const runs = await b.runs()
    expect(runs.map(({ state }) => state).sort()).toEqual(['done', 'failed'])
    expect(await a.runs()).toMatchObject([{ state: 'done' }])
    return runs
  })
  const done = runs.find(({ state }) => state === 'done')
  await b.addRule(
    ruleOn('Shadow Of B', [{ kind: 'add-tags', tags: ['of-b-too'] }], { name: 'Shadow Of B' }),
    'shadow',
  )
  expect(await b.post({ metric: 'Shadow Of B', email })).toBe(202)
  await eventually(async () => {
    const response = await b.session.load('/app/activity/shadow', 'app.activity.shadow')
    expect(await response.text()).toContain('added tags once')
  })
  await b.saveSettings({ intent: 'rotate' })
  const request = randomUUID()
  await stage.shopify.post('/webhooks', {
    shop: shopB,
    topic: 'customers/data_request',
    webhookId: request,
    customerId: done?.customerGid ?? '',
  })
  const syncing = new Syncing(b.session)
  const mapped = await syncing.map(
    mapping('of_b', {
      source: { kind: 'property', key: 'loyalty_tier' },
      type: 'number_integer',
      decimals: null,
    }),
  )
  const sync = await syncing.run()
  expect(sync.failures).toHaveLength(1)
  await stage.klaviyo.post('/latency', { ms: 500 })
  const pausedSync = await syncing.start()
  expect(await syncing.tell(pausedSync, 'pause')).toMatchObject({ ok: true })
  await stage.klaviyo.post('/latency', { ms: 0 })
  const pastRule = await b.addRule(
    ruleOn('Of B', [{ kind: 'add-tags', tags: ['of-b-past'] }], { name: 'Of B in the past' }),
  )
  const pastOperation = await runOverPast(b, pastRule)
  await eventually(async () => {
    const { state, counts } = await operationOf(b, pastOperation)
    expect({ state, isDone: counts.done > 0 }).toEqual({ state: 'done', isDone: true })
  })
  const gifts = await giveGifts(done?.customerGid ?? '')
  await giveCodesOfA()
  const { endpoint, signingSecret } = await b.settings()
  // Klaviyo lets nobody read events with this key: the operation stays under way, paused.
  await stage.klaviyo.post('/keys', { key: keyB, scopes: ['profiles:read', 'metrics:read'] })
  const pausing = await b.addRule(ruleOn('Of B', [{ kind: 'add-tags', tags: ['of-b'] }], placed))
  const operation = await runOverPast(b, pausing)
  await eventually(async () =>
    expect(await operationOf(b, operation)).toMatchObject({ state: 'paused' }),
  )
  its = {
    operation,
    pastOperation,
    gifts,
    mapping: 'id' in mapped ? mapped.id : '',
    sync: sync.id,
    pausedSync,
    rule,
    failingRule,
    run: done?.id ?? '',
    failedRun: runs.find(({ state }) => state === 'failed')?.id ?? '',
    event: (await b.rule(rule)).events[0]?.id ?? '',
    customer: done?.customerGid ?? '',
    endpoint: {
      id: endpoint.id,
      url: endpoint.url,
      secret: endpoint.secrets[0]?.value ?? '',
      secretIds: endpoint.secrets.map(({ id }) => id),
    },
    request,
    signingSecret,
  }
})
afterAll(() => stage.close())

const codePage = z.object({ rows: z.array(z.object({ code: z.string(), state: z.string() })) })
const codesOf = async ({ session }: Merchant) =>
  codePage.parse(await (await session.load('/app/codes', 'app.codes')).json()).rows

const upkeepPage = z.object({ upkeep: z.array(z.object({ kind: z.string(), count: z.number() })) })
const upkeepOf = async ({ session }: Merchant) =>
  upkeepPage.parse(await (await session.load('/app/activity', 'app.activity._index')).json()).upkeep

/** Posts the metric, and waits until so many codes are listed. */
async function makeCode(who: Merchant, metric: string, to: string, count: number) {
  // A secret made just now is taken a moment later.
  await eventually(async () => expect(await who.post({ metric, email: to })).toBe(202))
  return eventually(async () => {
    const codes = await codesOf(who)
    expect(codes).toHaveLength(count)
    for (const { state } of await who.runs()) expect(state).not.toBe('waiting')
    return codes
  })
}

/**
 * B gives its customer a bit of everything. In the end there are an order that nobody has read yet,
 * with the newest code, a code that could be deleted, and one that was.
 */
async function giveGifts(customerId: string): Promise<string> {
  await stage.shopify.post('/scopes', { shop: shopB, scopes })
  await stage.shopify.post('/orders', { shop: shopB, customerId })
  const rule = await b.addRule(ruleOn('Gift Of B', [], { actions: giving }))
  await makeCode(b, 'Gift Of B', email, 1)
  await makeCode(b, 'Gift Of B', email, 2)
  await b.submit('/app/codes', 'app.codes', { intent: 'delete-ended' })
  await eventually(async () =>
    expect(await upkeepOf(b)).toMatchObject([{ kind: 'codes_deleted', count: 1 }]),
  )
  const [newest] = await makeCode(b, 'Gift Of B', email, 3)
  const steps = (await b.runs(`?rule=${rule}`)).map(({ state }) => state)
  expect(steps).toEqual(['done', 'done', 'done'])
  const order = { shop: shopB, customerId, discountCodes: [newest?.code] }
  await stage.shopify.post('/orders', order)
  return rule
}

/** A has a code that could be deleted, and an order with another: what is asked of A has an end. */
async function giveCodesOfA(): Promise<void> {
  await a.addRule(ruleOn('Gift of A', [], { actions: [makesCode('OFA-')] }))
  await makeCode(a, 'Gift of A', emailOfA, 1)
  const [newest] = await makeCode(a, 'Gift of A', emailOfA, 2)
  const [run] = await a.runs(`?${await a.find(emailOfA)}`)
  const order = { shop: shopA, customerId: run?.customerGid ?? '', discountCodes: [newest?.code] }
  await stage.shopify.post('/orders', order)
}

/** What B's store holds, as Shopify tells. */
async function storeOfB() {
  const of = (door: string) => stage.shopify.get(`/${door}shop=${shopB}`, z.array(z.json()))
  const held = {
    tags: await tagsOf(stage, shopB, email),
    metafields: await of(`metafields?id=${encodeURIComponent(its.customer)}&`),
    orders: await of('orders?'),
    discounts: await of('discounts?'),
    credit: await of('store-credit?'),
  }
  for (const [kind, all] of Object.entries(held)) expect(all, kind).not.toEqual([])
  return held
}

/** All that B's own session sees, which proves as well that B's ids lead somewhere. */
async function everythingOfB(): Promise<string[]> {
  const screens: [path: string, route: string][] = [
    ['/app', 'app'],
    ['/app?index', 'app._index'],
    ['/app/rules', 'app.rules._index'],
    [`/app/rules/${its.rule}`, 'app.rules.$id'],
    [`/app/rules/${its.failingRule}`, 'app.rules.$id'],
    ['/app/activity', 'app.activity._index'],
    [`/app/activity?rule=${its.rule}`, 'app.activity._index'],
    [`/app/activity?${await b.find(email)}`, 'app.activity._index'],
    ['/app/activity?outcome=failed', 'app.activity._index'],
    ['/app/activity/shadow', 'app.activity.shadow'],
    ['/app/rules/start', 'app.rules.start'],
    [`/app/activity/${its.run}`, 'app.activity.$runId'],
    [`/app/activity/${its.failedRun}`, 'app.activity.$runId'],
    [`/app/activity?operation=${its.operation}`, 'app.activity._index'],
    ['/app/operations', 'app.operations'],
    [`/app/rules/${its.rule}/past`, pastRoute],
    ['/app/codes', 'app.codes'],
    [`/app/activity?operation=${its.pastOperation}`, 'app.activity._index'],
    [`/app/codes?rule=${its.gifts}`, 'app.codes'],
    ['/app/sync', 'app.sync._index'],
    [`/app/sync/mappings/${its.mapping}`, 'app.sync.mappings.$id'],
    [`/app/sync/${its.sync}`, 'app.sync.$syncId'],
    [`/app/sync/${its.sync}/errors`, 'app.sync.$syncId.errors'],
    [`/app/sync/${its.pausedSync}/progress`, 'app.sync.$syncId.progress'],
    ['/app/settings', 'app.settings'],
    ['/app/settings/blueprint', 'app.settings_.blueprint'],
    [`/app/settings/privacy/${its.request}`, privacyRoute],
  ]
  return Promise.all(
    screens.map(async ([path, route]) => {
      const response = await b.session.load(path, route)
      expect(response.status, `${path} for B itself`).toBe(200)
      return `${path} ${await response.text()}`
    }),
  )
}

/** Nothing in it that only B's data holds. */
function expectNothingOfB(text: string): void {
  const { rule, failingRule, run, failedRun, event, operation, endpoint, signingSecret } = its
  const ofSync = [its.mapping, its.sync, its.pausedSync]
  const { secret, secretIds, id } = endpoint
  const ids = [rule, failingRule, run, failedRun, event, operation, id, ...secretIds]
  ids.push(its.gifts, its.pastOperation)
  for (const trace of [...ids, ...ofSync, secret, signingSecret]) {
    expect(text).not.toContain(trace)
  }
  expect(text).not.toMatch(/of-b|of_b|Of B|OFB-|gift-buyer|demo-two/)
}

const load = async (path: string, route: string) => {
  const response = await a.session.load(path, route)
  const text = await response.text()
  expectNothingOfB(text)
  return { status: response.status, text }
}

/** The action's answer, with B's ids cut out, since a refusal may repeat what was asked for. */
async function act(path: string, route: string, form: Record<string, string>) {
  const response = await a.session.fetch(
    `${path}${path.includes('?') ? '&' : '?'}${dataOf(route)}`,
    { method: 'POST', body: new URLSearchParams(form) },
  )
  const text = await response.text()
  expectNothingOfB(text)
  return { status: response.status, text, redirect: response.headers.get('X-Remix-Redirect') }
}

/** By door: `loader`, `action`, `action: intent`. */
type Doors = Record<string, () => Promise<void>>

/** Names what B has wherever a form may have a field for it. */
const ofB = () => ({
  shop: shopB,
  shopId: shopB,
  id: its.rule,
  ruleId: its.rule,
  eventId: its.event,
  endpointId: its.endpoint.id,
})

const documentOfA = () => JSON.stringify(ruleOn('Of A', [{ kind: 'add-tags', tags: ['of-a'] }]))

const settingsForm = (intent: string, more: Record<string, string>) => async () => {
  await act(`/app/settings?shop=${shopB}`, 'app.settings', { intent, ...ofB(), ...more })
}

const operationForm = (intent: string) => async () => {
  const form = { ...ofB(), intent, id: its.operation }
  const { text } = await act('/app/operations', 'app.operations', form)
  expect(text).toContain('It is over already')
}

const pastForm = (intent: string) => async () => {
  const form = { ...ofB(), intent, days: '30', history: 'yes' }
  const { text } = await act(`/app/rules/${its.rule}/past`, pastRoute, form)
  expect(text).toContain('This rule was deleted meanwhile.')
}

const wishesForB = (): Record<string, string>[] => [
  { ...ofB(), runId: its.run },
  { ...ofB(), search: `?rule=${its.rule}` },
  { ...ofB(), search: `?customer=${its.customer}` },
  { ...ofB(), search: `?operation=${its.pastOperation}` },
]

const index = 'app.sync._index'

const controlling = (intent: string) => async () => {
  for (const sync of [its.sync, its.pausedSync]) {
    const { text } = await act(`/app/sync/${sync}`, 'app.sync.$syncId', { intent })
    expect(text).toContain('"ok":false')
  }
}

/** For each route what A tries at its doors: the loader, and each intent of the action. */
const attempts: Record<string, Doors> = {
  _index: {
    loader: async () => {
      const response = await a.session.fetch(`/?shop=${shopB}`)
      expect(response.headers.get('Location')).toBe(`/app?shop=${shopB}`)
      expect(await response.text()).toBe('')
    },
  },
  'app.$': {
    loader: async () => expect((await load(`/app/${its.rule}`, 'app.$')).status).toBe(404),
  },
  app: {
    loader: async () => {
      await load(`/app?shop=${shopB}`, 'app')
    },
  },
  'app._index': {
    loader: async () => {
      const { text } = await load(`/app?index&shop=${shopB}`, 'app._index')
      // B's failed run is no trouble of A's.
      expect(text).toContain('"failures":[]')
    },
    action: async () => {
      await act('/app?index', 'app._index', ofB())
    },
  },
  'app.activity.$runId': {
    loader: async () => {
      for (const run of [its.run, its.failedRun]) {
        expect((await load(`/app/activity/${run}`, 'app.activity.$runId')).status).toBe(404)
      }
    },
    action: async () => {
      const { text } = await act(`/app/activity/${its.failedRun}`, 'app.activity.$runId', {})
      expect(text).toContain('"ok":false')
    },
  },
  'app.activity._index': {
    loader: async () => {
      const filters = [
        `rule=${its.rule}`,
        `operation=${its.operation}`,
        `operation=${its.pastOperation}`,
        `rule=${its.gifts}`,
        `problem=tag-unusable`,
        `customer=${its.customer}`,
        // What B's address holds of the person means nobody in another store.
        await b.find(email),
      ]
      for (const filter of filters) expect(await a.runs(`?${filter}`)).toEqual([])
      // The same person shops in both stores: each sees its own run.
      expect(await a.runs(`?${await a.find(email)}`)).toMatchObject([
        { ruleName: 'Win-back converted' },
      ])
      // B's codes were tidied up, A's were not yet.
      expect(await upkeepOf(a)).toEqual([])
      const failed = await load(`/app/activity?outcome=failed`, 'app.activity._index')
      expect(failed.text).toContain('"failures":[]')
      for (const cursor of [`before=${its.run}`, `after=${its.run}`, `shop=${shopB}`]) {
        await load(`/app/activity?${cursor}`, 'app.activity._index')
      }
    },
    'action: run-again': async () => {
      const again = { intent: 'run-again' }
      const ids = [its.run, its.failedRun]
      const { said } = await a.submitIds('/app/activity', 'app.activity._index', again, ids)
      expect(said).toBe('0 runs start again.')
    },
    'action: find': async () => {
      const form = { intent: 'find', ...ofB(), customer: email }
      const { redirect } = await act('/app/activity?index', 'app.activity._index', form)
      expect(redirect).toBe(`/app/activity?${await a.find(email)}`)
      expect(redirect).not.toContain(await b.find(email))
    },
    'action: run-all-again': async () => {
      const ofPerson = `&${await b.find(email)}`
      for (const filter of ['', `&rule=${its.failingRule}`, ofPerson]) {
        const form = { intent: 'run-all-again', ...ofB() }
        const path = `/app/activity?index${filter}`
        expect((await act(path, 'app.activity._index', form)).text).toContain('0 runs start again.')
      }
    },
  },
  'app.activity.shadow': {
    loader: async () => {
      for (const search of ['', `?rule=${its.rule}`, `?shop=${shopB}&days=30`]) {
        const { text } = await load(`/app/activity/shadow${search}`, 'app.activity.shadow')
        expect(text).toContain('"would":[],"done":0')
      }
    },
  },
  'app.rules.start': {
    loader: async () => {
      await load(`/app/rules/start?shop=${shopB}`, 'app.rules.start')
    },
  },
  'app.rules.$id': {
    loader: async () => {
      expect((await load(`/app/rules/${its.rule}`, 'app.rules.$id')).status).toBe(404)
      expect((await load('/app/rules/new', 'app.rules.$id')).status).toBe(200)
    },
    'action: save': async () => {
      const rules = await a.rules()
      const form = { intent: 'save', mode: 'on', version: '1', document: documentOfA() }
      const { text } = await act(`/app/rules/${its.rule}`, 'app.rules.$id', form)
      expect(text).toContain('"ok":false')
      expect(await a.rules()).toEqual(rules)
    },
    'action: delete': async () => {
      const form = { intent: 'delete' }
      const { text } = await act(`/app/rules/${its.rule}`, 'app.rules.$id', form)
      expect(text).toContain('"ok":false')
    },
  },
  [pastRoute]: {
    loader: async () => {
      expect((await load(`/app/rules/${its.rule}/past`, pastRoute)).status).toBe(404)
    },
    'action: preview': pastForm('preview'),
    'action: start': pastForm('start'),
  },
  'app.codes': {
    loader: async () => {
      const { text } = await load(`/app/codes?rule=${its.gifts}&shop=${shopB}`, 'app.codes')
      expect(text).toContain('"rows":[]')
      const { text: all } = await load(`/app/codes?shop=${shopB}`, 'app.codes')
      expect(codePage.parse(JSON.parse(all)).rows).toHaveLength(2)
    },
    'action: read-orders': async () => {
      await act(`/app/codes?shop=${shopB}`, 'app.codes', { intent: 'read-orders', ...ofB() })
      await eventually(async () =>
        expect((await codesOf(a)).map(({ state }) => state)).toEqual(['used', 'expired']),
      )
    },
    'action: delete-ended': async () => {
      await act(`/app/codes?shop=${shopB}`, 'app.codes', { intent: 'delete-ended', ...ofB() })
      await eventually(async () =>
        expect(await upkeepOf(a)).toMatchObject([{ kind: 'codes_deleted', count: 1 }]),
      )
    },
  },
  'app.operations': {
    loader: async () => {
      const { text } = await load(`/app/operations?shop=${shopB}`, 'app.operations')
      expect(text).toContain('"operations":[]')
    },
    'action: pause': operationForm('pause'),
    'action: resume': operationForm('resume'),
    'action: stop': operationForm('stop'),
  },
  'app.undo': {
    'action: preview': async () => {
      for (const wish of wishesForB()) {
        const { text } = await act('/app/undo', 'app.undo', { intent: 'preview', ...wish })
        expect(text).toContain('"runs":0')
      }
    },
    'action: start': async () => {
      for (const wish of wishesForB()) {
        const { text } = await act('/app/undo', 'app.undo', { intent: 'start', ...wish })
        expect(text).toContain('None of these runs is left to undo.')
      }
    },
  },
  'app.rules._index': {
    loader: async () => {
      await load(`/app/rules?shop=${shopB}`, 'app.rules._index')
    },
    'action: switch': async () => {
      const { problem } = await a.switchRules('off', its.rule, its.failingRule)
      expect(problem?.code).toBe('gone')
    },
    'action: delete': async () => {
      const ids = [its.rule, its.failingRule]
      const form = { intent: 'delete' }
      const { problem } = await a.submitIds('/app/rules', 'app.rules._index', form, ids)
      expect(problem?.code).toBe('gone')
    },
  },
  'app.rules.catalog': {
    loader: async () => {
      const { text } = await load(`/app/rules/catalog?shop=${shopB}`, 'app.rules.catalog')
      expect(text).toContain('"ok":true')
      for (const { id } of (await accountOf('demo-one')).flows) expect(text).toContain(id)
      for (const { id } of (await accountOf('demo-two')).flows) expect(text).not.toContain(id)
    },
  },
  'app.rules.preview': {
    action: async () => {
      const actions = [{ id: 'a', kind: 'add-tags', templates: ['{{ event.email }}'] }]
      const asked = { actions, eventId: its.event, trigger: null }
      const form = { ...ofB(), asked: JSON.stringify(asked) }
      const { text } = await act('/app/rules/preview', 'app.rules.preview', form)
      expect(text).toContain('"isMadeUp":true')
      expect(text).not.toContain(email)
    },
  },
  'app.rules.try': {
    action: async () => {
      const form = { ...ofB(), document: documentOfA() }
      const { text } = await act('/app/rules/try', 'app.rules.try', form)
      expect(text).toContain('Choose an event.')
      await tryCarriedTag()
    },
  },
  'app.sync._index': {
    loader: async () => {
      const { text } = await load(`/app/sync?before=${its.pausedSync}&shop=${shopB}`, index)
      expect(text).toContain('"current":null')
    },
    'action: presets': async () => {
      const form = { intent: 'presets', ...ofB(), preset: 'klaviyo.ltv_tier' }
      await act(`/app/sync?shop=${shopB}`, index, form)
    },
    'action: switch': async () => {
      const form = { intent: 'switch', id: its.mapping, isOn: 'false' }
      expect((await act('/app/sync', index, form)).text).toContain('"ok":false')
    },
    'action: schedule': async () => {
      await act(`/app/sync?shop=${shopB}`, index, { intent: 'schedule', ...ofB(), hour: '5' })
    },
    'action: start': async () => {
      const start = { intent: 'start', isDry: 'false', ...ofB() }
      const ofMapping = { ...start, kind: 'mapping', mappingId: its.mapping }
      expect((await act('/app/sync', index, ofMapping)).text).toContain('sync-nothing-mapped')
      // A's own is none of B's, which is under way already.
      const all = await act(`/app/sync?shop=${shopB}`, index, { ...start, kind: 'all' })
      expect(all.text).not.toContain('sync-under-way')
    },
  },
  'app.sync.$syncId': {
    loader: async () => {
      for (const sync of [its.sync, its.pausedSync]) {
        expect((await load(`/app/sync/${sync}`, 'app.sync.$syncId')).status).toBe(404)
      }
    },
    'action: pause': controlling('pause'),
    'action: resume': controlling('resume'),
    'action: cancel': controlling('cancel'),
  },
  'app.sync.$syncId.errors': {
    loader: async () => {
      const path = `/app/sync/${its.sync}/errors`
      expect((await load(path, 'app.sync.$syncId.errors')).status).toBe(404)
    },
  },
  'app.sync.$syncId.progress': {
    loader: async () => {
      const path = `/app/sync/${its.pausedSync}/progress`
      expect((await load(path, 'app.sync.$syncId.progress')).status).toBe(404)
    },
  },
  'app.sync.mappings.$id': {
    loader: async () => {
      const route = 'app.sync.mappings.$id'
      expect((await load(`/app/sync/mappings/${its.mapping}`, route)).status).toBe(404)
      expect((await load('/app/sync/mappings/new', route)).status).toBe(200)
    },
    'action: save': async () => {
      const form = { intent: 'save', document: JSON.stringify(mapping('of_a')) }
      const path = `/app/sync/mappings/${its.mapping}`
      expect((await act(path, 'app.sync.mappings.$id', form)).text).toContain('"ok":false')
    },
    'action: delete': async () => {
      const path = `/app/sync/mappings/${its.mapping}`
      const { text } = await act(path, 'app.sync.mappings.$id', { intent: 'delete' })
      expect(text).toContain('"ok":false')
    },
  },
  'app.sync.sample': {
    action: async () => {
      const document = JSON.stringify(mapping('of_a'))
      const form = { ...ofB(), email: 'maya.lindqvist@example.com', document }
      const { text } = await act('/app/sync/sample', 'app.sync.sample', form)
      expect(text).toContain('sample-no-profile')
    },
  },
  'app.sync.segments': {
    loader: async () => {
      const { text } = await load(`/app/sync/segments?shop=${shopB}`, 'app.sync.segments')
      expect(text).toContain('"ok":true')
      for (const { id } of (await accountOf('demo-one')).segments) expect(text).toContain(id)
      for (const { id } of (await accountOf('demo-two')).segments) expect(text).not.toContain(id)
    },
  },
  'app.settings': {
    loader: async () => {
      await load(`/app/settings?shop=${shopB}`, 'app.settings')
    },
    'action: connect': settingsForm('connect', { key: 'pk_of_nobody_0000000000' }),
    'action: test': settingsForm('test', {}),
    'action: disconnect': settingsForm('disconnect', {}),
    'action: rotate': settingsForm('rotate', {}),
    'action: retire': async () => {
      for (const secretId of its.endpoint.secretIds) await settingsForm('retire', { secretId })()
    },
    'action: renew-signing': settingsForm('renew-signing', {}),
    'action: retire-signing': settingsForm('retire-signing', {}),
    'action: save': settingsForm('save', { retentionDays: '7', tagBudget: '60' }),
  },
  'app.settings_.blueprint': {
    loader: async () => {
      await load(`/app/settings/blueprint?shop=${shopB}`, 'app.settings_.blueprint')
    },
  },
  'app.settings_.health': {
    loader: async () => {
      await load('/app/settings/health', 'app.settings_.health')
    },
    action: async () => {
      await act('/app/settings/health', 'app.settings_.health', ofB())
    },
  },
  [privacyRoute]: {
    loader: async () => {
      const { status } = await load(`/app/settings/privacy/${its.request}`, privacyRoute)
      expect(status).toBe(404)
    },
  },
  'auth.$': {
    loader: async () => {
      for (const path of ['/auth/callback', '/auth/login', '/auth/session-token']) {
        const response = await a.session.fetch(`${path}?shop=${shopB}`)
        const text = await response.text()
        for (const trace of [its.rule, its.endpoint.secret, its.signingSecret, email])
          expect(text).not.toContain(trace)
      }
    },
  },
  'webhooks.klaviyo.$endpointId': {
    loader: async () => expect((await fetch(its.endpoint.url)).status).toBe(405),
    action: async () => {
      const secret = (await a.settings()).endpoint.secrets.at(-1)?.value ?? ''
      const subject = { eventId: randomUUID(), profileId: '', email }
      const body = flowBody({ metric: 'Of B', email })
      const signature = createHmac('sha256', secret).update(body).digest('hex')
      for (const { headers, body: sent } of [
        { headers: flowHeaders(secret), body },
        { headers: { 'X-Klaviyo-Signature': signature }, body },
        systemPost(secret, 'Of B', [subject]),
      ]) {
        const init = { method: 'POST', headers: new Headers(headers), body: sent }
        expect((await fetch(its.endpoint.url, init)).status).toBe(401)
      }
    },
  },
  'webhooks.shopify': {
    loader: async () => {
      expect((await fetch(`${stage.sandbox.appUrl}/webhooks/shopify`)).status).toBe(405)
    },
    action: async () => {
      const customer = { id: Number(its.customer.split('/').at(-1)), email }
      const bodies = [
        { shop_id: 1, shop_domain: shopA, customer, orders_to_redact: [] },
        { shop_id: 1, shop_domain: shopA },
        { id: 1, myshopify_domain: shopA, domain: shopA },
        { id: 1, previous: [], current: [], updated_at: new Date().toISOString() },
      ]
      const topics = [
        'app/uninstalled',
        'customers/data_request',
        'customers/redact',
        'shop/redact',
      ]
      for (const topic of topics) {
        for (const body of bodies) {
          // What Shopify signed for A, sent on in the name of B.
          expect(await shopifyWebhook(topic, shopB, body), topic).not.toBe(200)
          // In the name of A, about B.
          const about = { ...body, shop_domain: shopB, myshopify_domain: shopB }
          expect(await shopifyWebhook(topic, shopA, about), topic).toBe(400)
          // In the name of B, signed by somebody else.
          expect(await shopifyWebhook(topic, shopB, about, 'a guess'), topic).toBe(401)
        }
      }
      // Bodies that name no shop: what they say of B is not believed.
      const nameless: [topic: string, body: object][] = [
        ['app/scopes_update', { id: 1, previous: scopes, current: [], updated_at: '2026-11-01' }],
        [
          'bulk_operations/finish',
          { admin_graphql_api_id: 'gid://shopify/BulkOperation/1', status: 'failed' },
        ],
      ]
      for (const [topic, body] of nameless) {
        expect(await shopifyWebhook(topic, shopB, body), topic).toBe(200)
        expect(await shopifyWebhook(topic, shopB, body, 'a guess'), topic).toBe(401)
      }
    },
  },
}

const named = z.object({ id: z.string() })
const groups = z.array(named).nonempty()
const accounts = z.array(z.object({ handle: z.string(), flows: groups, segments: groups }))

async function accountOf(wanted: 'demo-one' | 'demo-two') {
  const found = (await stage.klaviyo.get('/accounts', accounts)).find(
    ({ handle }) => handle === wanted,
  )
  if (!found) throw new Error(`no account ${wanted}`)
  return found
}

/**
 * A tag that A's customer carries anyway is nothing to add for A, even where B has granted the same
 * for a time to the same id. Only PostgreSQL can be reached from outside the app.
 */
async function tryCarriedTag(): Promise<void> {
  const [run] = await a.runs(`?${await a.find(email)}`)
  const gid = run?.customerGid ?? ''
  await stage.shopify.post('/customers', { shop: shopA, id: gid, tags: ['carried'] })
  if (database === 'postgresql') {
    await stage.query(
      `insert into "TagGrant" ("id", "shopId", "customerGid", "tag", "stepId", "expiresAt")
       values (gen_random_uuid(), '${shopB}', '${gid}', 'not for A to open', gen_random_uuid(),
         now() + interval '1 day')`,
    )
  }
  const rule = ruleOn('Completed Flow', [{ kind: 'add-tags', tags: ['carried'] }])
  const form = { document: JSON.stringify(rule), body: flowBody({ email }) }
  const { text } = await act('/app/rules/try', 'app.rules.try', form)
  expect(text).toContain('The customer already carries carried.')
}

async function shopifyWebhook(topic: string, shop: string, payload: object, secret = apiSecret) {
  const body = JSON.stringify(payload)
  const response = await fetch(`${stage.sandbox.appUrl}/webhooks/shopify`, {
    method: 'POST',
    body,
    headers: {
      'Content-Type': 'application/json',
      'X-Shopify-Topic': topic,
      'X-Shopify-Shop-Domain': shop,
      'X-Shopify-API-Version': '2026-10',
      'X-Shopify-Webhook-Id': randomUUID(),
      'X-Shopify-Triggered-At': new Date().toISOString(),
      'X-Shopify-Hmac-Sha256': createHmac('sha256', secret).update(body).digest('base64'),
    },
  })
  return response.status
}

const routesFolder = new URL('../../app/routes/', import.meta.url)
const routes = readdirSync(routesFolder).map((file) => ({
  name: file.replace(/\.tsx?$/, ''),
  source: readFileSync(new URL(file, routesFolder), 'utf8'),
}))

/** Loader, action and the intents that the action tells apart, as the source has them. */
function doorsOf(source: string): string[] {
  const has = (door: string) =>
    new RegExp(`^export (?:async )?(?:function|const) ${door}\\b`, 'm').test(source)
  const tellsIntents = source.includes("'intent'")
  const cases = tellsIntents ? [...source.matchAll(/case '([\w-]+)'/g)] : []
  const comparisons = [...source.matchAll(/'intent'\) === '([\w-]+)'/g)]
  const intents = [...cases, ...comparisons].map(([, intent]) => `action: ${intent ?? ''}`)
  const hasPlainAction = has('action') && cases.length === 0
  return [...(has('loader') ? ['loader'] : []), ...(hasPlainAction ? ['action'] : []), ...intents]
}

describe('every route', () => {
  it('has a case here, for its loader and each intent of its action', () => {
    const inFolder = routes.map(({ name, source }) => [name, doorsOf(source).sort()])
    const tried = Object.entries(attempts).map(([name, doors]) => [name, Object.keys(doors).sort()])
    expect(Object.fromEntries(tried)).toEqual(Object.fromEntries(inFolder))
  })
})

describe('with A’s session and B’s ids', () => {
  const cases = Object.entries(attempts).flatMap(([name, doors]) =>
    Object.entries(doors).map(([door, attempt]) => ({ name, door, attempt })),
  )
  it.each(cases)('$name, $door: nothing of B is read, changed or set off', async ({ attempt }) => {
    const before = await everythingOfB()
    const heldBefore = await storeOfB()
    await attempt()
    expect(await everythingOfB()).toEqual(before)
    expect(await storeOfB()).toEqual(heldBefore)
  })
})

const adminRoutes = routes.filter(({ name }) => name === 'app' || name.startsWith('app.'))

/** Where the route is found, with B's ids in it. */
function pathOf(name: string): string {
  const ids: Record<string, string> = {
    $runId: its.run,
    $id: its.rule,
    $syncId: its.sync,
    $requestId: its.request,
    $: 'nowhere',
  }
  const parts = name.split('.').filter((part) => part !== '_index')
  return `/${parts
    .map((part) => part.replace(/_$/, ''))
    .map((part) => ids[part] ?? part)
    .join('/')}`
}

const browser = { 'User-Agent': 'Mozilla/5.0 Chrome/150.0 Safari/537.36' }

/** A session token for B by whoever knows the secret, or not; `claims` override. */
function sessionToken(secret: string, claims: object = {}): string {
  const now = Math.floor(Date.now() / 1_000)
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const usual = {
    iss: `https://${shopB}/admin`,
    dest: `https://${shopB}`,
    aud: apiKey,
    sub: '1',
    exp: now + 60,
    nbf: now,
    iat: now,
    jti: randomUUID(),
    sid: randomUUID(),
  }
  const content = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode({ ...usual, ...claims })}`
  return `${content}.${createHmac('sha256', secret).update(content).digest('base64url')}`
}

describe('without a session token', () => {
  const bearer = (token: string) => ({ ...browser, Authorization: `Bearer ${token}` })
  const strangers: [string, () => Record<string, string>][] = [
    ['nobody', () => browser],
    ['a token signed by somebody else', () => bearer(sessionToken('a guess'))],
    ['a token for another app', () => bearer(sessionToken(apiSecret, { aud: 'another-app' }))],
    [
      'a token of yesterday',
      () => bearer(sessionToken(apiSecret, { exp: Math.floor(Date.now() / 1_000) - 86_400 })),
    ],
    ['an unsigned token', () => bearer(unsigned(sessionToken('')))],
  ]
  const unsigned = (token: string) => {
    const none = Buffer.from(JSON.stringify({ alg: 'none', typ: 'JWT' })).toString('base64url')
    return `${none}.${token.split('.')[1] ?? ''}.`
  }

  it.each(strangers)('every screen and form refuses %s', async (_who, headers) => {
    const before = await everythingOfB()
    for (const { name } of adminRoutes) {
      const path = pathOf(name)
      const form = { intent: 'delete', mode: 'off', id: its.rule }
      const post = { method: 'POST', body: new URLSearchParams(form) }
      const asked: [string, RequestInit][] = [
        [`${path}?${dataOf(name)}`, {}],
        [`${path}?${dataOf(name)}`, post],
        [`${path}?index&${dataOf(name)}`, post],
        [`${path}?shop=${shopB}&embedded=1&host=${btoa(`${shopB}/admin`)}`, {}],
        [path, {}],
        [path, post],
      ]
      for (const [url, init] of asked) {
        const response = await fetch(`${stage.sandbox.appUrl}${url}`, {
          ...init,
          headers: headers(),
          redirect: 'manual',
        })
        const what = `${init.method ?? 'GET'} ${url}: ${response.status}`
        const text = await response.text()
        // What anybody gets: the page that fetches a session token, or the way there, which Remix
        // wraps in a 204 where it was asked for data.
        const target = response.headers.get('X-Remix-Redirect') ?? response.headers.get('Location')
        const isBounce = target
          ? new URL(target, stage.sandbox.appUrl).pathname.startsWith('/auth/')
          : text.includes('app-bridge.js')
        expect(response.status >= 400 || isBounce, `${what} ${target ?? ''}`).toBe(true)
        for (const trace of [
          its.endpoint.secret,
          its.signingSecret,
          its.endpoint.id,
          email,
          'of-b',
        ]) {
          expect(text, what).not.toContain(trace)
        }
      }
    }
    expect(await everythingOfB()).toEqual(before)
  })

  it('but with B’s own every screen opens', async () => {
    const response = await fetch(
      `${stage.sandbox.appUrl}/app/rules/${its.rule}?${dataOf('app.rules.$id')}`,
      { headers: { ...browser, Authorization: `Bearer ${sessionToken(apiSecret)}` } },
    )
    expect(await response.text()).toContain('of-b')
  })

  it('A’s token opens A’s store, whatever shop the address names', async () => {
    const token = await a.session.token()
    const response = await fetch(
      `${stage.sandbox.appUrl}/app/rules?shop=${shopB}&embedded=1&host=${btoa(`${shopB}/admin`)}&id_token=${token}`,
      { headers: browser, redirect: 'manual' },
    )
    expectNothingOfB((await response.text()).replaceAll(shopB, ''))
  })
})
