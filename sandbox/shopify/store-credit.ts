/** A store's credit accounts: one for each customer and currency, with all that came and went. */
export interface CreditTransaction {
  id: string
  /** Below 0 for a debit. In the account's currency. */
  amount: number
  balanceAfter: number
  /** Of a credit: what debits have left of it. */
  remaining: number
  expiresAt: Date | null
  createdAt: Date
}

export interface CreditAccount {
  id: string
  customerId: string
  currency: string
  balance: number
  /** Oldest first. */
  transactions: CreditTransaction[]
}

const cents = (amount: number) => Math.round(amount * 100) / 100

export class StoreCredit {
  readonly accounts: CreditAccount[] = []
  /** Whether it is a payment method at checkout. */
  isEnabled = true
  #nextId: number

  constructor(ordinal: number) {
    this.#nextId = 30_000_000 + ordinal * 1_000_000 + 1
  }

  /** By its own id. */
  account(id: string): CreditAccount | undefined {
    return this.accounts.find((each) => each.id === id)
  }

  of(customerId: string): CreditAccount[] {
    return this.accounts.filter((each) => each.customerId === customerId)
  }

  /** The customer's account in that currency, a new one where there is none. */
  open(customerId: string, currency: string): CreditAccount {
    const known = this.of(customerId).find((each) => each.currency === currency)
    if (known) return known
    const id = `gid://shopify/StoreCreditAccount/${this.#nextId++}`
    const account = { id, customerId, currency, balance: 0, transactions: [] }
    this.accounts.push(account)
    return account
  }

  /** Puts money in, or takes some out, the soonest expiring credit first. */
  move(account: CreditAccount, amount: number, expiresAt: Date | null): CreditTransaction {
    if (amount < 0) spend(account, -amount)
    account.balance = cents(account.balance + amount)
    const kind = amount < 0 ? 'Debit' : 'Credit'
    const transaction: CreditTransaction = {
      id: `gid://shopify/StoreCreditAccount${kind}Transaction/${this.#nextId++}`,
      amount,
      balanceAfter: account.balance,
      remaining: Math.max(0, amount),
      expiresAt,
      createdAt: new Date(),
    }
    account.transactions.push(transaction)
    return transaction
  }
}

function spend({ transactions }: CreditAccount, amount: number): void {
  const endOf = ({ expiresAt }: CreditTransaction) => expiresAt?.getTime() ?? Infinity
  let due = amount
  // Two that never expire: Infinity - Infinity is no number.
  const byEnd = (a: CreditTransaction, b: CreditTransaction) =>
    endOf(a) === endOf(b) ? 0 : endOf(a) - endOf(b)
  for (const credit of transactions.toSorted(byEnd)) {
    const taken = Math.min(due, credit.remaining)
    credit.remaining = cents(credit.remaining - taken)
    due = cents(due - taken)
  }
}
