import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import { v7 as uuidv7 } from 'uuid'
import type { Applied, Intent } from '../../../app/actions/action.ts'
import { applyMetafields } from '../../../app/actions/metafield-writes.ts'
import type { MetafieldChange } from '../../../app/actions/metafield-writes.ts'
import { createAdmin } from '../../../app/shopify/admin.server.ts'
import { customerGid } from '../../../app/shopify/admin.ts'
import type { AdminApi, CustomerGid, GraphqlCall } from '../../../app/shopify/admin.ts'
import { AdminApi as LocalAdmin } from '../../../sandbox/shopify/admin/execute.ts'
import { AdminSchema } from '../../../sandbox/shopify/admin/schema.ts'
import { demoStores } from '../../../sandbox/shopify/server.ts'
import { Store } from '../../../sandbox/shopify/store.ts'

/** Intents carried out at the local Shopify. Each test has a store of its own. */

const local = new LocalAdmin(new AdminSchema())
const name = 'loyalty.points'

let store: Store
let shopify: AdminApi
let requests: number
let stores = 0

beforeEach(openStore)

function openStore(): void {
  const [seed] = demoStores()
  if (!seed) throw new Error('no demo store')
  store = new Store({ ...seed, handle: `store-${++stores}` }, 1)
  store.bucket.isEnforced = false
  requests = 0
  const graphql: GraphqlCall = async (query, { variables }) => {
    requests++
    return Response.json(await local.answer(store, { query, variables }))
  }
  shopify = createAdmin({ shop: store.shop, graphql })
}

const newCustomer = () => customerGid.parse(store.create({}).id)
const valueOf = (customer: CustomerGid, key = 'points') =>
  store.metafield(customer, 'loyalty', key)?.value ?? null
const writeAsMerchant = (ownerId: string, value: string) =>
  store.setMetafield(
    { ownerId, namespace: 'loyalty', key: 'points', type: 'number_integer', value },
    'merchant',
  )

const intent = (
  customer: CustomerGid,
  change: Partial<MetafieldChange>,
): Intent<MetafieldChange> => ({
  stepId: uuidv7(),
  shop: store.shop,
  customer,
  change: {
    name,
    type: 'number_integer',
    from: null,
    fromType: null,
    to: '1',
    counts: false,
    ...change,
  },
})
const count = (customer: CustomerGid, from: string | null, to: string) =>
  intent(customer, { from, to, counts: true })

const apply = (intents: Intent<MetafieldChange>[]) => applyMetafields(intents, { shopify })

const wordsOf = (outcomes: Applied[]) =>
  outcomes.map((each) => (each.ok ? 'ok' : each.decideAnew ? 'anew' : each.problem.code))

describe('many', () => {
  it('go with few requests, and one that is wrong takes no other with it', async () => {
    const people = Array.from({ length: 60 }, newCustomer)
    const gone = customerGid.parse('gid://shopify/Customer/1')
    const outcomes = wordsOf(await apply([...people, gone].map((each) => count(each, null, '1'))))
    expect(outcomes).toEqual([...people.map(() => 'ok'), 'customer-gone'])
    expect(people.map((each) => valueOf(each))).toEqual(people.map(() => '1'))
    expect(requests).toBeLessThan(10)
  })

  it('of one customer are joined, unless Shopify minds one of them', async () => {
    const customer = newCustomer()
    const money = (from: string | null, currency: string): Partial<MetafieldChange> => ({
      name: 'loyalty.credit',
      type: 'money',
      from,
      to: JSON.stringify({ amount: '1', currency_code: currency }),
    })
    const usd = money(null, 'USD')
    const outcomes = await apply([
      intent(customer, usd),
      intent(customer, money(usd.to ?? null, 'ZZZ')),
    ])
    expect(wordsOf(outcomes)).toEqual(['ok', 'metafield-refused'])
    expect(valueOf(customer, 'credit')).toBe(usd.to)
  })
})

describe('carried out again', () => {
  it('a chain that was written is done as a whole', async () => {
    const customer = newCustomer()
    const chain = [
      count(customer, null, '2'),
      intent(customer, { from: '2', to: '7' }),
      count(customer, '7', '10'),
    ]
    expect(wordsOf(await apply(chain))).toEqual(['ok', 'ok', 'ok'])
    expect(store.journal.filter(({ metafield }) => metafield?.name === name)).toHaveLength(1)
    const counts = chain.filter(({ change }) => change.counts)
    expect(wordsOf(await apply(counts.toReversed()))).toEqual(['ok', 'ok'])
    expect(valueOf(customer)).toBe('10')
  })

  it('values set one after the other don’t go back to the first', async () => {
    const customer = newCustomer()
    const chain = [intent(customer, { to: '1' }), intent(customer, { from: '1', to: '2' })]
    await apply(chain)
    expect(wordsOf(await apply(chain))).toEqual(['ok', 'ok'])
    expect(valueOf(customer)).toBe('2')
  })

  it('a deletion finds nothing to do', async () => {
    const customer = newCustomer()
    writeAsMerchant(customer, '5')
    const clear = intent(customer, { from: '5', to: null })
    expect(wordsOf(await apply([clear]))).toEqual(['ok'])
    expect(wordsOf(await apply([clear]))).toEqual(['ok'])
    expect(valueOf(customer)).toBeNull()
  })
})

describe('what somebody else changed', () => {
  it('is decided anew', async () => {
    const customer = newCustomer()
    writeAsMerchant(customer, '100')
    const outcomes = await apply([
      count(customer, '5', '6'),
      intent(customer, { from: '5', to: '9' }),
      intent(customer, { from: '5', to: null }),
    ])
    expect(wordsOf(outcomes)).toEqual(['anew', 'anew', 'anew'])
    expect(valueOf(customer)).toBe('100')
  })

  it('to the very value that we would count to, is not taken for ours', async () => {
    const customer = newCustomer()
    const ours = count(customer, '5', '6')
    writeAsMerchant(customer, '6')
    expect(wordsOf(await apply([ours]))).toEqual(['anew'])
  })
})

it('counts add up, however often tries are lost, repeated, split, reordered or crossed by others', async () => {
  const move = fc.oneof(
    fc.record({
      add: fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 4 }),
      isHeldUp: fc.boolean(),
    }),
    fc.record({ merchantAdds: fc.integer({ min: 1, max: 9 }) }),
    fc.record({ tryAgain: fc.array(fc.nat(), { minLength: 1, maxLength: 3 }) }),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(move, { maxLength: 12 }), async (moves) => {
      openStore()
      const customer = newCustomer()
      const known: { write: Intent<MetafieldChange>; by: number }[] = []
      let total = 0

      /** Plans one upon the other, as a batch does. */
      const plan = (some: typeof known) => {
        let planned = valueOf(customer)
        for (const { write, by } of some) {
          const to = String(Number(planned ?? '0') + by)
          write.change = { ...write.change, from: planned, to }
          planned = to
        }
      }
      /** What is to be decided anew is planned upon what is there by now. */
      const settle = async (some: typeof known) => {
        let open = some
        while (open.length > 0) {
          const outcomes = await apply(open.map(({ write }) => write))
          open = open.filter((_each, index) => outcomes[index]?.ok === false)
          plan(open)
        }
      }
      for (const step of moves) {
        if ('merchantAdds' in step) {
          total += step.merchantAdds
          writeAsMerchant(customer, String(Number(valueOf(customer) ?? '0') + step.merchantAdds))
        } else if ('add' in step) {
          const fresh = step.add.map((by) => ({ write: count(customer, null, '0'), by }))
          total += step.add.reduce((sum, by) => sum + by, 0)
          plan(fresh)
          known.push(...fresh)
          if (!step.isHeldUp) await settle(fresh)
        } else {
          const picked = new Set(step.tryAgain.map((pick) => known[pick % known.length]))
          await settle([...picked].filter((each) => each !== undefined))
        }
      }
      await settle(known.toReversed())
      expect(Number(valueOf(customer) ?? '0')).toBe(total)
    }),
    { numRuns: 100 },
  )
})
