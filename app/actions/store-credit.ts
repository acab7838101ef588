/** Gives the customer store credit, once for each event. How that is made sure: ./credit-writes.ts */
import { z } from 'zod'
import type { Problem } from '../problem.ts'
import type { Facts, Json } from '../rules/facts.ts'
import { renderTemplate } from '../rules/template.ts'
import { defineAction, times } from './action.ts'
import type { Planned, Target, Undo } from './action.ts'
import { applyCredit, creditChange } from './credit-writes.ts'
import type { CreditChange } from './credit-writes.ts'
import { creditScopes } from './credit-scopes.ts'

const dayMs = 24 * 3_600_000

/** Up to nine digits and two decimals; a comma will do. */
const decimal = /^\d{1,9}([.,]\d{1,2})?$/

const settings = z
  .object({
    /** Liquid, or simply a number. */
    amount: z.string().trim().min(1, 'Give the amount, such as 10 or {{ event.reward }}.'),
    /** ISO 4217: the store's. */
    currency: z
      .string()
      .trim()
      .toUpperCase()
      .regex(/^[A-Z]{3}$/, 'Give the store’s currency by its three letters, such as EUR.'),
    /** Null = never. Forms give numbers as they were typed. */
    expiresAfterDays: z.preprocess(
      (typed) => (typed === '' || typed == null ? null : Number(typed)),
      z
        .int('Give the days as a whole number.')
        .min(1, 'At least 1 day.')
        .max(3_650, 'At most 3,650 days.')
        .nullable(),
    ),
  })
  .superRefine(({ amount }, ctx) => {
    if (amount === '' || amount.includes('{') || amountOf(amount) !== null) return
    const message = 'Give the amount as a number above 0, such as 10 or 7.50.'
    ctx.addIssue({ code: 'custom', path: ['amount'], message })
  })

type Settings = z.infer<typeof settings>

/** Takes back what is left of the credit. */
export const undoCredit: Undo<CreditChange> = ({ stepId, change }, _facts, target, { at }) => {
  const { amount, currency } = change
  const known = target.storeCredit
  if (known?.ok === false) return { outcome: 'fail', problem: known.problem }
  if (change.expiresAt !== null && Date.parse(change.expiresAt) <= at.getTime()) {
    return { outcome: 'skip', reason: 'The credit has expired.' }
  }
  const left = known?.left.get(stepId)
  if (left === undefined) {
    const reason =
      'The credit is no longer among the last of the customer’s account: what is left of it can’t be told.'
    return { outcome: 'skip', reason }
  }
  // Shopify takes a debit from the credit that ends first, whichever we meant.
  const owed = Math.min(Number(amount) - Number(left), Number(known?.owed ?? '0'))
  const due = Math.min(Number(left) + owed, Number(known?.balance ?? '0')).toFixed(2)
  if (Number(due) <= 0) return { outcome: 'skip', reason: 'The credit was spent.' }
  const back = { kind: 'debit' as const, amount: due, currency, expiresAt: null }
  const rest = Number(due) < Number(amount) ? ` of ${amount}; the rest was spent` : ''
  const after = known && {
    ...target,
    storeCredit: { ...known, owed: (Number(known.owed) - owed).toFixed(2) },
  }
  return planned(back, after ?? target, `Takes back ${due} ${currency}${rest}`)
}

export const storeCredit = defineAction<Settings, CreditChange>({
  kind: 'store-credit',
  title: 'Give store credit',
  settings,
  change: creditChange,
  tally: (count) => `given store credit ${times(count)}`,
  describe({ amount, currency, expiresAfterDays: days }) {
    const end = days === null ? '' : ` for ${days === 1 ? 'a day' : `${days} days`}`
    return `Give store credit of ${amount} ${currency}${end}`
  },
  templates: ({ amount }) => [{ field: 'amount', template: amount }],
  needs: ({ currency }) => [
    { field: 'currency', currency },
    { field: 'amount', payment: 'store-credit' },
  ],
  storeCredit: ({ currency }) => currency,
  optionalScopes: creditScopes,
  plan(given, facts, target, _guard, { at }): Planned<CreditChange> {
    const { currency, expiresAfterDays: days } = given
    const rendered = renderAmount(given, facts)
    if (!rendered.ok) return { outcome: 'fail', problem: rendered.problem }
    const { amount } = rendered
    const expiresAt = days === null ? null : new Date(at.getTime() + days * dayMs).toISOString()
    const until = expiresAt === null ? '' : ` until ${expiresAt.slice(0, 10)}`
    const change = { kind: 'credit' as const, amount, currency, expiresAt }
    return planned(change, target, `Gives ${amount} ${currency} of store credit${until}`)
  },
  undo: undoCredit,
  apply: applyCredit,
})

/** The change with the balance before and after. */
function planned(change: CreditChange, target: Target, note: string): Planned<CreditChange> {
  const known = target.storeCredit
  if (known?.ok === false) return { outcome: 'fail', problem: known.problem }
  const balance = Number(known?.balance ?? '0')
  const moved = change.kind === 'credit' ? Number(change.amount) : -Number(change.amount)
  const after = (balance + moved).toFixed(2)
  return {
    outcome: 'change',
    change,
    before: shown(balance.toFixed(2), change),
    after: shown(after, change),
    note,
    target: known ? { ...target, storeCredit: { ...known, balance: after } } : target,
  }
}

const shown = (balance: string, { currency }: CreditChange): Json => ({
  'Store credit': `${balance} ${currency}`,
})

type Rendered = { ok: true; amount: string } | { ok: false; problem: Problem }

function renderAmount(given: Settings, facts: Facts): Rendered {
  const rendered = renderTemplate(given.amount, facts)
  if (!rendered.ok) return rendered
  const amount = amountOf(rendered.text.trim())
  return amount === null ? { ok: false, problem: unusable } : { ok: true, amount }
}

/** `7,5` -> `7.50`; null where it is no amount above 0. */
function amountOf(text: string): string | null {
  if (!decimal.test(text)) return null
  const amount = Number(text.replace(',', '.'))
  return amount > 0 ? amount.toFixed(2) : null
}

// What the template gives may be personal, and problems are stored in the clear.
const unusable: Problem = {
  code: 'store-credit-unusable',
  what: 'The template for the amount gives something that is not a number above 0 with at most two decimals.',
  remedy:
    'Correct the template in the rule (a filter such as round: 2 helps), or add a condition on the value; then run this again.',
  retry: 'never',
}
