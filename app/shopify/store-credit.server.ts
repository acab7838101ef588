/** Store credit: read, give and take, many with few requests. */
import { z } from 'zod'
import { ProblemError, problemOf } from '../problem.ts'
import type { Problem } from '../problem.ts'
import type { AdminApi } from './admin.ts'
import { pagesOf } from './batch.ts'
import type { Ask, Document, ReturnOf } from './batch.ts'
import type { CurrencyCode } from './generated/admin.types.d.ts'
import { giveStoreCredit, readStoreCredit, takeStoreCredit } from './documents.ts'
import { creditScopeMissing, problemOfCredit } from './problems.ts'
import { resultOf } from './send.server.ts'
import type { Answer } from './send.server.ts'
import type { CreditHistory, CreditMove, CreditTransaction } from './store-credit.ts'

/** Of 37 points; Shopify takes 1,000 in one document. */
const readsPerQuery = 20

/** Few: all of a document have to be sent within a short time. */
const movesPerMutation = 25

type Calls = Pick<AdminApi, 'readStoreCredit' | 'moveStoreCredit'>

type MoveDocument = typeof giveStoreCredit.document | typeof takeStoreCredit.document

interface Means {
  carryOut: <D extends Document>(asks: Ask<D>[]) => Promise<Answer>
  carryOutOnce: <D extends Document>(asks: Ask<D>[], withinMs: number) => Promise<Answer>
}

export function storeCreditCalls({ carryOut, carryOutOnce }: Means): Calls {
  return {
    async readStoreCredit(questions) {
      const pages = pagesOf(questions, readsPerQuery).map(async (page) => {
        const asks = page.map(({ customer, currency, kind }) => ({
          operation: readStoreCredit,
          variables: {
            id: customer,
            accounts: `currency_code:${currency}`,
            transactions: `type:${kind}`,
          },
        }))
        const answer = await carryOut(asks).catch(optional)
        return asks.map((ask, index) => historyOf(readable(answer, ask, index)))
      })
      return (await Promise.all(pages)).flat()
    },

    async moveStoreCredit(moves, withinMs) {
      const pages = pagesOf(moves, movesPerMutation).map(async (page) => {
        const asks = page.map(moveOf)
        try {
          const answer = await carryOutOnce(asks, withinMs)
          return asks.map((ask, index) => complaintOf(answer, ask, index))
        } catch (error) {
          const problem = optionalProblem(error)
          return page.map(() => problem)
        }
      })
      return (await Promise.all(pages)).flat()
    },
  }
}

/** A missing permission concerns this kind of action only. */
function optionalProblem(thrown: unknown): Problem {
  const problem = problemOf(thrown)
  return problem.code === 'shopify-scope-missing' ? creditScopeMissing : problem
}

function optional(thrown: unknown): never {
  throw new ProblemError(optionalProblem(thrown))
}

type Read = ReturnOf<typeof readStoreCredit.document>

function readable(answer: Answer, ask: Ask<typeof readStoreCredit.document>, number: number): Read {
  try {
    return resultOf(answer, ask, number)
  } catch (error) {
    return optional(error)
  }
}

function historyOf({ customer }: Read): CreditHistory {
  const [account] = customer?.storeCreditAccounts.nodes ?? []
  if (!account) return { balance: '0', transactions: [] }
  return {
    balance: account.balance.amount,
    transactions: account.transactions.nodes.flatMap((node): CreditTransaction[] => {
      if (!('id' in node)) return []
      const isCredit = 'remainingAmount' in node
      return [
        {
          id: node.id,
          amount: node.amount.amount.replace('-', ''),
          remaining: isCredit ? node.remainingAmount.amount : '0',
          expiresAt: isCredit && node.expiresAt ? new Date(node.expiresAt) : null,
        },
      ]
    }),
  }
}

/** Which there are, Shopify knows. */
const currencyCode = z.custom<CurrencyCode>((code) => /^[A-Z]{3}$/.test(String(code)))

function moveOf({ customer, kind, amount, currency, expiresAt }: CreditMove): Ask<MoveDocument> {
  const money = { amount, currencyCode: currencyCode.parse(currency) }
  if (kind === 'debit') {
    const debit = { debitAmount: money }
    return { operation: takeStoreCredit, variables: { id: customer, debit } }
  }
  const credit = { creditAmount: money, expiresAt: expiresAt?.toISOString() }
  return { operation: giveStoreCredit, variables: { id: customer, credit } }
}

function complaintOf(answer: Answer, ask: Ask<MoveDocument>, number: number): Problem | null {
  try {
    const { outcome } = resultOf<MoveDocument>(answer, ask, number)
    const [complaint] = outcome?.userErrors ?? []
    return complaint ? problemOfCredit(complaint.code, complaint.message) : null
  } catch (error) {
    return optionalProblem(error)
  }
}
