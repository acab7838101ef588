/** Store credit of a store's customers as the app knows it. */
import type { CustomerGid } from './admin.ts'

export type CreditKind = 'credit' | 'debit'

export interface CreditQuestion {
  customer: CustomerGid
  /** ISO 4217: an account is of one currency. */
  currency: string
  /** What to tell of besides the balance. */
  kind: CreditKind
}

/** The most that a history tells of. */
export const mostTold = 10

/** An account as far as it was asked about; that of nobody is empty. */
export interface CreditHistory {
  /** Decimal. */
  balance: string
  /** The newest first. */
  transactions: CreditTransaction[]
}

export interface CreditTransaction {
  id: string
  /** Decimal, above 0 for credits and debits alike. */
  amount: string
  /** What debits have left of a credit; decimal. */
  remaining: string
  expiresAt: Date | null
}

/** Money that is put into a customer's account, or taken out. */
export interface CreditMove {
  customer: CustomerGid
  kind: CreditKind
  /** Decimal, above 0. */
  amount: string
  currency: string
  /** Of a credit; null = never. */
  expiresAt: Date | null
}
