/** Undoing runs: only what we did, only what is still as we left it, once, in runs of their own. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { Merchant, answer, ruleOn } from '../harness/merchant.ts'
import { database, eventually, openSeededStage, shopA, shopB, tagsOf } from '../harness/stage.ts'
import type { Stage } from '../harness/stage.ts'

const account = 'demo-one'
const key = 'pk_demo_one_00000000000000000000000000'
const mayRead = ['accounts:read', 'profiles:read', 'metrics:read', 'flows:read', 'campaigns:read']
const mayWrite = ['profiles:write', 'events:write']

let stage: Stage
let merchant: Merchant

beforeAll(async () => {
  stage = await openSeededStage()
  merchant = new Merchant(stage, shopA)
})
afterAll(() => stage.close())
afterEach(async () => {
  await stage.shopify.delete('/faults')
  await stage.klaviyo.delete('/faults')
})

/** Each test has a metric, a namespace, a prefix and people of its own. */
let metric: string
let namespace: string
let prefix: string
let number = 0
beforeEach(() => {
  number++
  metric = `Undo ${number}`
  namespace = `undo${number}`
  prefix = `U${number}-`
})

const made = z.object({ id: z.string() })

/** Somebody known to both sides, who carries two tags and has a tier. */
async function newPerson(name: string) {
  const email = `${name}.undo${number}@example.com`
  const tags = ['Theirs', 'cold']
  const customer = made.parse(await stage.shopify.post('/customers', { shop: shopA, email, tags }))
  const properties = { tier: 'silver' }
  const profile = made.parse(await stage.klaviyo.post('/profiles', { account, email, properties }))
  return { email, customer: customer.id, profile: profile.id }
}
type Person = Awaited<ReturnType<typeof newPerson>>

const settingsOf = {
  code: () => ({
    worth: { kind: 'percentage', percent: 10 },
    currency: '',
    items: { on: 'order' },
    minimum: { kind: 'none' },
    combinesWith: { orderDiscounts: false, productDiscounts: false, shippingDiscounts: false },
    validHours: 72,
    prefix,
    length: 8,
    again: 'reuse',
  }),
  status: () => ({
    namespace,
    key: 'status',
    type: 'single_line_text_field',
    mode: 'set',
    value: '{{ event.status }}',
  }),
  points: () => ({
    namespace,
    key: 'points',
    type: 'number_integer',
    mode: 'increment',
    value: '3',
  }),
  property: (name: string) => ({ properties: [{ key: name, value: 'gold', as: 'text' }] }),
  event: () => ({ metric: `Told ${number}`, properties: [] }),
}

const addRule = (...actions: [kind: string, settings: object][]) =>
  merchant.addRule(
    ruleOn(metric, [], {
      actions: actions.map(([kind, settings], index) => ({ id: `${index}`, kind, settings })),
    }),
  )

const everything = (): [string, object][] => [
  ['add-tags', { tags: ['gold'] }],
  ['remove-tags', { tags: ['COLD'] }],
  ['discount-code', settingsOf.code()],
  ['set-metafield', settingsOf.status()],
  ['set-metafield', settingsOf.points()],
  ['set-profile-properties', settingsOf.property('tier')],
  ['set-profile-properties', settingsOf.property('fresh')],
  ['record-event', settingsOf.event()],
]

async function post({ email }: Person, status = 'gold'): Promise<void> {
  expect(await merchant.post({ metric, email, properties: { status } })).toBe(202)
}

/** The rule's runs, undoing ones too, once none of them waits; newest first. */
const over = (rule: string, count: number) =>
  eventually(async () => {
    const rows = await merchant.runs(`?rule=${rule}`)
    expect(rows).toHaveLength(count)
    for (const { state } of rows) expect(state).not.toBe('waiting')
    return rows
  }, 60_000)

async function runsOf(rule: string, count: number): Promise<string[]> {
  const rows = await over(rule, count)
  return rows.filter(({ isUndo }) => !isUndo).map(({ id }) => id)
}

async function undone(rule: string, count: number) {
  const rows = await over(rule, count)
  return Promise.all(rows.filter(({ isUndo }) => isUndo).map(({ id }) => merchant.run(id)))
}

const metafields = z.array(z.object({ namespace: z.string(), key: z.string(), value: z.string() }))
const metafieldsOf = async ({ customer }: Person) =>
  Object.fromEntries(
    (await stage.shopify.get(`/metafields?shop=${shopA}&id=${customer}`, metafields)).flatMap(
      (each) => (each.namespace === namespace ? [[each.key, each.value]] : []),
    ),
  )

const writeMetafield = ({ customer }: Person, name: string, value: string, type: string) =>
  stage.shopify.post('/metafields', {
    shop: shopA,
    id: customer,
    namespace,
    key: name,
    type,
    value,
  })

const profiles = z.array(
  z.object({ id: z.string(), properties: z.record(z.string(), z.json()) }).loose(),
)
const propertiesOf = async ({ profile }: Person) =>
  (await stage.klaviyo.get(`/profiles?account=${account}`, profiles)).find(
    ({ id }) => id === profile,
  )?.properties

const discounts = z.array(
  z.object({ code: z.string(), status: z.string(), customers: z.array(z.string()) }),
)
const codeOf = async ({ customer }: Person) =>
  (await stage.shopify.get(`/discounts?shop=${shopA}`, discounts)).find(
    (each) => each.code.startsWith(prefix) && each.customers.includes(customer),
  )

async function startUndo(wish: Parameters<Merchant['startUndo']>[0]): Promise<void> {
  const response = await merchant.startUndo(wish)
  if ('runId' in wish) {
    expect(response.headers.get('X-Remix-Redirect')).toBe('/app/activity?said=undo-started')
  } else {
    expect(z.object({ answer }).parse(await response.json()).answer.ok).toBe(true)
  }
}

const acted = async () => {
  const home = await (await merchant.session.load('/app', 'app._index')).text()
  return /"acted":(\d+)/g.exec(home)?.[1]
}

describe('undoing a run', () => {
  it('takes all of it back that can be, tells what can’t, and happens once', async () => {
    const person = await newPerson('ada')
    const rule = await addRule(...everything())
    await post(person)
    const [run = ''] = await runsOf(rule, 1)
    expect(await merchant.run(run)).toMatchObject({ state: 'done', canBeUndone: true, undo: null })
    expect((await codeOf(person))?.status).toBe('ACTIVE')
    const actedBefore = await acted()

    const preview = await merchant.previewUndo({ runId: run })
    expect(preview).toMatchObject({ runs: 1, undoneBefore: 0 })
    expect(preview.effects.map(({ title, count }) => `${title}: ${count}`)).toEqual([
      'Add tags: 1',
      'Remove tags: 1',
      'Make a single-use discount code: 1',
      'Set customer metafield: 2',
      'Set Klaviyo profile properties: 2',
      'Record a Klaviyo event: 0',
    ])
    await startUndo({ runId: run })
    const [undo] = await undone(rule, 2)
    expect(undo).toMatchObject({ state: 'done', undoes: { id: run }, canBeUndone: false })
    expect(undo?.steps.map(({ note, reason }) => note ?? reason)).toEqual([
      'Klaviyo keeps events that were recorded: they can’t be taken back.',
      'Puts fresh in Klaviyo back',
      'Puts tier in Klaviyo back',
      `Takes off what was added to ${namespace}.points`,
      `Clears ${namespace}.status`,
      'Ends the code for 10%',
      'Puts cold back',
      'Takes off gold',
    ])
    expect(await tagsOf(stage, shopA, person.email)).toEqual(['cold', 'Theirs'])
    expect(await metafieldsOf(person)).toEqual({})
    expect((await codeOf(person))?.status).toBe('EXPIRED')
    const properties = await propertiesOf(person)
    expect(properties?.['tier']).toBe('silver')
    expect(properties?.['fresh'] ?? null).toBeNull()
    const codes = await merchant.session.load(`/app/codes?rule=${rule}`, 'app.codes')
    expect(await codes.text()).toContain('"state":"expired"')

    // The figures count what rules did.
    expect(await acted()).toBe(actedBefore)
    expect(await merchant.run(run)).toMatchObject({
      canBeUndone: false,
      undo: { id: undo?.id, state: 'done' },
    })
    expect(await merchant.previewUndo({ runId: run })).toMatchObject({ runs: 0, undoneBefore: 1 })
    const again = await (await merchant.startUndo({ runId: run })).text()
    expect(again).toContain('nothing-to-undo')
    expect(await over(rule, 2)).toHaveLength(2)
    expect((await merchant.operations())[0]).toMatchObject({
      title: `One run of ${metric}`,
      state: 'done',
      counts: { done: 1, waiting: 0 },
    })
  })

  it('leaves a tag that a later run gave anew', async () => {
    const person = await newPerson('uma')
    const rule = await addRule(['add-tags', { tags: ['gold'] }])
    await post(person)
    const [first = ''] = await runsOf(rule, 1)
    await stage.shopify.post('/customers', { shop: shopA, id: person.customer, tags: ['Theirs'] })
    await post(person)
    const [second = ''] = await runsOf(rule, 2)
    await startUndo({ runId: first })
    const [undo] = await undone(rule, 3)
    expect(undo).toMatchObject({ state: 'skipped' })
    expect(await tagsOf(stage, shopA, person.email)).toEqual(['gold', 'Theirs'])
    await startUndo({ runId: second })
    await over(rule, 4)
    expect(await tagsOf(stage, shopA, person.email)).toEqual(['Theirs'])
  })

  it('takes back what a failed run did before it failed, which then runs no more', async () => {
    const person = await newPerson('eve')
    const rule = await addRule(
      ['add-tags', { tags: ['gold'] }],
      ['record-event', settingsOf.event()],
    )
    await stage.klaviyo.post('/keys', { key, account, scopes: mayRead })
    await post(person)
    const [run = ''] = await runsOf(rule, 1)
    await stage.klaviyo.post('/keys', { key, account, scopes: [...mayRead, ...mayWrite] })
    expect(await merchant.run(run)).toMatchObject({ state: 'failed', canBeUndone: true })
    await startUndo({ runId: run })
    await over(rule, 2)
    expect(await tagsOf(stage, shopA, person.email)).toEqual(['cold', 'Theirs'])
    const again = await merchant.submit(`/app/activity/${run}`, 'app.activity.$runId', {})
    expect(again.problem?.code).toBe('run-not-failed')
  })

  it('can run again when it failed', async () => {
    const person = await newPerson('kim')
    const rule = await addRule(['set-profile-properties', settingsOf.property('tier')])
    await post(person)
    const [run = ''] = await runsOf(rule, 1)
    await stage.klaviyo.post('/keys', { key, account, scopes: mayRead })
    await startUndo({ runId: run })
    const [failed] = await undone(rule, 2)
    expect(failed).toMatchObject({ state: 'failed', problem: { code: 'klaviyo-scope-missing' } })
    await stage.klaviyo.post('/keys', { key, account, scopes: [...mayRead, ...mayWrite] })
    const path = `/app/activity/${failed?.id ?? ''}`
    expect((await merchant.submit(path, 'app.activity.$runId', {})).ok).toBe(true)
    await eventually(async () => expect((await undone(rule, 2))[0]?.state).toBe('done'))
    expect((await propertiesOf(person))?.['tier']).toBe('silver')
  })
})

describe('undoing what a filter shows', () => {
  it('leaves what changed since, tells of used codes, and shows how far it is', async () => {
    const people = [await newPerson('ann'), await newPerson('bob'), await newPerson('cid')]
    const [, bob, cid] = people
    if (!bob || !cid) throw new Error('there are three')
    const rule = await addRule(
      ['add-tags', { tags: ['gold', 'new'] }],
      ['discount-code', settingsOf.code()],
      ['set-metafield', settingsOf.status()],
      ['set-metafield', settingsOf.points()],
    )
    for (const person of people) await writeMetafield(person, 'points', '10', 'number_integer')
    for (const person of people) await post(person)
    await over(rule, 3)

    // Bob shops with his code. Of Cid the merchant changes what the rule had set.
    const code = await codeOf(bob)
    await stage.shopify.post('/orders', {
      shop: shopA,
      customerId: bob.customer,
      discountCodes: [code?.code],
    })
    await stage.shopify.post('/customers', { shop: shopA, id: cid.customer, tags: ['gold'] })
    await writeMetafield(cid, 'status', 'platinum', 'single_line_text_field')
    await writeMetafield(cid, 'points', '20', 'number_integer')
    await merchant.submit('/app/codes', 'app.codes', { intent: 'read-orders' })
    const search = `?rule=${rule}`
    await eventually(async () => {
      const { runs, effects } = await merchant.previewUndo({ search })
      expect(runs).toBe(3)
      expect(effects[1]).toMatchObject({
        count: 2,
        lost: [{ reason: 'The code was used, so it stays.', count: 1 }],
      })
    })

    await startUndo({ search })
    const runs = await undone(rule, 6)
    expect(runs.map(({ state }) => state)).toEqual(['done', 'done', 'done'])
    const reasons = runs.flatMap(({ steps }) => steps.flatMap(({ reason }) => reason ?? []))
    expect(reasons.sort()).toEqual([
      'The code was used, so it stays.',
      `${namespace}.status was changed since, and stays so.`,
    ])
    for (const person of [people[0] ?? bob, bob]) {
      expect(await tagsOf(stage, shopA, person.email)).toEqual(['cold', 'Theirs'])
      expect(await metafieldsOf(person)).toEqual({ points: '10' })
    }
    expect(await tagsOf(stage, shopA, cid.email)).toEqual([])
    expect(await metafieldsOf(cid)).toEqual({ status: 'platinum', points: '17' })
    expect((await codeOf(cid))?.status).toBe('EXPIRED')
    expect((await merchant.operations())[0]).toMatchObject({
      title: `Runs of ${metric}`,
      state: 'done',
      expected: 3,
      counts: { done: 3 },
    })
  })

  it('undoes the newest first, so that the oldest state comes back', async () => {
    const person = await newPerson('dan')
    const rule = await addRule(
      ['set-metafield', settingsOf.status()],
      ['set-metafield', settingsOf.points()],
    )
    await writeMetafield(person, 'status', 'none', 'single_line_text_field')
    for (const status of ['bronze', 'silver', 'gold', 'platinum']) await post(person, status)
    await over(rule, 4)
    expect(await metafieldsOf(person)).toEqual({ status: 'platinum', points: '12' })
    // A lost answer makes a part of it be repeated.
    await stage.shopify.post('/faults', { kind: 'drop', operation: 'setMetafields', applied: true })
    await startUndo({ search: `?rule=${rule}&${await merchant.find(person.email)}` })
    const runs = await undone(rule, 8)
    expect(runs.map(({ state }) => state)).toEqual(['done', 'done', 'done', 'done'])
    expect(await metafieldsOf(person)).toEqual({ status: 'none' })
  }, 120_000)

  // Only PostgreSQL can be reached from outside the app.
  it.runIf(database === 'postgresql')('keeps that order when retries would not', async () => {
    const people = [await newPerson('ida'), await newPerson('jon')]
    const rule = await addRule(['set-metafield', settingsOf.status()])
    for (const person of people) {
      await writeMetafield(person, 'status', 'none', 'single_line_text_field')
      for (const status of ['silver', 'gold']) await post(person, status)
    }
    const [newerOfJon = '', olderOfJon = '', newerOfIda = '', olderOfIda = ''] = await runsOf(
      rule,
      4,
    )
    await stage.klaviyo.post('/faults', { kind: 'status', status: 503, times: 1_000 })
    await startUndo({ search: `?rule=${rule}` })
    await eventually(async () => {
      const waiting = (await merchant.runs(`?rule=${rule}`)).filter(({ isUndo }) => isUndo)
      const runs = await Promise.all(waiting.map(({ id }) => merchant.run(id)))
      expect(runs.map(({ problem }) => problem?.retry)).toEqual(Array(4).fill('later'))
    })
    await stage.klaviyo.delete('/faults')
    // Ida's fall due together, the older one first; of Jon's the newer one much later.
    const due = [
      [newerOfIda, 0],
      [olderOfIda, -1],
      [newerOfJon, 5],
      [olderOfJon, -1],
    ]
    await stage.query(`
      update "InboundEvent" e set "availableAt" = now() + t.seconds * interval '1 second'
      from (values ${due.map(([run, seconds]) => `('${run}'::uuid, ${seconds})`).join(', ')})
        as t (run, seconds), "Run" r
      where r."id" = t.run and e."id" = r."eventId"`)
    const runs = await undone(rule, 8)
    for (const { steps } of runs) expect(steps[0]?.note).toBe(`Puts ${namespace}.status back`)
    for (const person of people) expect(await metafieldsOf(person)).toEqual({ status: 'none' })
  })

  it('stops in the middle, and what had not begun can be undone later', async () => {
    const person = await newPerson('fay')
    const rule = await addRule(['add-tags', { tags: ['gold'] }])
    await post(person)
    await over(rule, 1)
    const search = `?rule=${rule}`
    await stage.klaviyo.post('/faults', { kind: 'status', status: 503, times: 1_000 })
    await startUndo({ search })
    await eventually(async () => {
      expect(await merchant.runs(search)).toMatchObject([{ isUndo: true, state: 'waiting' }, {}])
    })
    const [operation] = await merchant.operations()
    const stop = { intent: 'stop', id: operation?.id ?? '' }
    expect((await merchant.submit('/app/operations', 'app.operations', stop)).said).toBe('Stopped.')
    await stage.klaviyo.delete('/faults')
    const [stopped] = await undone(rule, 2)
    expect(stopped).toMatchObject({ state: 'skipped', reason: 'Stopped before it began.' })
    expect(await tagsOf(stage, shopA, person.email)).toContain('gold')

    expect(await merchant.previewUndo({ search })).toMatchObject({ runs: 1, undoneBefore: 0 })
    await startUndo({ search })
    await eventually(async () => expect((await undone(rule, 2))[0]?.state).toBe('done'))
    expect(await tagsOf(stage, shopA, person.email)).toEqual(['cold', 'Theirs'])
  })

  it('touches no run that only looked, and none of another store', async () => {
    const person = await newPerson('gus')
    const rule = await merchant.addRule(
      ruleOn(metric, [{ kind: 'add-tags', tags: ['gold'] }]),
      'shadow',
    )
    await post(person)
    const [run = ''] = await runsOf(rule, 1)
    expect(await merchant.previewUndo({ search: `?rule=${rule}` })).toMatchObject({ runs: 0 })
    expect(await merchant.run(run)).toMatchObject({ shadow: true, canBeUndone: false })
    const other = new Merchant(stage, shopB)
    expect(await other.previewUndo({ search: `?rule=${rule}` })).toEqual({
      title: 'All runs',
      runs: 0,
      undoneBefore: 0,
      effects: [],
    })
  })

  it('is forgotten with the customer that it names', async () => {
    const person = await newPerson('hal')
    const rule = await addRule(['add-tags', { tags: ['gold'] }])
    await post(person)
    await over(rule, 1)
    const whom = await merchant.find(person.email.toUpperCase())
    await startUndo({ search: `?rule=${rule}&${whom}` })
    await over(rule, 2)
    const title = `Runs of ${metric} for one customer`
    expect((await merchant.operations())[0]?.title).toBe(title)
    const about = { shop: shopA, topic: 'customers/redact', customerId: person.customer }
    await stage.shopify.post('/webhooks', about)
    await eventually(async () => {
      expect((await merchant.operations()).map((each) => each.title)).not.toContain(title)
    })
    expect(await merchant.runs(`?rule=${rule}`)).toEqual([])
  })
})
