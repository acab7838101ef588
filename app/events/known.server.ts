/** What the cases of a batch have to know of their customers besides their tags, of all at once. */
import type { KnownCredit, Target } from '../actions/action.ts'
import { claimsIn, claimsName, resolve } from '../actions/credit-writes.ts'
import { problemOf } from '../problem.ts'
import type { Problem } from '../problem.ts'
import { customerGid } from '../shopify/admin.ts'
import type { AdminApi, CustomerGid } from '../shopify/admin.ts'
import { keyOfRef } from '../shopify/orders.ts'
import type { OrderQuestion, StoredOrder } from '../shopify/orders.ts'
import type { Case } from './cases.ts'
import { readCodes } from './codes.server.ts'
import { readGrants } from './grants.server.ts'
import { readMetafields } from './metafields.ts'
import { readNewerWrites } from './newer.server.ts'
import { undoneSteps } from './undone.server.ts'

export type Known = Pick<
  Target,
  | 'ownTags'
  | 'grants'
  | 'profileWrites'
  | 'metafields'
  | 'codes'
  | 'usedCodes'
  | 'orders'
  | 'storeCredit'
>

/** By customer. What no action asks for of Shopify costs nothing. */
export async function readKnown(
  cases: Case[],
  shop: string,
  shopify: AdminApi,
): Promise<(customer: string) => Known> {
  const customers = asking(cases).map(({ customer }) => customer)
  const [grants, profileWrites, metafields, codes, orders, credit] = await Promise.all([
    readGrants(customers, shop),
    readNewerWrites(cases, shop),
    readMetafields(cases, shopify),
    readCodes(cases, shop, shopify),
    readOrders(cases, shopify),
    readCredit(cases, shop, shopify),
  ])
  return (customer) => ({
    ...grants(customer),
    profileWrites: profileWrites.get(customer),
    metafields: metafields.get(customer),
    ...codes.get(customer),
    orders: orders.get(customer),
    storeCredit: credit.get(customer),
  })
}

async function readOrders(
  cases: Case[],
  shopify: AdminApi,
): Promise<Map<string, ReadonlyMap<string, StoredOrder | null>>> {
  const questions = new Map<string, OrderQuestion>()
  for (const { customer, steps, facts } of asking(cases)) {
    for (const { action, settings, undoes } of steps) {
      const refs = undoes ? action?.ordersOf(undoes.change) : action?.orders(settings, facts)
      for (const ref of refs ?? []) {
        questions.set(`${customer} ${keyOfRef(ref)}`, { customer, ref })
      }
    }
  }
  const wanted = [...questions.values()]
  const read = await shopify.findOrders(wanted)
  const found = new Map<string, Map<string, StoredOrder | null>>()
  for (const [index, { customer, ref }] of wanted.entries()) {
    const own = found.get(customer) ?? new Map<string, StoredOrder | null>()
    found.set(customer, own.set(keyOfRef(ref), read[index] ?? null))
  }
  return found
}

/** A permission that is missing concerns the steps that need it, not the batch. */
async function readCredit(
  cases: Case[],
  shop: string,
  shopify: AdminApi,
): Promise<Map<string, KnownCredit>> {
  const currencies = new Map<CustomerGid, string>()
  for (const { customer, steps } of asking(cases)) {
    for (const { action, settings } of steps) {
      const currency = action?.storeCredit(settings) ?? null
      if (currency !== null) currencies.set(customer, currency)
    }
  }
  if (currencies.size === 0) return new Map()
  const customers = [...currencies.keys()]
  try {
    const [notes, histories] = await Promise.all([
      shopify.readMetafields(customers.map((customer) => ({ customer, name: claimsName }))),
      shopify.readStoreCredit(
        [...currencies].map(([customer, currency]) => ({ customer, currency, kind: 'credit' })),
      ),
    ])
    const lefts = customers.map((_customer, index) => {
      const credit = histories[index] ?? { balance: '0', transactions: [] }
      const remaining = new Map(credit.transactions.map((each) => [each.id, each.remaining]))
      const left = resolve(claimsIn(notes[index] ?? null), { credit }).flatMap(
        ({ step, transaction }) => {
          const rest = remaining.get(transaction ?? '')
          return rest === undefined ? [] : [[step, rest] as const]
        },
      )
      return { balance: credit.balance, left: new Map(left) }
    })
    const undone = await undoneSteps(
      shop,
      lefts.flatMap(({ left }) => [...left.keys()]),
    )
    return new Map(
      customers.flatMap((customer, index): [string, KnownCredit][] => {
        const known = lefts[index]
        if (!known) return []
        const taken = [...known.left].filter(([step]) => undone.has(step))
        const owed = taken.reduce((sum, [, rest]) => sum + Number(rest), 0).toFixed(2)
        return [[customer, { ok: true, ...known, owed }]]
      }),
    )
  } catch (error) {
    const problem: Problem = problemOf(error)
    if (problem.retry !== 'never') throw error
    return new Map(customers.map((customer) => [customer, { ok: false, problem }]))
  }
}

/** The cases that go on, with whom they are about. */
const asking = (cases: Case[]) =>
  cases.flatMap(({ run, steps, facts }) =>
    run.state === 'waiting' && run.customerGid !== null
      ? [{ customer: customerGid.parse(run.customerGid), steps, facts }]
      : [],
  )
