/**
 * A store's Shopify admin as the app knows it: what can be asked, and what comes back.
 *
 * Calls reject with a `ProblemError` whose words a merchant understands; what concerns one change of
 * tags comes back with that change.
 */
import { z } from 'zod'
import type { Problem } from '../problem.ts'
import type { CodeResult, NewCode, OrderPage, StoredCode } from './discounts.ts'
import type { OrderChange, OrderQuestion, StoredOrder } from './orders.ts'
import type { CreditHistory, CreditMove, CreditQuestion } from './store-credit.ts'

/** Global id of a customer, `gid://shopify/Customer/1`. Parse to get one. */
export const customerGid = z
  .string()
  .regex(/^gid:\/\/shopify\/Customer\/\d+$/)
  .brand<'CustomerGid'>()
export type CustomerGid = z.infer<typeof customerGid>

export interface CustomerSnapshot {
  id: CustomerGid
  displayName: string
  email: string | null
  /** E.164. */
  phone: string | null
  tags: string[]
}

/** What is known of a person. Each value is looked up exactly as it is. */
export interface Identity {
  /** Where it is known, it alone decides. */
  id?: CustomerGid
  emails: string[]
  /** E.164. */
  phones: string[]
}

export type CustomerMatch =
  | { found: 'one'; customer: CustomerSnapshot }
  | { found: 'none' }
  | { found: 'several'; ids: CustomerGid[] }

export interface TagChange {
  customer: CustomerGid
  add: string[]
  remove: string[]
}

export type TagResult = { ok: true } | { ok: false; problem: Problem }

/** A metafield of a customer. */
export interface MetafieldRef {
  customer: CustomerGid
  /** Namespace and key as Shopify joins them, `loyalty.status`; `$app:…` is a namespace of the app's own. */
  name: string
}

export interface Metafield {
  /** `number_integer` */
  type: string
  /** In the form that the type has in Shopify, always a text. */
  value: string
}

export interface StoredMetafield extends Metafield {
  /** Of the value: what a write gives to say which value it means to replace. */
  compareDigest: string
}

export interface MetafieldWrite extends MetafieldRef, Metafield {
  /** Of the value that is to be replaced; null = there must be none; left out = whatever is there. */
  compareDigest?: string | null
}

export type MetafieldResult =
  | { outcome: 'written' }
  /** What is there is not what the write means to replace. Nothing was written. */
  | { outcome: 'stale' }
  | { outcome: 'refused'; problem: Problem }

/** What a trigger of Shopify Flow tells, by the names of its fields. */
export type FlowPayload = Record<string, string | number>
export interface DefinitionAbout {
  title: string
  description: string
  isPinned: boolean
  /** Whether the admin and segments can filter customers by it. */
  isFilterable: boolean
}

export interface MetafieldDefinition {
  /** `loyalty.status` */
  name: string
  /** `number_integer` */
  type: string
}

/**
 * How a bulk operation stands. `done` = lines, or objects, that it has got through so far;
 * `isDenied` = it ended for want of a permission; `rows` = where its result can be fetched; null =
 * there is none.
 */
export type BulkState =
  | { state: 'running'; done: number }
  | { state: 'over'; isComplete: boolean; isDenied: boolean; rows: string | null }

export type BulkStart =
  | { started: true; id: string }
  /** As many are running as Shopify allows. */
  | { started: false }

export interface BulkFile {
  /** Lines of JSON, each with its line break, in pieces of any number of lines. */
  lines: AsyncIterable<string>
  /** Of all lines; Shopify takes 100 MB. */
  bytes: number
}

/** Points of the Admin API's leaky bucket, as its last answer told. */
export interface AdminBudget {
  maximum: number
  available: number
  restoredPerSecond: number
}

export interface ShopStatus {
  name: string
  /** ISO 4217. */
  currency: string
  /** IANA, `Europe/Berlin`. */
  timeZone: string
  /** As Shopify shows it: "Basic", "Shopify Plus", … */
  plan: string
  grantedScopes: string[]
  /** The API version that answered, `2026-10`; null when the answer did not say. */
  apiVersion: string | null
  budget: AdminBudget | null
}

/** One store. Many calls become few requests; pacing is shared by all that talk to the store. */
export interface AdminApi {
  shop: string
  /**
   * The customer of each identity, in the same order. E-mails decide; phones are looked up only
   * where no e-mail led anywhere. `several` = they lead to different customers.
   */
  findCustomers(identities: Identity[]): Promise<CustomerMatch[]>
  /** The addresses of a customer; null = there is no such customer. */
  readCustomer(id: CustomerGid): Promise<{ email: string | null; phone: string | null } | null>
  /**
   * Makes a customer of each identity's first e-mail, or else its first phone number: what went
   * wrong with each, or null. One that exists meanwhile counts as made. Never rejects.
   */
  createCustomers(identities: Identity[]): Promise<(Problem | null)[]>
  /**
   * Carries the changes out, results in the same order. Per change, tags are removed before others
   * are added, so that there is room; changes of one customer happen in the order given. Repeating a
   * change has no second effect. Never rejects: trouble with a request is a result of each change in it.
   */
  changeTags(changes: TagChange[]): Promise<TagResult[]>
  /** What is there, in the same order; null = no such metafield, or no such customer. */
  readMetafields(refs: MetafieldRef[]): Promise<(StoredMetafield | null)[]>
  /**
   * Writes each group whole or not at all, results in the same order. A group holds 25 metafields at
   * most; none stands in two groups. Never rejects.
   */
  setMetafields(groups: MetafieldWrite[][]): Promise<MetafieldResult[]>
  /** Deletes without looking; what is gone already counts as written. Never rejects. */
  deleteMetafields(refs: MetafieldRef[]): Promise<MetafieldResult[]>
  /**
   * Sees that customers' metafields of this name have a definition; the type that it has, which may
   * be another. Null where Shopify lets the app make none: they can be written all the same.
   * `about` is how a new one presents itself; what the store allows no more of, it does without.
   */
  defineMetafield(name: string, type: string, about?: DefinitionAbout): Promise<string | null>
  /** All definitions of customers' metafields that the app can see. */
  metafieldDefinitions(): Promise<MetafieldDefinition[]>
  /** Makes discount codes, results in the same order. Never rejects. */
  createCodes(codes: NewCode[]): Promise<CodeResult[]>
  /** What the store has under these codes, in the same order. */
  findCodes(codes: string[]): Promise<(StoredCode | null)[]>
  /** Ends discounts by their ids: what went wrong with each, or null. Never rejects. */
  endCodes(ids: string[]): Promise<(Problem | null)[]>
  /**
   * Deletes discounts by their ids; what is gone already is no error. Resolves once Shopify is done,
   * rejects with a ProblemError when it refuses or takes too long.
   */
  deleteCodes(ids: string[]): Promise<void>
  /** A page of the orders that changed since then, the first changed first; `after` = a page's `next`. */
  ordersSince(since: Date, after: string | null): Promise<OrderPage>
  /** The order of each question, in the same order; null = none that the app may see. */
  findOrders(questions: OrderQuestion[]): Promise<(StoredOrder | null)[]>
  /**
   * Changes each order, one change an order: what went wrong with it, or null. Attributes are only
   * as fresh as they were read, so nothing is sent later than `withinMs`. Never rejects.
   */
  changeOrders(changes: OrderChange[], withinMs: number): Promise<(Problem | null)[]>
  /** Balances and what last came or went, in the same order. */
  readStoreCredit(questions: CreditQuestion[]): Promise<CreditHistory[]>
  /**
   * Gives or takes credit: what went wrong with each, or null. Nothing is sent that can't be sent
   * within `withinMs`, and nothing twice: after `later` it is open whether it happened, as of any
   * answer that was lost. Never rejects.
   */
  moveStoreCredit(moves: CreditMove[], withinMs: number): Promise<(Problem | null)[]>
  /**
   * Tells Shopify Flow of each occurrence, by the trigger's handle: what went wrong, or null. Flow
   * starts its workflows again for one that it is told twice. Never rejects.
   */
  startFlows(handle: string, payloads: FlowPayload[]): Promise<(Problem | null)[]>
  /** Those of the global ids of collections and products (at most 250) that exist in the store. */
  existing(ids: string[]): Promise<Set<string>>
  /** Uploads variables for a bulk mutation as they come; where Shopify keeps them. */
  stage(name: string, file: BulkFile): Promise<string>
  /** Runs a mutation once for each staged line. Not repeated by itself: see `findBulkMutation`. */
  runBulkMutation(mutation: string, path: string): Promise<BulkStart>
  /** Of the latest bulk mutations, the one whose document holds this text; null = none. */
  findBulkMutation(text: string): Promise<string | null>
  runBulkQuery(query: string): Promise<BulkStart>
  /** Null where Shopify does not know it (any more). */
  bulkOperation(id: string): Promise<BulkState | null>
  /** Calls it back; it may take a moment, or have been over. */
  cancelBulk(id: string): Promise<void>
  /** A result, row by row as it comes in. */
  bulkRows(url: string): AsyncIterable<unknown>
  status(): Promise<ShopStatus>
  /** Whether customers can pay with store credit at the store's checkout. */
  takesStoreCredit(): Promise<boolean>
}

/**
 * Sends one GraphQL document to the store. The `graphql` of shopify-app-remix's admin context fits:
 * it throws on any error and answers a Response whose JSON holds `data`, `extensions`, `headers`.
 */
export type GraphqlCall = (
  document: string,
  options: { variables: Record<string, unknown> },
) => Promise<Response>
