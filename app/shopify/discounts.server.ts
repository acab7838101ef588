/** Discount codes: make, find, end and delete, many with few requests. */
import type { Clock } from '../patience.ts'
import { ProblemError, problemOf } from '../problem.ts'
import type { Problem } from '../problem.ts'
import type { AdminApi } from './admin.ts'
import { pagesOf } from './batch.ts'
import type { Ask, Document, ReturnOf } from './batch.ts'
import type { CodeResult, NewCode, StoredCode } from './discounts.ts'
import {
  createCode,
  createFreeShippingCode,
  deleteCodes,
  endCode,
  findCode,
  findJob,
  findOrders,
} from './documents.ts'
import { problemOfDiscount } from './problems.ts'
import { resultOf } from './send.server.ts'
import type { Answer } from './send.server.ts'

/** Shopify carries them out one by one; more would bring a document near the time-out. */
const changesPerMutation = 50

const lookUpsPerQuery = 100

const deletionsPerJob = 250
const jobPauseMs = 500
const longestJobMs = 120_000

const jobTooLong: Problem = {
  code: 'shopify-job-slow',
  what: 'Shopify has not finished deleting the discount codes within two minutes.',
  remedy: 'The rest is deleted the next night.',
  retry: 'later',
}

type Calls = Pick<
  AdminApi,
  'createCodes' | 'findCodes' | 'endCodes' | 'deleteCodes' | 'ordersSince'
>

type CarryOut = <D extends Document>(asks: Ask<D>[]) => Promise<Answer>

type ChangeDocument =
  typeof createCode.document | typeof createFreeShippingCode.document | typeof endCode.document

interface Complaint {
  code?: string | null
  message: string
}

export function discountCalls(carryOut: CarryOut, clock: Clock): Calls {
  return {
    async createCodes(codes) {
      const complaints = await change(codes, creationOf)
      return complaints.map((complaint): CodeResult => {
        if (!complaint) return { outcome: 'made' }
        if ('retry' in complaint) return { outcome: 'refused', problem: complaint }
        if (complaint.code === 'TAKEN') return { outcome: 'taken' }
        return { outcome: 'refused', problem: problemOfDiscount(complaint.message) }
      })
    },

    async findCodes(codes) {
      const pages = pagesOf(codes, lookUpsPerQuery).map(async (page) => {
        const asks = page.map((code) => ({ operation: findCode, variables: { code } }))
        const answer = await carryOut(asks)
        return asks.map((ask, index) => {
          const { found } = resultOf(answer, ask, index)
          return found ? storedCode(ask.variables.code, found) : null
        })
      })
      return (await Promise.all(pages)).flat()
    },

    async endCodes(ids) {
      const complaints = await change(ids, (id) => ({ operation: endCode, variables: { id } }))
      return complaints.map((complaint) => {
        if (!complaint || 'retry' in complaint) return complaint
        // One that is gone has ended too.
        return /does not exist|not found/i.test(complaint.message)
          ? null
          : problemOfDiscount(complaint.message)
      })
    },

    async deleteCodes(ids) {
      for (const page of pagesOf(ids, deletionsPerJob)) {
        const ask = { operation: deleteCodes, variables: { ids: page } }
        const { outcome } = resultOf(await carryOut([ask]), ask, 0)
        const [complaint] = outcome?.userErrors ?? []
        if (complaint) throw new ProblemError(problemOfDiscount(complaint.message))
        if (outcome?.job && !outcome.job.done) await jobDone(outcome.job.id)
      }
    },

    async ordersSince(since, after) {
      const query = `updated_at:>='${since.toISOString()}'`
      const ask = { operation: findOrders, variables: { query, after } }
      const { nodes, pageInfo } = resultOf(await carryOut([ask]), ask, 0).orders
      const orders = nodes.map(({ id, createdAt, discountCodes, currentTotalPriceSet }) => {
        const { amount, currencyCode } = currentTotalPriceSet.shopMoney
        const total = { amount, currency: currencyCode }
        return { id, createdAt: new Date(createdAt), discountCodes, total }
      })
      return { orders, next: pageInfo.hasNextPage ? (pageInfo.endCursor ?? null) : null }
    },
  }

  async function jobDone(id: string): Promise<void> {
    const until = clock.now() + longestJobMs
    while (clock.now() < until) {
      await clock.sleep(jobPauseMs)
      const ask = { operation: findJob, variables: { id } }
      const { job } = resultOf(await carryOut([ask]), ask, 0)
      if (!job || job.done) return
    }
    throw new ProblemError(jobTooLong)
  }

  /** What Shopify, or the way there, has against each of the changes. Never rejects. */
  async function change<T, D extends ChangeDocument>(
    items: T[],
    askFor: (item: T) => Ask<D>,
  ): Promise<(Complaint | Problem | null)[]> {
    const pages = pagesOf(items, changesPerMutation).map(async (page) => {
      const asks = page.map(askFor)
      try {
        const answer = await carryOut(asks)
        return asks.map((ask, index) => complaintOf(answer, ask, index))
      } catch (error) {
        const problem = problemOf(error)
        return page.map(() => problem)
      }
    })
    return (await Promise.all(pages)).flat()
  }
}

function complaintOf<D extends ChangeDocument>(
  answer: Answer,
  ask: Ask<D>,
  number: number,
): Complaint | Problem | null {
  try {
    const { outcome } = resultOf<ChangeDocument>(answer, ask, number)
    const [complaint]: Complaint[] = outcome?.userErrors ?? []
    return complaint ?? null
  } catch (error) {
    return problemOf(error)
  }
}

function creationOf(
  given: NewCode,
): Ask<typeof createCode.document | typeof createFreeShippingCode.document> {
  const { code, title, customer, startsAt, endsAt, terms } = given
  const { worth, minimum, combinesWith } = terms
  const shared = {
    code,
    title,
    startsAt: startsAt.toISOString(),
    endsAt: endsAt.toISOString(),
    usageLimit: 1,
    appliesOncePerCustomer: true,
    context: { customers: { add: [customer] } },
    combinesWith,
    minimumRequirement:
      minimum.kind === 'none'
        ? undefined
        : minimum.kind === 'subtotal'
          ? { subtotal: { greaterThanOrEqualToSubtotal: minimum.amount } }
          : { quantity: { greaterThanOrEqualToQuantity: String(minimum.quantity) } },
  }
  if (worth.kind === 'free-shipping') {
    const discount = { ...shared, destination: { all: true } }
    return { operation: createFreeShippingCode, variables: { discount } }
  }
  const value =
    worth.kind === 'percentage'
      ? // Without the noise of binary fractions: 0.07, not 0.07000000000000001.
        { percentage: Number((worth.percent / 100).toFixed(6)) }
      : { discountAmount: { amount: worth.amount, appliesOnEachItem: worth.eachItem } }
  const discount = { ...shared, customerGets: { value, items: itemsOf(terms) } }
  return { operation: createCode, variables: { discount } }
}

function itemsOf({ items }: NewCode['terms']) {
  switch (items.on) {
    case 'order':
      return { all: true }
    case 'collections':
      return { collections: { add: items.ids } }
    case 'products':
      return { products: { productsToAdd: items.ids } }
  }
}

type Found = NonNullable<ReturnOf<typeof findCode.document>['found']>

/** Discounts of other kinds than ours hold none of this: they are somebody else's. */
function storedCode(code: string, { id, codeDiscount }: Found): StoredCode {
  if (!('context' in codeDiscount)) {
    return { id, code, title: '', customers: [], endsAt: null, isLive: false, uses: 0 }
  }
  const { title, context, endsAt, asyncUsageCount } = codeDiscount
  const status: string = codeDiscount.status
  return {
    id,
    code,
    title,
    customers: 'customers' in context ? context.customers.map((customer) => customer.id) : [],
    endsAt: endsAt ? new Date(endsAt) : null,
    isLive: status === 'ACTIVE',
    uses: asyncUsageCount,
  }
}
