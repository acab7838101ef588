import { Calls } from './calls.ts'
import { Faults } from './faults.ts'
import { grantable, optional, Store, type StoreSeed } from './store.ts'
import { Tokens } from './tokens.ts'
import { bulkFinished, scopesUpdate, uninstalled, Webhooks, type Delivery } from './webhooks.ts'

export interface ShopifyOptions {
  /** 0 takes any free one. */
  port: number
  /** Where the app runs: what the admin embeds and where webhooks go. */
  appUrl: string
  apiKey: string
  apiSecret: string
  /** The local Klaviyo, linked to from the admin. */
  klaviyoUrl: string
  stores: StoreSeed[]
  /** Webhook topics that the app subscribes to beside those about itself. */
  topics: readonly string[]
  /** Added to every answer of the Admin API. */
  latencyMs?: number
}

/** All that the local Shopify knows: its stores, what it granted to the app, and what went on. */
export class Platform {
  readonly options: ShopifyOptions
  readonly tokens: Tokens
  readonly webhooks: Webhooks
  readonly faults = new Faults()
  readonly calls = new Calls()
  latencyMs = 0
  /** Where it listens, once it does. */
  url = ''
  #stores = new Map<string, Store>()

  constructor(options: ShopifyOptions) {
    this.options = options
    this.tokens = new Tokens(options)
    this.webhooks = new Webhooks(options.appUrl, options.apiSecret)
    this.reset()
  }

  get stores(): Store[] {
    return [...this.#stores.values()]
  }

  /** @param shop the myshopify domain. */
  store(shop: string): Store | undefined {
    return this.#stores.get(shop)
  }

  /** @throws when there is none, for the control doors. */
  storeNamed(shop: string): Store {
    const store = this.store(shop)
    if (!store) throw new Error(`No store ${shop} in the sandbox`)
    return store
  }

  /** Puts stores, counters and faults back as at the start. Tokens that the app holds stay good. */
  reset(): void {
    this.stop()
    this.#stores = new Map()
    this.options.stores.forEach((seed, ordinal) => {
      const store = new Store(seed, ordinal + 1)
      store.bulk.origin = this.url
      store.bulk.onFinish = (operation) => {
        if (!this.options.topics.includes('bulk_operations/finish') || !store.isInstalled) return
        void this.webhooks.send(store, bulkFinished(operation))
      }
      this.#stores.set(store.shop, store)
    })
    this.faults.clear()
    this.calls.clear()
    this.webhooks.deliveries.length = 0
    this.latencyMs = this.options.latencyMs ?? 0
  }

  listensAt(url: string): void {
    this.url = url
    for (const { bulk } of this.stores) bulk.origin = url
  }

  /** Ends what goes on in the background. */
  stop(): void {
    for (const { bulk } of this.stores) bulk.stop()
  }

  install(store: Store): void {
    store.isInstalled = true
    store.scopes = new Set(grantable)
  }

  /** The merchant changes what the app may do, and the app is told. */
  async grant(store: Store, scopes: readonly string[]): Promise<Delivery> {
    const previous = [...store.scopes]
    store.scopes = new Set(scopes)
    return this.webhooks.send(store, scopesUpdate(store, previous))
  }

  /** The merchant consents to optional scopes that the app asks for. */
  async add(store: Store, scopes: readonly string[]): Promise<void> {
    const undeclared = scopes.filter((scope) => !optional.includes(scope))
    if (undeclared.length > 0) {
      throw new Error(`Not among the app's optional scopes: ${undeclared.join(', ')}`)
    }
    await this.grant(store, [...store.scopes, ...scopes])
  }

  /** The app gives optional scopes back. */
  async drop(store: Store, scopes: readonly string[]): Promise<void> {
    const required = scopes.filter((scope) => !optional.includes(scope))
    if (required.length > 0) throw new Error(`Scopes that are required: ${required.join(', ')}`)
    await this.grant(
      store,
      [...store.scopes].filter((scope) => !scopes.includes(scope)),
    )
  }

  /** The merchant removes the app: its tokens end at once, then it is told. */
  async uninstall(store: Store): Promise<Delivery> {
    store.isInstalled = false
    this.tokens.revoke(store.shop)
    return this.webhooks.send(store, uninstalled(store))
  }
}
