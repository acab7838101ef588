import { randomUUID } from 'node:crypto'
import type { Person } from '../people.ts'
import { Population } from '../population.ts'
import { BulkOperations } from './bulk/operations.ts'
import { Catalog } from './catalog.ts'
import { CustomerCrowd, type CrowdDraft } from './crowd.ts'
import type { Customer, CustomerDraft } from './customer.ts'
import { Definitions, type DefinitionDraft, type MetafieldDefinition } from './definitions.ts'
import { Discounts, type Discount } from './discounts.ts'
import type { FlowTrigger } from './flow.ts'
import { Metafields } from './metafield-store.ts'
import type { Metafield } from './metafields.ts'
import { Orders } from './orders.ts'
import { StoreCredit } from './store-credit.ts'
import { Bucket, plans, type PlanName } from './throttle.ts'
import { normalizeTags } from './tags.ts'

export interface StoreSeed {
  /** The part before `.myshopify.com`, which is also how the admin's URLs name the store. */
  handle: string
  name: string
  email: string
  plan: PlanName
  ianaTimezone: string
  currencyCode: string
  people: readonly Person[]
}

/** One change that really altered something of a customer's. What a retry repeated without effect is not in it. */
export interface JournalEntry {
  at: string
  shop: string
  operation: string
  customerId: string
  /** Tags. */
  added: string[]
  removed: string[]
  /** Null = none. */
  metafield?: { name: string; before: string | null; after: string | null }
  discount?: { code: string; change: 'created' | 'ended' | 'deleted' | 'used' }
}

const jobMs = 200
/** Changes of metafields that are written down; a nightly sync makes millions. */
const mostMetafieldNotes = 100_000

/** Scopes that the app asks for at install. */
export const grantable = [
  'read_customers',
  'write_customers',
  'read_discounts',
  'write_discounts',
  'read_orders',
  'write_orders',
]

/** Scopes that the app may ask for later, as `optional_scopes` in its configuration say. */
export const optional = ['read_store_credit_accounts', 'write_store_credit_account_transactions']

/** One shop of the sandbox with everything that belongs to it. */
export class Store {
  readonly seed: StoreSeed
  readonly shop: string
  readonly id: number
  readonly bucket: Bucket
  plan: PlanName
  readonly journal: JournalEntry[] = []
  readonly definitions = new Definitions()
  readonly discounts = new Discounts()
  readonly catalog: Catalog
  readonly orders: Orders
  readonly credit: StoreCredit
  /** What apps told Shopify Flow, oldest first. */
  readonly flowTriggers: FlowTrigger[] = []
  scopes = new Set<string>(grantable)
  isInstalled = true

  readonly bulk: BulkOperations
  readonly metafields = new Metafields()

  readonly #customers = new Population<Customer>()
  readonly #byEmail = new Map<string, Customer>()
  readonly #byPhone = new Map<string, Customer>()
  readonly #prefixes = new Set<string>()
  #metafieldNotes = 0
  #nextCustomer: number
  /** When each is done. */
  readonly jobs = new Map<string, number>()

  constructor(seed: StoreSeed, ordinal: number) {
    this.seed = seed
    this.shop = `${seed.handle}.myshopify.com`
    this.id = 60_000_000_000 + ordinal
    this.plan = seed.plan
    this.bucket = new Bucket(plans[seed.plan])
    this.catalog = new Catalog(ordinal)
    this.orders = new Orders(ordinal)
    this.credit = new StoreCredit(ordinal)
    this.bulk = new BulkOperations(this.id)
    this.#nextCustomer = 7_000_000_000_000 + ordinal * 100_000_000_000 + 1
    for (const person of seed.people) this.create(person)
  }

  get customers(): Pick<Population<Customer>, 'length' | typeof Symbol.iterator> {
    return this.#customers
  }

  hasCustomer(id: string): boolean {
    return this.#customers.has(id)
  }

  customer(id: string): Customer | undefined {
    return this.#customers.get(id)
  }

  /** Shopify compares e-mail addresses without regard to case. */
  customerByEmail(email: string): Customer | undefined {
    const address = email.trim().toLowerCase()
    return this.#byEmail.get(address) ?? this.#customers.inCrowd(address)
  }

  customerByPhone(phone: string): Customer | undefined {
    return this.#byPhone.get(phone.replace(/[^\d+]/g, ''))
  }

  create(draft: CustomerDraft): Customer {
    this.#refuseTaken(draft)
    const now = new Date()
    const customer: Customer = {
      id: `gid://shopify/Customer/${this.#nextCustomer++}`,
      firstName: draft.firstName ?? null,
      lastName: draft.lastName ?? null,
      email: draft.email ?? null,
      phone: draft.phone ?? null,
      note: draft.note ?? null,
      tags: normalizeTags(draft.tags ?? []),
      createdAt: now,
      updatedAt: now,
    }
    this.#customers.add(customer)
    this.#index(customer)
    return customer
  }

  /** Creates many at once, at next to no cost: each is made up when it is asked for. */
  createCrowd(draft: CrowdDraft): CustomerCrowd {
    const crowd = new CustomerCrowd(draft, this.#nextCustomer)
    const isTaken = [...this.#byEmail.keys()].some(
      (email) => crowd.indexOfEmail(email) !== undefined,
    )
    if (isTaken || this.#prefixes.has(draft.prefix)) {
      throw new Error(`There are customers with addresses like ${draft.prefix}0@example.com`)
    }
    this.#prefixes.add(draft.prefix)
    this.#nextCustomer += draft.count
    this.#customers.addCrowd(crowd)
    return crowd
  }

  /** Moves the shop to another plan, and so to other limits. */
  changePlan(plan: PlanName): void {
    this.plan = plan
    this.bucket.configure(plans[plan])
  }

  /**
   * Changes a customer and keeps a journal of it.
   *
   * @throws {TakenError} when the e-mail address or phone number is another customer's.
   */
  change(customer: Customer, draft: CustomerDraft, operation: string): void {
    this.#refuseTaken(draft, customer)
    this.#customers.settle(customer)
    const before = customer.tags
    this.#unindex(customer)
    Object.assign(customer, draft)
    this.#index(customer)
    const added = customer.tags.filter((tag) => !before.includes(tag))
    const removed = before.filter((tag) => !customer.tags.includes(tag))
    const changesOnlyTags = Object.keys(draft).every((field) => field === 'tags')
    if (changesOnlyTags && added.length === 0 && removed.length === 0) return
    customer.updatedAt = new Date()
    this.journal.push({
      at: customer.updatedAt.toISOString(),
      shop: this.shop,
      operation,
      customerId: customer.id,
      added,
      removed,
    })
  }

  delete(customer: Customer): void {
    this.#unindex(customer)
    this.#customers.remove(customer)
    this.metafields.deleteOf(customer.id)
  }

  metafield(ownerId: string, namespace: string, key: string): Metafield | undefined {
    return this.metafields.get(ownerId, namespace, key)
  }

  /** Stores a value that was checked, and keeps a journal of it where it changes something. */
  setMetafield(
    given: Pick<Metafield, 'ownerId' | 'namespace' | 'key' | 'type' | 'value'>,
    operation: string,
  ): Metafield {
    const known = this.metafields.peek(given.ownerId, given.namespace, given.key)
    const stored = this.metafields.set(given)
    const isRepeat = known?.type === given.type && known.value === given.value
    if (!isRepeat) this.#noteMetafield(stored, known?.value ?? null, given.value, operation)
    return stored
  }

  /** Whether there was one. */
  deleteMetafield(ownerId: string, namespace: string, key: string, operation: string): boolean {
    const known = this.metafields.get(ownerId, namespace, key)
    if (!known) return false
    this.metafields.delete(ownerId, namespace, key)
    this.#noteMetafield(known, known.value, null, operation)
    return true
  }

  noteDiscount(
    { code, customers }: Discount,
    change: 'created' | 'ended' | 'deleted' | 'used',
    operation: string,
  ): void {
    this.journal.push({
      at: new Date().toISOString(),
      shop: this.shop,
      operation,
      customerId: customers[0] ?? '',
      added: [],
      removed: [],
      discount: { code, change },
    })
  }

  /** Does the work in the background, as Shopify does: the answer's job is not done yet. */
  startJob(work: () => void): string {
    const id = `gid://shopify/Job/${randomUUID()}`
    this.jobs.set(id, Date.now() + jobMs)
    setTimeout(work, jobMs).unref()
    return id
  }

  isJobDone(id: string): boolean {
    return (this.jobs.get(id) ?? Infinity) < Date.now()
  }

  metafieldDefinition(
    ownerType: string,
    namespace: string,
    key: string,
  ): MetafieldDefinition | undefined {
    return this.definitions.find(ownerType, namespace, key)
  }

  /** Values that are there already are taken over where they fit. */
  defineMetafield({ pin = false, ...draft }: DefinitionDraft & { pin?: boolean }) {
    const added = this.definitions.add(draft)
    this.metafields.adopt(added, this.seed.currencyCode)
    return pin ? this.definitions.pin(added) : added
  }

  #noteMetafield(
    { ownerId, namespace, key }: Metafield,
    before: string | null,
    after: string | null,
    operation: string,
  ): void {
    if (++this.#metafieldNotes > mostMetafieldNotes) return
    this.journal.push({
      at: new Date().toISOString(),
      shop: this.shop,
      operation,
      customerId: ownerId,
      added: [],
      removed: [],
      metafield: { name: `${namespace}.${key}`, before, after },
    })
  }

  #index(customer: Customer): void {
    if (customer.email) this.#byEmail.set(customer.email.toLowerCase(), customer)
    if (customer.phone) this.#byPhone.set(customer.phone, customer)
  }

  #unindex(customer: Customer): void {
    if (customer.email) this.#byEmail.delete(customer.email.toLowerCase())
    if (customer.phone) this.#byPhone.delete(customer.phone)
  }

  #refuseTaken(draft: CustomerDraft, self?: Customer): void {
    const byEmail = draft.email ? this.customerByEmail(draft.email) : undefined
    if (byEmail && byEmail.id !== self?.id) throw new TakenError('email')
    const byPhone = draft.phone ? this.customerByPhone(draft.phone) : undefined
    if (byPhone && byPhone !== self) throw new TakenError('phone')
  }
}

export class TakenError extends Error {
  readonly field: 'email' | 'phone'

  constructor(field: 'email' | 'phone') {
    super(`${field === 'email' ? 'Email' : 'Phone'} has already been taken`)
    this.field = field
  }
}
