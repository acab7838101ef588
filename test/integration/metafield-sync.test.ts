/** Klaviyo's predictions as customer metafields: what a merchant and their theme see of a sync. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { Merchant, ruleOn } from '../harness/merchant.ts'
import { database, eventually, openSeededStage, shopA } from '../harness/stage.ts'
import type { Stage } from '../harness/stage.ts'
import { mapping, Syncing } from '../harness/sync.ts'

const account = 'demo-one'

let stage: Stage
let merchant: Merchant
let syncing: Syncing

beforeAll(async () => {
  // Klaviyo's limits are off, and the app need not keep to them either.
  stage = await openSeededStage({ env: { KLAVIYO_TIME_SCALE: '1000' } })
  merchant = new Merchant(stage, shopA)
  syncing = new Syncing(stage.admin(shopA))
  await stage.klaviyo.post('/limits', { enabled: false })
}, 180_000)
afterAll(() => stage.close())
afterEach(async () => {
  await stage.shopify.delete('/faults')
  await stage.klaviyo.delete('/faults')
  await stage.shopify.post('/bulk', { rowsPerSecond: null })
  const { current } = await syncing.overview()
  if (current) {
    await syncing.tell(current.sync.id, 'cancel')
    await syncing.over(current.sync.id)
  }
  await syncing.unmapAll()
})

/** Each test has a namespace of its own, so that none sees what another wrote. */
let namespace: string
let number = 0
beforeEach(() => {
  number++
  namespace = `klaviyo${number}`
})

const id = z.object({ id: z.string() })

async function newCustomer(fields: object): Promise<string> {
  return id.parse(await stage.shopify.post('/customers', { shop: shopA, ...fields })).id
}

async function newProfile(fields: object): Promise<string> {
  return id.parse(await stage.klaviyo.post('/profiles', { account, ...fields })).id
}

const segments = z.object({ segments: z.array(z.object({ id: z.string(), name: z.string() })) })

/** As the screen offers it. */
async function firstSegment() {
  const screen = await merchant.session.load('/app/sync/segments', 'app.sync.segments')
  const [segment] = segments.parse(await screen.json()).segments
  if (!segment) throw new Error('the account has no segment')
  return segment
}

const metafields = z.array(
  z.object({ namespace: z.string(), key: z.string(), type: z.string(), value: z.string() }),
)

async function valueOf(customer: string, key: string): Promise<string | null> {
  const all = await stage.shopify.get(`/metafields?shop=${shopA}&id=${customer}`, metafields)
  return all.find((each) => each.namespace === namespace && each.key === key)?.value ?? null
}

const state = z.object({
  count: z.number(),
  digest: z.string(),
  writes: z.object({
    created: z.number(),
    changed: z.number(),
    deleted: z.number(),
    repeated: z.number(),
  }),
})
const stateOf = () =>
  stage.shopify.get(`/metafields/state?shop=${shopA}&namespace=${namespace}`, state)

const people = z.array(z.object({ id: z.string(), email: z.string().nullable() }))

async function customerCalled(email: string): Promise<string> {
  const all = await stage.shopify.get(`/customers?shop=${shopA}`, people)
  const found = all.find((each) => each.email === email)
  if (!found) throw new Error(`no customer ${email}`)
  return found.id
}

const bulk = z.array(z.object({ type: z.string(), status: z.string() }))
const heldWrite = () =>
  eventually(async () => {
    const all = await stage.shopify.get(`/bulk?shop=${shopA}`, bulk)
    expect(all.some(({ type, status }) => type === 'MUTATION' && status === 'RUNNING')).toBe(true)
  })

const own = (key: string, more: object = {}) => mapping(key, { namespace, ...more })

/** A number of this test's people alone. */
const points = (more: object = {}) =>
  own('points', {
    source: { kind: 'property', key: `points${number}` },
    type: 'number_integer',
    ...more,
  })
const having = (value: unknown) => ({ [`points${number}`]: value })

describe('a crowd', () => {
  it('gets its metafields in bulk, and the next night only what changed', async () => {
    await stage.klaviyo.post('/profiles/bulk', { account, count: 600, prefix: 'crowd', ids: false })
    await stage.shopify.post('/customers/bulk', { shop: shopA, count: 600, prefix: 'crowd' })
    await syncing.map(own('predicted_ltv'))
    await syncing.map(
      own('churn_tier', {
        source: { kind: 'prediction', field: 'churn_probability' },
        type: 'single_line_text_field',
        decimals: null,
        derive: {
          kind: 'bands',
          bands: [
            { below: 0.5, label: 'low' },
            { below: null, label: 'high' },
          ],
        },
      }),
    )
    const first = await syncing.run()
    expect(first.problem).toBeNull()
    expect(first.state).toBe('done')
    expect(first.counts.matched).toBeGreaterThanOrEqual(600)
    expect(first.counts.written).toBe(first.counts.toWrite)
    expect(first.counts.failed).toBe(0)
    expect((await stateOf()).count).toBe(first.counts.written)
    expect(first.distribution.churn.reduce((a, b) => a + b)).toBeGreaterThanOrEqual(600)

    const again = await syncing.run()
    expect(again.counts).toMatchObject({ toWrite: 0, written: 0, changed: 0 })

    const { changed } = z
      .object({ changed: z.number() })
      .parse(await stage.klaviyo.post('/profiles/rescore', { account, share: 0.05 }))
    const night = await syncing.run()
    expect(night.counts.changed).toBeLessThanOrEqual(changed)
    expect(night.counts.changed).toBeGreaterThan(0)
    expect(night.counts.written).toBe(night.counts.toWrite)
    expect(night.bands[0]?.moves.every(({ from }) => from !== null)).toBe(true)
  })
})

describe('while Shopify works on the files', () => {
  beforeEach(async () => {
    await stage.shopify.post('/bulk', { rowsPerSecond: 200 })
    await syncing.map(own('predicted_ltv'))
  })

  it('it is told how far they are before a result is in', async () => {
    const started = await syncing.start()
    await eventually(async () => {
      const { sync, underWay } = await syncing.progress(started)
      expect(sync.counts.written).toBe(0)
      expect(underWay).toBeGreaterThan(0)
      expect(underWay).toBeLessThanOrEqual(sync.counts.toWrite)
    })
    await stage.shopify.post('/bulk', { rowsPerSecond: null })
    const { counts } = await syncing.over(started)
    expect(counts.written).toBe(counts.toWrite)
    expect((await syncing.progress(started)).underWay).toBe(0)
  })

  it('a customer who is deleted between reading and writing is told of, the others are written', async () => {
    const started = await syncing.start()
    await heldWrite()
    const gone = await customerCalled('crowd17@example.com')
    await stage.shopify.delete(`/customers?shop=${shopA}&id=${encodeURIComponent(gone)}`)
    await stage.shopify.post('/bulk', { rowsPerSecond: null })
    const report = await syncing.over(started)
    expect(report.state).toBe('done')
    expect(report.failures).toMatchObject([{ code: 'customer-gone', count: 1 }])
    expect(report.counts.written).toBe(report.counts.toWrite - 1)
    const csv = await syncing.errors(started)
    expect(csv.split('\r\n')[1]).toContain(`"${gone}","${namespace}.predicted_ltv","customer-gone"`)
  })

  it('a customer who is forgotten is neither told of nor kept', async () => {
    const started = await syncing.start()
    await heldWrite()
    const customerId = await customerCalled('crowd18@example.com')
    const redact = { shop: shopA, topic: 'customers/redact', customerId }
    expect(await stage.shopify.post('/webhooks', redact)).toMatchObject({ status: 200 })
    await stage.shopify.delete(`/customers?shop=${shopA}&id=${encodeURIComponent(customerId)}`)
    await stage.shopify.post('/bulk', { rowsPerSecond: null })
    const report = await syncing.over(started)
    expect(report).toMatchObject({ state: 'done', failures: [] })
    expect(await syncing.errors(started)).not.toContain(customerId)
  })

  it('an access token may expire', async () => {
    const started = await syncing.start()
    await heldWrite()
    await stage.shopify.post('/tokens/expire', { shop: shopA })
    await stage.shopify.post('/bulk', { rowsPerSecond: null })
    const report = await syncing.over(started)
    expect(report.state).toBe('done')
    expect(report.counts.written).toBe(report.counts.toWrite)
  })

  it('rows that Shopify lost are sent again', async () => {
    await stage.shopify.post('/bulk', { rowsPerSecond: null })
    await stage.shopify.post('/bulk/fail-rows', { shop: shopA, lines: [3, 5] })
    const report = await syncing.run()
    expect(report.counts.written).toBe(report.counts.toWrite)
    expect((await stateOf()).count).toBe(report.counts.written)
  })

  it('an operation may fail half way, and its file get lost', async () => {
    await stage.shopify.post('/bulk', { rowsPerSecond: null })
    await stage.shopify.post('/bulk/fail', { shop: shopA, errorCode: 'TIMEOUT', afterRows: 100 })
    await stage.shopify.post('/faults', { kind: 'drop', door: 'storage', operation: 'upload' })
    const report = await syncing.run()
    expect(report.state).toBe('done')
    expect(report.counts.written).toBe(report.counts.toWrite)
    expect((await stateOf()).count).toBe(report.counts.written)
  })

  it('a permission may be missing: it waits until that is granted', async () => {
    await stage.shopify.post('/bulk', { rowsPerSecond: null })
    await stage.shopify.post('/bulk/fail', {
      shop: shopA,
      errorCode: 'ACCESS_DENIED',
      afterRows: 0,
    })
    const started = await syncing.start()
    await eventually(async () =>
      expect((await merchant.banners()).shopify?.code).toBe('shopify-scope-missing'),
    )
    expect((await syncing.report(started)).state).toBe('running')
    await merchant.session.submit('/app/settings/health', 'app.settings_.health', {})
    const report = await syncing.over(started)
    expect(report.counts.written).toBe(report.counts.toWrite)
    expect((await stateOf()).count).toBe(report.counts.written)
  })

  it('it pauses, goes on, and is canceled; the next sync writes whatever may be missing', async () => {
    const started = await syncing.start()
    await heldWrite()
    expect(await syncing.tell(started, 'pause')).toMatchObject({ ok: true })
    expect((await syncing.report(started)).state).toBe('paused')
    const second = await syncing.submit({ intent: 'start', kind: 'all', isDry: 'false' })
    expect(second).toMatchObject({ ok: false, problem: { code: 'sync-under-way' } })
    expect(await syncing.tell(started, 'resume')).toMatchObject({ ok: true })
    expect(await syncing.tell(started, 'cancel')).toMatchObject({ ok: true })
    await stage.shopify.post('/bulk', { rowsPerSecond: null })
    expect((await syncing.over(started)).state).toBe('canceled')
    const next = await syncing.run()
    expect(next.state).toBe('done')
    expect((await stateOf()).count).toBe(next.counts.toWrite)
  })

  it('a rule may write first: the sync leaves the newer value, and the next one compares anew', async () => {
    const customer = await customerCalled('crowd20@example.com')
    const metric = `Live ${number}`
    await merchant.addRule(
      ruleOn(metric, [], {
        actions: [
          {
            id: '0',
            kind: 'set-metafield',
            settings: {
              namespace,
              key: 'predicted_ltv',
              type: 'number_decimal',
              mode: 'set',
              value: '4711',
            },
          },
        ],
      }),
    )
    await stage.shopify.post('/bulk', { rowsPerSecond: null })
    await syncing.run()
    const predicted = await valueOf(customer, 'predicted_ltv')
    expect(await merchant.post({ metric, email: 'crowd20@example.com' })).toBe(202)
    await eventually(async () => expect(await valueOf(customer, 'predicted_ltv')).toMatch(/^4711/))
    await eventually(async () => {
      const [run] = await merchant.runs()
      expect(run?.state).toBe('done')
    })
    const night = await syncing.run()
    expect(night.counts.written).toBe(1)
    expect(await valueOf(customer, 'predicted_ltv')).toBe(predicted)
  })
})

it('leaves a value that a rule writes while it still reads', async () => {
  await syncing.map(own('predicted_ltv'))
  const customer = await customerCalled('crowd20@example.com')
  const metric = `Meanwhile ${number}`
  const settings = {
    namespace,
    key: 'predicted_ltv',
    type: 'number_decimal',
    mode: 'set',
    value: '4711',
  }
  await merchant.addRule(
    ruleOn(metric, [], { actions: [{ id: '0', kind: 'set-metafield', settings }] }),
  )
  await stage.klaviyo.post('/latency', { ms: 1_500 })
  const started = await syncing.start()
  await eventually(async () => {
    expect((await syncing.report(started)).counts.matched).toBeGreaterThan(100)
  }, 30_000)
  expect(await merchant.post({ metric, email: 'crowd20@example.com' })).toBe(202)
  await eventually(async () => expect(await valueOf(customer, 'predicted_ltv')).toMatch(/^4711/))
  expect((await syncing.report(started)).phase).toBe('reading')
  await stage.klaviyo.post('/latency', { ms: 0 })
  const report = await syncing.over(started)
  expect(report.state).toBe('done')
  expect(await valueOf(customer, 'predicted_ltv')).toMatch(/^4711/)
  expect((await syncing.run()).counts.written).toBe(1)
})

describe('a key that Klaviyo refuses in the middle', () => {
  it('holds the sync where it is until it is mended', async () => {
    await syncing.map(own('predicted_ltv'))
    await stage.klaviyo.delete('/calls')
    await stage.klaviyo.post('/faults', {
      kind: 'status',
      status: 401,
      path: '/api/profiles',
      after: 3,
      times: 1,
    })
    const started = await syncing.start()
    await eventually(async () =>
      expect((await merchant.banners()).klaviyo?.code).toBe('klaviyo-key-refused'),
    )
    expect((await syncing.report(started)).state).toBe('running')
    await merchant.submit('/app/settings', 'app.settings', { intent: 'test' })
    const report = await syncing.over(started)
    expect(report.state).toBe('done')
    expect(report.counts.written).toBe(report.counts.toWrite)
    const pages = Math.ceil(report.counts.profiles / 100)
    const calls = z.object({ paths: z.record(z.string(), z.number()) })
    const { paths } = await stage.klaviyo.get('/calls', calls)
    // The refused one, those asked for ahead of it, the check of the key; not all from the start.
    expect(paths['GET /api/profiles']).toBeLessThanOrEqual(pages + 4)
  })
})

describe('people', () => {
  it('whose profiles differ only in case, or lead to one customer, fill it once', async () => {
    const email = `one${number}@example.com`
    const customer = await newCustomer({ email, phone: `+4930111${1000 + number}` })
    await newProfile({ email: email.toUpperCase(), properties: having(1) })
    await newProfile({ phone_number: `+4930111${1000 + number}`, properties: having(2) })
    await syncing.map(points())
    const report = await syncing.run()
    expect(report.counts.unmatched.duplicate).toBe(1)
    expect(await valueOf(customer, 'points')).toBe('1')
    expect((await syncing.run()).counts.written).toBe(0)
  })

  it('keep the profile that filled them when only another one of theirs is synced', async () => {
    const phone = `+4930112${1000 + number}`
    const customer = await newCustomer({ email: `two${number}@example.com`, phone })
    await newProfile({ email: `two${number}@example.com`, properties: having(1) })
    const second = await newProfile({ phone_number: phone, properties: having(2) })
    const segment = await firstSegment()
    await stage.klaviyo.post('/members', {
      account,
      group: segment.id,
      profiles: [second],
      member: true,
    })
    await syncing.map(points())
    await syncing.run()
    const ofSegment = { kind: 'segment', segmentId: segment.id, segmentName: segment.name }
    const report = await syncing.run(ofSegment)
    expect(report.counts).toMatchObject({ toWrite: 0, unmatched: { duplicate: 1 } })
    const alone = await syncing.run({ kind: 'customer', email: `two${number}@example.com` })
    expect(alone.counts).toMatchObject({ profiles: 2, matched: 1, toWrite: 0 })
    expect(await valueOf(customer, 'points')).toBe('1')
  })

  it('who register anew after they were deleted are met at once', async () => {
    const email = `anew${number}@example.com`
    const before = await newCustomer({ email })
    await newProfile({ email, properties: having(1) })
    await syncing.map(points())
    await syncing.run()
    await stage.shopify.delete(`/customers?shop=${shopA}&id=${encodeURIComponent(before)}`)
    const now = await newCustomer({ email })
    const report = await syncing.run()
    expect(report.counts.unmatched.several).toBe(0)
    expect(await valueOf(now, 'points')).toBe('1')
  })

  it.runIf(database === 'postgresql')(
    'are not forgotten when the week of their index ends while it is brought up to date',
    async () => {
      await syncing.map(points())
      const { matched } = (await syncing.run()).counts
      await stage.shopify.post('/bulk', { held: true })
      const started = await syncing.start()
      await eventually(async () => {
        const all = await stage.shopify.get(`/bulk?shop=${shopA}`, bulk)
        expect(all.some(({ type, status }) => type === 'QUERY' && status === 'RUNNING')).toBe(true)
      })
      await stage.query(`update "Shop" set "indexedAt" = now() - interval '8 days'`)
      await stage.shopify.post('/bulk', { held: false })
      expect((await syncing.over(started)).counts.matched).toBe(matched)
      expect((await syncing.run()).counts.matched).toBe(matched)
    },
  )

  it('without address or customer are counted by reason', async () => {
    await newProfile({ external_id: `nobody${number}` })
    await newProfile({ email: `nobody${number}@example.com` })
    await syncing.map(points())
    const { unmatched } = (await syncing.run()).counts
    expect(unmatched.noAddress).toBeGreaterThanOrEqual(1)
    expect(unmatched.noCustomer).toBeGreaterThanOrEqual(1)
  })

  it('whose profiles were merged keep their customer', async () => {
    const email = `merged${number}@example.com`
    const customer = await newCustomer({ email })
    const source = await newProfile({ email: `old-${email}`, properties: having(1) })
    const destination = await newProfile({ email, properties: having(2) })
    await syncing.map(points())
    await syncing.run()
    await stage.klaviyo.post('/profiles/merge', { account, source, destination })
    await stage.klaviyo.post('/profiles', { account, id: destination, properties: having(3) })
    const report = await syncing.run()
    expect(report.counts.written).toBe(1)
    expect(await valueOf(customer, 'points')).toBe('3')
  })
})

describe('a value', () => {
  const withValues = async (values: object, value: unknown) => {
    const email = `value${number}@example.com`
    const customer = await newCustomer({ email })
    const profile = await newProfile({ email, properties: having(value) })
    await syncing.map(points(values))
    return {
      customer,
      to: (next: unknown) =>
        stage.klaviyo.post('/profiles', { account, id: profile, properties: having(next) }),
    }
  }

  it('that Klaviyo has no more is deleted where the mapping says so', async () => {
    const { customer, to } = await withValues({ whenEmpty: 'delete' }, 5)
    await syncing.run()
    expect(await valueOf(customer, 'points')).toBe('5')
    await to(null)
    expect((await syncing.run()).counts).toMatchObject({ deleted: 1, written: 0 })
    expect(await valueOf(customer, 'points')).toBeNull()
    expect((await syncing.run()).counts.deleted).toBe(0)
  })

  it('that Klaviyo has no more is left otherwise', async () => {
    const { customer, to } = await withValues({}, 5)
    await syncing.run()
    await to(null)
    expect((await syncing.run()).counts.toWrite).toBe(0)
    expect(await valueOf(customer, 'points')).toBe('5')
  })

  it('that may have been written before a sync was canceled is not taken for the old one', async () => {
    const { customer, to } = await withValues({ whenEmpty: 'delete' }, 5)
    await syncing.run()
    await to(6)
    const fault = { kind: 'hang', operation: 'setMetafields', applied: true }
    await stage.shopify.post('/faults', fault)
    const started = await syncing.start()
    await eventually(async () => expect(await valueOf(customer, 'points')).toBe('6'))
    await syncing.tell(started, 'cancel')
    expect((await syncing.over(started)).state).toBe('canceled')
    await to(5)
    expect((await syncing.run()).counts.written).toBe(1)
    expect(await valueOf(customer, 'points')).toBe('5')
  })

  it('is written only if it moved by more than the gate', async () => {
    const { customer, to } = await withValues({ gate: { kind: 'amount', amount: 2 } }, 5)
    await syncing.run()
    await to(7)
    expect((await syncing.run()).counts.toWrite).toBe(0)
    await to(8)
    expect((await syncing.run()).counts.written).toBe(1)
    expect(await valueOf(customer, 'points')).toBe('8')
  })

  it('that is none of the type is told of, without quoting it', async () => {
    await withValues({}, 'secret-text')
    const report = await syncing.run()
    expect(report.failures).toMatchObject([{ code: 'mapping-unusable', count: 1 }])
    expect(JSON.stringify(report)).not.toContain('secret-text')
  })

  it('shows in a dry run, which writes nothing', async () => {
    const { customer } = await withValues({}, 5)
    const report = await syncing.run({ isDry: 'true' })
    expect(report.counts).toMatchObject({ toWrite: 1, written: 0 })
    expect(report.changes).toEqual([
      { customerGid: customer, metafield: `${namespace}.points`, before: null, after: '5' },
    ])
    expect(await valueOf(customer, 'points')).toBeNull()
  })

  it('of a segment is synced for its people alone', async () => {
    await syncing.map(own('predicted_ltv'))
    const segment = await firstSegment()
    const report = await syncing.run({
      kind: 'segment',
      segmentId: segment.id,
      segmentName: segment.name,
    })
    expect(report.state).toBe('done')
    expect(report.counts.profiles).toBeGreaterThan(0)
    expect(report.counts.profiles).toBeLessThan(600)
    expect((await stateOf()).count).toBe(report.counts.written)
  })

  it('of one customer is synced alone', async () => {
    const { customer, to } = await withValues({}, 5)
    await syncing.run({ kind: 'customer', email: `value${number}@example.com` })
    expect(await valueOf(customer, 'points')).toBe('5')
    await to(6)
    const report = await syncing.run({ kind: 'customer', email: `value${number}@example.com` })
    expect(report.counts).toMatchObject({ profiles: 1, written: 1 })
    expect(await valueOf(customer, 'points')).toBe('6')
  })
})

describe('a metafield whose definition has another type', () => {
  const define = (type: string) =>
    stage.shopify.post('/metafield-definitions', {
      shop: shopA,
      name: 'Points',
      namespace,
      key: 'points',
      type,
    })

  it('is refused when the mapping is saved', async () => {
    await define('number_decimal')
    const said = await syncing.map(points({ type: 'json', decimals: null }))
    expect(said).toMatchObject({
      ok: false,
      problems: [
        { field: 'type', message: `${namespace}.points has the type Decimal in this store.` },
      ],
    })
  })

  it('made afterwards is left out of the sync, and the report says so', async () => {
    const email = `conflict${number}@example.com`
    const customer = await newCustomer({ email })
    await newProfile({ email, properties: having(5) })
    await syncing.map(points())
    await syncing.map(points({ key: 'rank' }))
    await define('number_decimal')
    const report = await syncing.run()
    expect(report.failures).toMatchObject([
      { code: 'metafield-type-differs', metafield: `${namespace}.points`, count: 1 },
    ])
    expect(await valueOf(customer, 'rank')).toBe('5')
    expect(await valueOf(customer, 'points')).toBeNull()
  })
})

it('says what Klaviyo needs where the account has no predictions', async () => {
  await stage.klaviyo.post('/profiles/rescore', { account, share: 1, to: 'none' })
  await syncing.map(own('predicted_ltv'))
  const report = await syncing.run()
  expect(report.state).toBe('done')
  expect(report.problem?.code).toBe('klaviyo-no-predictions')
  expect(report.problem?.remedy).toContain('500 customers')
})

it('of one customer alone it keeps no distribution and no moves', async () => {
  const email = `alone${number}@example.com`
  await newCustomer({ email })
  await newProfile({ email, properties: having(120) })
  const bands = [
    { below: 100, label: 'low' },
    { below: null, label: 'high' },
  ]
  const derive = { kind: 'bands', bands }
  await syncing.map(points({ type: 'single_line_text_field', decimals: null, derive }))
  const report = await syncing.run({ kind: 'customer', email })
  expect(report.counts.written).toBe(1)
  expect(report.changes).toMatchObject([{ before: null, after: 'high' }])
  expect(report.bands).toMatchObject([{ moves: [] }])
  expect(report.distribution).toMatchObject({ scored: 0, unscored: 0 })
})

it('what it holds of a customer is told, and forgotten', async () => {
  const email = `privacy${number}@example.com`
  const customer = await newCustomer({ email })
  await newProfile({ email, properties: having(5) })
  await syncing.map(points())
  const alone = await syncing.run({ kind: 'customer', email })
  expect(alone.counts.written).toBe(1)
  const ask = (topic: string) =>
    stage.shopify.post('/webhooks', { shop: shopA, topic, customerId: customer })
  await ask('customers/data_request')
  const [request] = (await merchant.settings()).requests
  const answered = await merchant.session.fetch(`/app/settings/privacy/${request?.id}`)
  expect(await answered.json()).toMatchObject({
    metafieldSync: {
      written: [{ metafield: `${namespace}.points`, value: '5' }],
      findings: [{ metafield: `${namespace}.points`, change: { before: null, after: '5' } }],
      syncs: [{ state: 'done' }],
    },
  })
  await ask('customers/redact')
  expect((await syncing.overview()).history.syncs.map(({ id }) => id)).not.toContain(alone.id)
  await ask('customers/data_request')
  const [later] = (await merchant.settings()).requests
  const forgotten = await merchant.session.fetch(`/app/settings/privacy/${later?.id}`)
  expect(await forgotten.json()).toMatchObject({
    metafieldSync: { written: [], hashesOfAddresses: 0, findings: [], syncs: [] },
  })
})
