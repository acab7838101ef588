import { beforeEach, describe, expect, it } from 'vitest'
import { v7 as uuidv7 } from 'uuid'
import type { Applied, Intent } from '../../../app/actions/action.ts'
import { applyCodes } from '../../../app/actions/discount-writes.ts'
import type { CodeChange } from '../../../app/actions/discount-writes.ts'
import { createAdmin } from '../../../app/shopify/admin.server.ts'
import { customerGid } from '../../../app/shopify/admin.ts'
import type { AdminApi } from '../../../app/shopify/admin.ts'
import { AdminApi as LocalAdmin } from '../../../sandbox/shopify/admin/execute.ts'
import { AdminSchema } from '../../../sandbox/shopify/admin/schema.ts'
import { demoStores } from '../../../sandbox/shopify/server.ts'
import { Store } from '../../../sandbox/shopify/store.ts'

/** Codes made and ended at the local Shopify. */

const local = new LocalAdmin(new AdminSchema())
const hourMs = 3_600_000

let store: Store
let shopify: AdminApi
let customer: Intent<CodeChange>['customer']

beforeEach(() => {
  const [seed] = demoStores()
  if (!seed) throw new Error('no demo store')
  store = new Store({ ...seed, handle: 'codes' }, 1)
  store.bucket.isEnforced = false
  shopify = createAdmin({
    shop: store.shop,
    graphql: async (query, { variables }) =>
      Response.json(await local.answer(store, { query, variables })),
  })
  customer = customerGid.parse(store.create({}).id)
})

const make = (code: string, replaces: string[] = [], hours = 72): Intent<CodeChange> => ({
  stepId: uuidv7(),
  shop: store.shop,
  customer,
  change: {
    does: 'make',
    code,
    worth: '10%',
    startsAt: new Date().toISOString(),
    endsAt: new Date(Date.now() + hours * hourMs).toISOString(),
    shop: store.shop,
    ruleId: uuidv7(),
    title: 'Klaviyo Actions: Cart code',
    terms: {
      worth: { kind: 'percentage', percent: 10 },
      items: { on: 'order' },
      minimum: { kind: 'none' },
      combinesWith: { orderDiscounts: false, productDiscounts: false, shippingDiscounts: false },
    },
    replaces,
  },
})

const wordOf = (outcome: Applied | undefined) =>
  outcome?.ok ? 'ok' : outcome?.decideAnew ? 'anew' : outcome?.problem.code
const apply = async (intent: Intent<CodeChange>, at = shopify) =>
  wordOf((await applyCodes([intent], { shopify: at }))[0])
const isLive = async (code: string) => (await shopify.findCodes([code]))[0]?.isLive

describe('a code', () => {
  it('ends those it replaces', async () => {
    expect(await apply(make('OLD'))).toBe('ok')
    expect(await apply(make('NEW', ['OLD']))).toBe('ok')
    expect([await isLive('OLD'), await isLive('NEW')]).toEqual([false, true])
  })

  it('is there though Shopify refuses to end the one before', async () => {
    await apply(make('OLD'))
    const refuses = (retry: 'never' | 'later'): AdminApi => ({
      ...shopify,
      endCodes: (ids) =>
        Promise.resolve(ids.map(() => ({ code: 'refused', what: 'No.', remedy: '', retry }))),
    })
    expect(await apply(make('NEW', ['OLD']), refuses('never'))).toBe('ok')
    expect(await isLive('NEW')).toBe(true)
    // What time heals is tried again.
    expect(await apply(make('NEWER', ['OLD']), refuses('later'))).toBe('refused')
  })

  it('that an earlier try made is the same, but for one with another end', async () => {
    const intent = make('SAME')
    expect(await apply(intent)).toBe('ok')
    expect(await apply(intent)).toBe('ok')
    expect(await apply(make('SAME', [], 73))).toBe('code-ends-else')
  })
})
