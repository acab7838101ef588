import { Account, type AccountSeed } from './account.ts'
import { Calls } from './calls.ts'
import { Faults } from './faults.ts'
import { Webhooks } from './webhooks.ts'

export interface KlaviyoOptions {
  /** 0 takes any that is free. */
  port: number
  accounts: AccountSeed[]
  /** Where the app runs: linked to from the page for people. */
  appUrl: string
  /** Added to every answer of the API. */
  latencyMs?: number
}

export interface PrivateKey {
  account: Account
  isValid: boolean
  scopes: Set<string>
}

/** All that the local Klaviyo knows: its accounts, their keys, and what went on. */
export class Platform {
  readonly options: KlaviyoOptions
  readonly webhooks = new Webhooks()
  readonly faults = new Faults()
  readonly calls = new Calls()
  readonly keys = new Map<string, PrivateKey>()
  latencyMs = 0
  #accounts = new Map<string, Account>()

  constructor(options: KlaviyoOptions) {
    this.options = options
    this.reset()
  }

  get accounts(): Account[] {
    return [...this.#accounts.values()]
  }

  /** @param name the account's handle or its id. */
  account(name: string): Account | undefined {
    return this.#accounts.get(name) ?? this.accounts.find(({ seed }) => seed.id === name)
  }

  /** Puts accounts, keys, counters and faults back as at the start. Webhook targets stay. */
  reset(): void {
    this.#accounts = new Map()
    this.keys.clear()
    for (const seed of this.options.accounts) {
      const account = new Account(seed)
      this.#accounts.set(seed.handle, account)
      for (const [key, scopes] of Object.entries(seed.keys)) {
        this.keys.set(key, { account, isValid: true, scopes: new Set(scopes) })
      }
    }
    this.faults.clear()
    this.calls.clear()
    this.webhooks.clear()
    this.latencyMs = this.options.latencyMs ?? 0
  }
}
