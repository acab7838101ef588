import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import { v7 as uuidv7 } from 'uuid'
import type { Applied, Intent, KnownCredit } from '../../../app/actions/action.ts'
import {
  applyCredit,
  claimsIn,
  claimsName,
  settledAfterMs,
} from '../../../app/actions/credit-writes.ts'
import type { CreditChange } from '../../../app/actions/credit-writes.ts'
import { storeCredit, undoCredit } from '../../../app/actions/store-credit.ts'
import { createAdmin } from '../../../app/shopify/admin.server.ts'
import { customerGid } from '../../../app/shopify/admin.ts'
import type { AdminApi, CustomerGid } from '../../../app/shopify/admin.ts'
import { AdminApi as LocalAdmin } from '../../../sandbox/shopify/admin/execute.ts'
import { AdminSchema } from '../../../sandbox/shopify/admin/schema.ts'
import { demoStores } from '../../../sandbox/shopify/server.ts'
import { Store, optional } from '../../../sandbox/shopify/store.ts'
import { facts } from '../rules/facts.ts'
import { occasion } from './occasion.ts'

const local = new LocalAdmin(new AdminSchema())
let store: Store
let shopify: AdminApi
let stores = 0
let requests: number
let now: number
/** What becomes of the next requests that move money. */
let fates: ('lost on the way' | 'answer lost')[]

beforeEach(openStore)

function openStore(): void {
  const [seed] = demoStores()
  if (!seed) throw new Error('no demo store')
  store = new Store({ ...seed, handle: `credit-${++stores}` }, 1)
  store.bucket.isEnforced = false
  store.scopes = new Set([...store.scopes, ...optional])
  requests = 0
  now = Date.now()
  fates = []
  shopify = createAdmin({
    shop: store.shop,
    graphql: async (query, { variables }) => {
      requests++
      const fate = /storeCreditAccount(Credit|Debit)\(/.test(query) && fates.shift()
      // As shopify-app-remix's client does.
      if (fate === 'lost on the way') throw new Response(null, { status: 502 })
      const answer = await local.answer(store, { query, variables })
      if (fate) throw new Response(null, { status: 502 })
      return Response.json(answer)
    },
  })
}

const newCustomer = () => customerGid.parse(store.create({}).id)

const credit = (customer: CustomerGid, more: Partial<CreditChange> = {}): Intent<CreditChange> => ({
  stepId: uuidv7(),
  shop: store.shop,
  customer,
  change: { kind: 'credit', amount: '10.00', currency: 'USD', expiresAt: null, ...more },
})

const apply = (...intents: Intent<CreditChange>[]) => applyCredit(intents, { shopify }, () => now)

const balanceOf = (customer: CustomerGid) => store.credit.of(customer)[0]?.balance ?? 0
const merchantGives = (customer: CustomerGid, amount: number) =>
  store.credit.move(store.credit.open(customer, 'USD'), amount, null)

const wordsOf = (outcomes: Applied[]) =>
  outcomes.map((each) => (each.ok ? 'ok' : each.problem.code))

describe('store credit', () => {
  it('is given to many with few requests, several of one customer too', async () => {
    const people = Array.from({ length: 60 }, newCustomer)
    const [first] = people
    const twice = first ? [credit(first)] : []
    const outcomes = await apply(...people.map((each) => credit(each)), ...twice)
    expect(wordsOf(outcomes)).toEqual([...people, 'twice'].map(() => 'ok'))
    expect(people.map(balanceOf)).toEqual([20, ...people.slice(1).map(() => 10)])
    expect(requests).toBeLessThan(20)
  })

  it('is given once, however often it is tried', async () => {
    const customer = newCustomer()
    const one = credit(customer, { expiresAt: '2030-01-01T12:00:00.123Z' })
    for (let tries = 0; tries < 3; tries++) expect(wordsOf(await apply(one))).toEqual(['ok'])
    expect(balanceOf(customer)).toBe(10)
  })

  it('is found when the answer was lost', async () => {
    const customer = newCustomer()
    const one = credit(customer)
    fates = ['answer lost']
    expect(wordsOf(await apply(one))).toEqual(['shopify-down'])
    expect(wordsOf(await apply(one))).toEqual(['ok'])
    expect(balanceOf(customer)).toBe(10)
  })

  it('waits until a request that was lost can no longer arrive, and others with it', async () => {
    const customer = newCustomer()
    const one = credit(customer)
    const other = credit(customer, { amount: '3.00' })
    fates = ['lost on the way']
    expect(wordsOf(await apply(one))).toEqual(['shopify-down'])
    expect(wordsOf(await apply(one, other))).toEqual([
      'store-credit-unsettled',
      'store-credit-unsettled',
    ])
    now += settledAfterMs
    expect(wordsOf(await apply(other, one))).toEqual(['ok', 'ok'])
    expect(balanceOf(customer)).toBe(13)
  })

  it('is not taken for what the merchant gave, when the amount differs', async () => {
    const customer = newCustomer()
    const one = credit(customer)
    fates = ['lost on the way']
    await apply(one)
    merchantGives(customer, 9)
    now += settledAfterMs
    expect(wordsOf(await apply(one))).toEqual(['ok'])
    expect(balanceOf(customer)).toBe(19)
  })

  it('is not given again where too much happened to tell', async () => {
    const customer = newCustomer()
    const one = credit(customer)
    fates = ['answer lost']
    await apply(one)
    for (let times = 0; times < 12; times++) merchantGives(customer, 1)
    now += settledAfterMs
    expect(wordsOf(await apply(one))).toEqual(['store-credit-unclear'])
    expect(wordsOf(await apply(credit(customer), one))).toEqual(['ok', 'store-credit-unclear'])
    expect(balanceOf(customer)).toBe(32)
  })

  it('is not sent when its turn comes too late', async () => {
    const customer = newCustomer()
    const move = { customer, ...credit(customer).change, expiresAt: null }
    const [problem] = await shopify.moveStoreCredit([move], -1)
    expect(problem).toMatchObject({ code: 'shopify-turn-late', retry: 'later' })
    expect([requests, balanceOf(customer)]).toEqual([0, 0])
  })

  it('is refused in Shopify’s words', async () => {
    const gone = customerGid.parse('gid://shopify/Customer/1')
    const outcomes = await apply(
      credit(newCustomer(), { amount: '200000.00' }),
      credit(newCustomer(), { expiresAt: '2020-01-01T00:00:00.000Z' }),
      credit(gone),
    )
    expect(wordsOf(outcomes)).toEqual([
      'store-credit-refused',
      'store-credit-refused',
      'customer-gone',
    ])
  })

  it('fails alone when the permission is missing', async () => {
    store.scopes = new Set(['write_customers'])
    await expect(apply(credit(newCustomer()))).rejects.toMatchObject({
      problem: { code: 'store-credit-scope-missing', retry: 'never' },
    })
  })

  it('is given exactly once a step, whatever is lost, repeated, delayed or mixed', async () => {
    const move = fc.oneof(
      fc.record({ give: fc.constantFrom('5.00', '7.00') }),
      fc.record({ tryAgain: fc.nat() }),
      fc.record({ lose: fc.constantFrom('lost on the way' as const, 'answer lost' as const) }),
      fc.record({ passes: fc.constantFrom(1_000, settledAfterMs) }),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(move, { maxLength: 8 }), async (moves) => {
        openStore()
        const customer = newCustomer()
        const steps: Intent<CreditChange>[] = []
        for (const step of moves) {
          if ('lose' in step) fates.push(step.lose)
          else if ('passes' in step) now += step.passes
          else if ('give' in step) {
            const one = credit(customer, { amount: step.give })
            steps.push(one)
            await apply(one).catch(() => null)
          } else {
            const again = steps[step.tryAgain % Math.max(1, steps.length)]
            if (again) await apply(again).catch(() => null)
          }
        }
        fates = []
        for (const each of steps) {
          now += settledAfterMs
          expect(wordsOf(await apply(each))).toEqual(['ok'])
        }
        const total = steps.reduce((sum, { change }) => sum + Number(change.amount), 0)
        expect(balanceOf(customer)).toBe(total)
      }),
      { numRuns: 60 },
    )
  }, 60_000)
})

describe('a plan', () => {
  const settings = { amount: '{{ event.amount }}', currency: 'usd', expiresAfterDays: '30' }
  const known = (left: [string, string][] = []) => ({
    ok: true as const,
    balance: '5.00',
    left: new Map(left),
    owed: '0',
  })
  const target = (storeCredit: KnownCredit) => ({
    id: customerGid.parse('gid://shopify/Customer/1'),
    tags: [],
    ownTags: [],
    storeCredit,
  })
  const plan = (more: object, credit: KnownCredit = known()) =>
    storeCredit.plan(
      { ...settings, ...more },
      facts(),
      target(credit),
      { tagBudget: null },
      occasion,
    )

  it('tells the amount, the end and the balance', () => {
    expect(plan({})).toMatchObject({
      change: { kind: 'credit', amount: '12.50', expiresAt: '2026-04-13T09:30:00.000Z' },
      before: { 'Store credit': '5.00 USD' },
      after: { 'Store credit': '17.50 USD' },
      note: 'Gives 12.50 USD of store credit until 2026-04-13',
    })
  })

  it.each(['{{ event.nothing }}', '{{ flow }}', '{{ -3 }}', '{{ 0 }}', '{{ 1.234 }}'])(
    'fails when the amount is %s',
    (amount) => {
      expect(plan({ amount })).toMatchObject({
        outcome: 'fail',
        problem: { code: 'store-credit-unusable' },
      })
    },
  )

  it.each([
    [{ amount: 'ten' }, 'amount', /number above 0/],
    [{ amount: '' }, 'amount', /Give the amount/],
    [{ currency: '' }, 'currency', /three letters/],
    [{ expiresAfterDays: '0' }, 'expiresAfterDays', /At least 1 day/],
  ])('is not made of %o', (more, field, message) => {
    const [problem, ...others] = storeCredit.check({ ...settings, ...more })
    expect(others).toEqual([])
    expect(problem?.field).toBe(field)
    expect(problem?.message).toMatch(message)
  })

  const stepId = uuidv7()
  const undo = (credit: KnownCredit, expiresAt: string | null = null) =>
    undoCredit(
      {
        stepId,
        change: { kind: 'credit', amount: '10.00', currency: 'USD', expiresAt },
        before: null,
        after: null,
      },
      facts(),
      target(credit),
      occasion,
      { tagBudget: null },
    )

  it('of taking it back takes what is left', () => {
    expect(undo(known([[stepId, '4.00']]))).toMatchObject({
      change: { kind: 'debit', amount: '4.00' },
      note: 'Takes back 4.00 USD of 10.00; the rest was spent',
    })
    expect(undo(known([[stepId, '0.00']]))).toMatchObject({ reason: 'The credit was spent.' })
    expect(undo(known())).toMatchObject({ outcome: 'skip', reason: /can’t be told/ })
    expect(undo(known([[stepId, '4.00']]), '2026-01-01T00:00:00.000Z')).toMatchObject({
      reason: 'The credit has expired.',
    })
  })

  it('of taking it back makes up for what taking back others took from it', () => {
    const after = { ...known([[stepId, '3.00']]), balance: '20.00' }
    expect(undo({ ...after, owed: '9.00' })).toMatchObject({
      change: { kind: 'debit', amount: '10.00' },
      target: { storeCredit: { balance: '10.00', owed: '2.00' } },
    })
    expect(undo({ ...after, owed: '2.00' })).toMatchObject({ change: { amount: '5.00' } })
    expect(undo({ ...after, balance: '4.00', owed: '9.00' })).toMatchObject({
      change: { amount: '4.00' },
    })
  })

  it('of taking it back is carried out once as well', async () => {
    const customer = newCustomer()
    const given = credit(customer)
    await apply(given)
    const back = credit(customer, { kind: 'debit' })
    fates = ['answer lost']
    expect(wordsOf(await apply(back))).toEqual(['shopify-down'])
    expect(wordsOf(await apply(back))).toEqual(['ok'])
    expect(balanceOf(customer)).toBe(0)
    const [note = null] = await shopify.readMetafields([{ customer, name: claimsName }])
    expect(claimsIn(note).map(({ change }) => change.kind)).toEqual(['credit', 'debit'])
  })
})
