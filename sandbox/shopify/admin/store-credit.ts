import { z } from 'zod'
import type { Store } from '../store.ts'
import type { CreditAccount, CreditTransaction } from '../store-credit.ts'
import { connection } from './connection.ts'
import { refusal, typeOf, type Call, type Resolve, type ResolverGroup } from './group.ts'
import { parseSearch, satisfies } from './search.ts'

const money = z.strictObject({
  amount: z.union([z.string(), z.number()]).transform(Number),
  currencyCode: z.string(),
})
const creditArgs = z.object({
  id: z.string(),
  creditInput: z.strictObject({
    creditAmount: money,
    expiresAt: z
      .string()
      .transform((text) => new Date(text))
      .nullish(),
    notify: z.boolean().optional(),
  }),
})
const debitArgs = z.object({ id: z.string(), debitInput: z.strictObject({ debitAmount: money }) })
const idArgs = z.object({ id: z.string() })
const queryArgs = z.object({ query: z.string().nullish() })
const transactionArgs = queryArgs.extend({ sortKey: z.literal('CREATED_AT').nullish() })

/** The most that one account may hold; Shopify has one for each currency. */
const creditLimit = 100_000

export const storeCredit: ResolverGroup = {
  queries: {
    storeCreditAccount: (args, { store }) => find(idArgs.parse(args).id, store),
    storeCreditConfiguration: (_args, { store }) => ({
      __typename: 'StoreCreditConfiguration',
      storeCreditEnabled: store.credit.isEnabled,
    }),
  },
  mutations: {
    storeCreditAccountCredit: (args, { store }) => {
      const { id, creditInput } = creditArgs.parse(args)
      const { amount, currencyCode } = creditInput.creditAmount
      const expiresAt = creditInput.expiresAt ?? null
      if (typeOf(id) === 'Customer' && !store.customer(id)) {
        return refuse('OWNER_NOT_FOUND', 'Owner does not exist', ['id'])
      }
      if (!(amount > 0)) return refuse(...notPositive('credit'))
      if (expiresAt && expiresAt <= new Date()) {
        const field = ['creditInput', 'expiresAt']
        return refuse('EXPIRES_AT_IN_PAST', 'The expiry date must be in the future', field)
      }
      const account =
        typeOf(id) === 'Customer' ? store.credit.open(id, currencyCode) : store.credit.account(id)
      if (!account) return refuse(...missing)
      if (account.currency !== currencyCode) return refuse(...mismatch('credit'))
      if (account.balance + amount > creditLimit) {
        return refuse(
          'CREDIT_LIMIT_EXCEEDED',
          "The operation would cause the account's credit limit to be exceeded",
          ['creditInput', 'creditAmount', 'amount'],
        )
      }
      const moved = store.credit.move(account, amount, expiresAt)
      return { storeCreditAccountTransaction: present(moved, account), userErrors: [] }
    },
    storeCreditAccountDebit: (args, { store }) => {
      const { id, debitInput } = debitArgs.parse(args)
      const { amount, currencyCode } = debitInput.debitAmount
      if (!(amount > 0)) return refuse(...notPositive('debit'))
      const account =
        typeOf(id) === 'Customer'
          ? store.credit.of(id).find(({ currency }) => currency === currencyCode)
          : store.credit.account(id)
      if (!account) return refuse(...missing)
      if (account.currency !== currencyCode) return refuse(...mismatch('debit'))
      if (account.balance < amount) {
        return refuse(
          'INSUFFICIENT_FUNDS',
          'The store credit account does not have sufficient funds to satisfy the request',
          ['debitInput', 'debitAmount', 'amount'],
        )
      }
      const moved = store.credit.move(account, -amount, null)
      return { storeCreditAccountTransaction: present(moved, account), userErrors: [] }
    },
  },
  nodes: { StoreCreditAccount: (id, { store }) => find(id, store) },
}

type Complaint = [code: string, message: string, field: string[]]

const refuse = (...[code, message, field]: Complaint) => ({
  storeCreditAccountTransaction: null,
  userErrors: [{ code, message, field }],
})

const missing: Complaint = [
  'ACCOUNT_NOT_FOUND',
  'The store credit account could not be found',
  ['id'],
]

const notPositive = (kind: 'credit' | 'debit'): Complaint => [
  'NEGATIVE_OR_ZERO_AMOUNT',
  `A positive amount must be used to ${kind} a store credit account`,
  [`${kind}Input`, `${kind}Amount`, 'amount'],
]

const mismatch = (kind: 'credit' | 'debit'): Complaint => [
  'MISMATCHING_CURRENCY',
  'The currency provided does not match the currency of the store credit account',
  [`${kind}Input`, `${kind}Amount`],
]

function find(id: string, store: Store) {
  const account = store.credit.account(id)
  return account ? presentAccount(account) : null
}

/** The field `storeCreditAccounts` of a customer. */
export function creditAccountsOf(customerId: string): Resolve {
  return (args, { store }: Call) => {
    const { query } = queryArgs.parse(args)
    const search = query ? parseSearch(query) : undefined
    const found = store.credit.of(customerId).filter(
      ({ currency }) =>
        !search ||
        satisfies(search, ({ field, value }) => {
          if (field === 'currency_code') return currency === value
          throw refusal(`not supported by the sandbox: search by ${field}`, 'SANDBOX_UNSUPPORTED')
        }),
    )
    return connection(found, args, ({ id }) => id, presentAccount)
  }
}

function presentAccount(account: CreditAccount) {
  return {
    __typename: 'StoreCreditAccount',
    id: account.id,
    balance: moneyOf(account.balance, account),
    transactions: (args: Record<string, unknown>) => {
      const { query } = transactionArgs.parse(args)
      const search = query ? parseSearch(query) : undefined
      const found = account.transactions.filter(
        (each) =>
          !search ||
          satisfies(search, ({ field, value }) => {
            if (field === 'type') return value === (each.amount < 0 ? 'debit' : 'credit')
            throw refusal(`not supported by the sandbox: search by ${field}`, 'SANDBOX_UNSUPPORTED')
          }),
      )
      return connection(
        found,
        args,
        ({ id }) => id,
        (each) => present(each, account),
      )
    },
  }
}

function present(transaction: CreditTransaction, account: CreditAccount) {
  const { id, amount, balanceAfter, remaining, expiresAt, createdAt } = transaction
  const shared = {
    id,
    amount: moneyOf(amount, account),
    balanceAfterTransaction: moneyOf(balanceAfter, account),
    createdAt: createdAt.toISOString(),
    event: 'ADJUSTMENT',
  }
  if (amount < 0) return { __typename: 'StoreCreditAccountDebitTransaction', ...shared }
  return {
    __typename: 'StoreCreditAccountCreditTransaction',
    ...shared,
    // Shopify keeps whole seconds.
    expiresAt: expiresAt ? `${expiresAt.toISOString().slice(0, 19)}Z` : null,
    remainingAmount: moneyOf(remaining, account),
  }
}

const moneyOf = (amount: number, { currency }: CreditAccount) => ({
  amount: amount.toFixed(2),
  currencyCode: currency,
})
