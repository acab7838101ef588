import { systemClock } from '../patience.ts'
import type { Clock } from '../patience.ts'
import { problemOf } from '../problem.ts'
import type { Problem } from '../problem.ts'
import { customerGid } from './admin.ts'
import type {
  AdminApi,
  CustomerMatch,
  CustomerSnapshot,
  GraphqlCall,
  Identity,
  TagChange,
  TagResult,
} from './admin.ts'
import { batchOf, pagesOf } from './batch.ts'
import type { Ask, Document, ReturnOf, VariablesOf } from './batch.ts'
import { bulkCalls } from './bulk.server.ts'
import { discountCalls } from './discounts.server.ts'
import {
  addTags,
  createCustomer,
  findCustomer,
  findNode,
  readCustomer,
  readCreditSwitch,
  readShop,
  removeTags,
} from './documents.ts'
import { flowCalls } from './flow.server.ts'
import { metafieldCalls } from './metafields.server.ts'
import { orderCalls } from './orders.server.ts'
import { problemOfComplaint, problemOfNewCustomer } from './problems.ts'
import { openLine, resultOf, send } from './send.server.ts'
import type { Answer, Line } from './send.server.ts'
import { storeCreditCalls } from './store-credit.server.ts'

/**
 * How much goes into one document. Shopify takes 1,000 points; less keeps a document within the
 * time-out (it carries mutations out one by one) and leaves a small bucket room for others.
 */
const lookUpsPerQuery = 250
const changesPerMutation = 50

/** Pacing outlives the single API object: a job makes a new one with each fresh token. */
const lines = new Map<string, Line>()

export interface AdminOptions {
  /** `example.myshopify.com` */
  shop: string
  graphql: GraphqlCall
  clock?: Clock
}

export function createAdmin({ shop, graphql, clock = systemClock }: AdminOptions): AdminApi {
  const line = lines.get(shop) ?? openLine(clock)
  lines.set(shop, line)
  const carryOut = <D extends Document>(asks: Ask<D>[]) => send(graphql, batchOf(asks), line)
  const carryOutOnce = <D extends Document>(asks: Ask<D>[], onceWithinMs: number) =>
    send(graphql, batchOf(asks), line, { onceWithinMs })

  return {
    shop,

    async findCustomers(identities) {
      const byId = await lookUp(
        identities.flatMap(({ id }) => id ?? []),
        (id) => ({ id }),
      )
      const cleaned = identities.map(clean)
      const byEmail = await lookUp(
        cleaned.flatMap(({ emails }) => emails),
        (emailAddress) => ({ emailAddress }),
      )
      const hasEmailMatch = ({ emails }: Identity) => emails.some((email) => byEmail.has(email))
      const byPhone = await lookUp(
        cleaned.filter((identity) => !hasEmailMatch(identity)).flatMap(({ phones }) => phones),
        (phoneNumber) => ({ phoneNumber }),
      )
      return cleaned.map((identity) => {
        if (identity.id) return match([identity.id], byId)
        return hasEmailMatch(identity)
          ? match(identity.emails, byEmail)
          : match(identity.phones, byPhone)
      })
    },

    async readCustomer(id) {
      const ask = { operation: readCustomer, variables: { id } }
      const { customer } = resultOf(await carryOut([ask]), ask, 0)
      if (!customer) return null
      return {
        email: customer.defaultEmailAddress?.emailAddress ?? null,
        phone: customer.defaultPhoneNumber?.phoneNumber ?? null,
      }
    },

    async createCustomers(identities) {
      const asks = identities.map(clean).map(({ emails: [email], phones: [phone] }) => ({
        operation: createCustomer,
        variables: { input: email === undefined ? { phone } : { email } },
      }))
      const pages = pagesOf(asks, changesPerMutation).map(async (page) => {
        let answer: Answer | Problem
        try {
          answer = await carryOut(page)
        } catch (error) {
          answer = problemOf(error)
        }
        return page.map((ask, index) =>
          'code' in answer ? answer : problemWithCustomer(answer, ask, index),
        )
      })
      return (await Promise.all(pages)).flat()
    },

    async changeTags(changes) {
      const problems = new Map<number, Problem>()
      await Promise.all(lanesOf(changes).map((lane) => follow(lane, problems)))
      return changes.map((_change, index): TagResult => {
        const problem = problems.get(index)
        return problem ? { ok: false, problem } : { ok: true }
      })
    },

    ...metafieldCalls({ shop, clock, carryOut }),
    ...discountCalls(carryOut, clock),
    ...orderCalls({ carryOut, carryOutOnce }),
    ...storeCreditCalls({ carryOut, carryOutOnce }),
    ...flowCalls(carryOut),
    ...bulkCalls({ graphql, line, carryOut }),

    async existing(ids) {
      if (ids.length === 0) return new Set()
      const asks = ids.map((id) => ({ operation: findNode, variables: { id } }))
      const answer = await send(graphql, batchOf(asks), line, 'at once')
      const found = asks.map((ask, index) => resultOf(answer, ask, index).node)
      return new Set(found.flatMap((node) => (node && 'id' in node ? [node.id] : [])))
    },

    async status() {
      const ask = { operation: readShop, variables: {} }
      const answer = await send(graphql, batchOf([ask]), line, 'at once')
      const { shop: store, currentAppInstallation: installation } = resultOf(answer, ask, 0)
      return {
        name: store.name,
        currency: store.currencyCode,
        timeZone: store.ianaTimezone,
        plan: store.plan.publicDisplayName,
        grantedScopes: installation.accessScopes.map(({ handle }) => handle),
        apiVersion: answer.apiVersion,
        budget: line.bucket.budget,
      }
    },

    async takesStoreCredit() {
      const ask = { operation: readCreditSwitch, variables: {} }
      const answer = await send(graphql, batchOf([ask]), line, 'at once')
      return resultOf(answer, ask, 0).storeCreditConfiguration.storeCreditEnabled
    },
  }

  /** The customers that some of the values lead to, by value. */
  async function lookUp(
    values: string[],
    identifier: (value: string) => VariablesOf<typeof findCustomer.document>['identifier'],
  ): Promise<Map<string, CustomerSnapshot>> {
    const distinct = [...new Set(values)]
    const found = new Map<string, CustomerSnapshot>()
    const refusals: unknown[] = []
    await Promise.all(pagesOf(distinct, lookUpsPerQuery).map(read))
    // When nothing at all was taken it is not the values that Shopify minds.
    if (distinct.length > 0 && refusals.length === distinct.length) throw refusals[0]
    return found

    async function read(page: string[]): Promise<void> {
      const asks = page.map((value) => ({
        operation: findCustomer,
        variables: { identifier: identifier(value) },
      }))
      try {
        const answer = await carryOut(asks)
        for (const [index, value] of page.entries()) {
          const ask = asks[index]
          const customer = ask && resultOf(answer, ask, index).customerByIdentifier
          if (customer) found.set(value, snapshotOf(customer))
        }
      } catch (error) {
        if (problemOf(error).code !== 'shopify-refused') throw error
        // One value that Shopify can't take spoils the whole query: halve until it stands alone.
        if (page.length === 1) {
          refusals.push(error)
          return
        }
        await Promise.all(pagesOf(page, Math.ceil(page.length / 2)).map(read))
      }
    }
  }

  /** Carries a lane out, document by document; notes what went wrong with which change. */
  async function follow(lane: TagJob[], problems: Map<number, Problem>): Promise<void> {
    for (const jobs of pagesOf(lane, changesPerMutation)) {
      const asks = jobs.map(({ ask }) => ask)
      let answer: Answer | Problem
      try {
        answer = await carryOut(asks)
      } catch (error) {
        answer = problemOf(error)
      }
      for (const [index, { ask, change }] of jobs.entries()) {
        const problem = 'code' in answer ? answer : complaintOf(answer, ask, index)
        if (problem && !problems.has(change)) problems.set(change, problem)
      }
    }
  }
}

function problemWithCustomer(
  answer: Answer,
  ask: Ask<typeof createCustomer.document>,
  number: number,
): Problem | null {
  try {
    const [complaint] = resultOf(answer, ask, number).outcome?.userErrors ?? []
    if (!complaint || /taken/i.test(complaint.message)) return null
    return problemOfNewCustomer(complaint.message)
  } catch (error) {
    return problemOf(error)
  }
}

/** What Shopify looks up as it is; anything else leads nowhere. */
function clean({ id, emails, phones }: Identity): Identity {
  if (id) return { id, emails: [], phones: [] }
  return {
    emails: emails
      .map((email) => email.trim().toLowerCase())
      .filter((email) => email.includes('@')),
    phones: phones.map((phone) => phone.trim()).filter((phone) => /^\+\d{4,15}$/.test(phone)),
  }
}

function match(values: string[], found: Map<string, CustomerSnapshot>): CustomerMatch {
  const customers = new Map(
    values.flatMap((value) => {
      const customer = found.get(value)
      return customer ? [[customer.id, customer]] : []
    }),
  )
  const [customer, ...others] = customers.values()
  if (!customer) return { found: 'none' }
  if (others.length > 0) return { found: 'several', ids: [...customers.keys()] }
  return { found: 'one', customer }
}

function snapshotOf(
  customer: NonNullable<ReturnOf<typeof findCustomer.document>['customerByIdentifier']>,
): CustomerSnapshot {
  return {
    id: customerGid.parse(customer.id),
    displayName: customer.displayName,
    email: customer.defaultEmailAddress?.emailAddress ?? null,
    phone: customer.defaultPhoneNumber?.phoneNumber ?? null,
    tags: customer.tags,
  }
}

type TagDocument = typeof addTags.document | typeof removeTags.document
type TagAsk = Ask<TagDocument>

interface TagJob {
  /** Index of the change that it is part of. */
  change: number
  ask: TagAsk
}

/**
 * Sorts the work into lanes that may run side by side: a customer's jobs are all in one lane, in
 * order, so that none overtakes another. Short lanes are joined until they fill a document.
 */
function lanesOf(changes: TagChange[]): TagJob[][] {
  const jobs = changes.flatMap(({ customer, add, remove }, change) => {
    const own: { customer: string; job: TagJob }[] = []
    if (remove.length > 0) {
      const ask = { operation: removeTags, variables: { id: customer, tags: remove } }
      own.push({ customer, job: { change, ask } })
    }
    if (add.length > 0) {
      const ask = { operation: addTags, variables: { id: customer, tags: add } }
      own.push({ customer, job: { change, ask } })
    }
    return own
  })
  const lanes: TagJob[][] = []
  for (const own of Map.groupBy(jobs, ({ customer }) => customer).values()) {
    const last = lanes.at(-1)
    const lane = last && last.length + own.length <= changesPerMutation ? last : []
    if (lane !== last) lanes.push(lane)
    lane.push(...own.map(({ job }) => job))
  }
  return lanes
}

/** What Shopify has against one job, or null. */
function complaintOf(answer: Answer, ask: TagAsk, number: number): Problem | null {
  try {
    const [complaint] = resultOf<TagDocument>(answer, ask, number).outcome?.userErrors ?? []
    return complaint ? problemOfComplaint(complaint.message) : null
  } catch (error) {
    return problemOf(error)
  }
}
