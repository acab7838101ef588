/**
 * Makes a discount code that one customer can use once.
 *
 * The code is derived from the step, so that a retry finds the code of the try before instead of
 * making another. What becomes of it is told to the actions behind it as `discount`: writing it to
 * the Klaviyo profile is such an action, and waits by itself when Klaviyo is down.
 */
import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { Json } from '../rules/facts.ts'
import { codeTerms } from '../shopify/discounts.ts'
import { counted, defineAction } from './action.ts'
import type { LiveCode, Planned } from './action.ts'
import { applyCodes, codeChange, rememberCodes } from './discount-writes.ts'
import type { CodeChange } from './discount-writes.ts'
import { wordsOf } from './discount-terms.ts'
import { codeIsOver, codeWasUsed, usedCodes } from './used-codes.server.ts'

const hourMs = 3_600_000

const picked = (type: 'Collection' | 'Product') =>
  z
    .array(
      z.object({
        id: z.string().regex(new RegExp(`^gid://shopify/${type}/\\d+$`)),
        /** As it was called when it was picked. */
        title: z.string().max(255),
      }),
    )
    .min(1, `Choose at least one ${type.toLowerCase()}.`)
    // Shopify's limit for the products or collections of a discount.
    .max(100, `Choose at most 100 ${type.toLowerCase()}s.`)

const amount = (what: string) =>
  z
    .string()
    .trim()
    .regex(/^\d{1,9}([.,]\d{1,2})?$/, `Give ${what} as a number, such as 10 or 7.50.`)
    .transform((text) => text.replace(',', '.'))
    .refine((text) => Number(text) > 0, `Give ${what} above 0.`)

/** Forms give numbers as they were typed. */
const numeric = <T>(number: z.ZodType<T>) =>
  z.preprocess(
    (typed) =>
      typeof typed === 'string' && typed.trim() !== '' ? Number(typed.replace(',', '.')) : typed,
    number,
  )

const count = (what: string, least: number, most: number) =>
  numeric(
    z
      .int(`Give ${what} as a whole number.`)
      .min(least, `At least ${least}.`)
      .max(most, `At most ${most}.`),
  )

const settings = z
  .object({
    worth: z.discriminatedUnion('kind', [
      z.object({
        kind: z.literal('percentage'),
        percent: numeric(
          z
            .number('Give the percentage as a number.')
            .gt(0, 'More than 0%.')
            .max(100, 'At most 100%.'),
        ),
      }),
      z.object({
        kind: z.literal('amount'),
        amount: amount('the amount'),
        eachItem: z.boolean(),
      }),
      z.object({ kind: z.literal('free-shipping') }),
    ]),
    /** Of amounts, ISO 4217: the store's. */
    currency: z
      .string()
      .trim()
      .toUpperCase()
      .regex(/^([A-Z]{3})?$/, 'Give the currency by its three letters, such as EUR.'),
    items: z.discriminatedUnion('on', [
      z.object({ on: z.literal('order') }),
      z.object({ on: z.literal('collections'), picked: picked('Collection') }),
      z.object({ on: z.literal('products'), picked: picked('Product') }),
    ]),
    minimum: z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('none') }),
      z.object({ kind: z.literal('subtotal'), amount: amount('the minimum') }),
      z.object({ kind: z.literal('quantity'), quantity: count('the minimum', 1, 10_000) }),
    ]),
    combinesWith: codeTerms.shape.combinesWith,
    validHours: count('the hours', 1, 8_760),
    prefix: z
      .string()
      .trim()
      .toUpperCase()
      .max(30, 'A prefix has at most 30 characters.')
      .regex(/^[A-Z0-9_-]*$/, 'Use letters, digits, - and _ only.'),
    /** Random characters behind the prefix. Fewer could be guessed, or meet by chance. */
    length: count('the length', 8, 20),
    /** What happens while the customer has a code of this rule that is live and unused. */
    again: z.enum(['reuse', 'replace']),
  })
  .superRefine(({ worth, minimum, currency }, ctx) => {
    const hasMoney = worth.kind === 'amount' || minimum.kind === 'subtotal'
    if (hasMoney && currency === '') {
      const message = 'Give the store’s currency, such as EUR.'
      ctx.addIssue({ code: 'custom', path: ['currency'], message })
    }
  })

type Settings = z.infer<typeof settings>

export const discountCode = defineAction<Settings, CodeChange>({
  kind: 'discount-code',
  title: 'Make a single-use discount code',
  settings,
  change: codeChange,
  describe: ({ worth, currency }) => `Make a code for ${wordsOf(worth, currency)}`,
  tally: (count, isPerCustomer) =>
    isPerCustomer
      ? `given ${counted(count, 'customer', 'customers')} a code`
      : `made ${counted(count, 'code', 'codes')}`,
  isPerCustomer: ({ again }) => again === 'reuse',
  templates: () => [],
  usesCodes: true,
  needs({ worth, minimum, currency, items }) {
    const resources = items.on === 'order' ? [] : items.picked
    const hasMoney = worth.kind === 'amount' || minimum.kind === 'subtotal'
    return [
      ...(hasMoney ? [{ field: 'currency', currency }] : []),
      ...resources.map(({ id, title }, index) => ({
        field: `items.picked.${index}`,
        resource: id,
        title,
      })),
    ]
  },
  plan(given, { rule }, target, _guard, { shop, stepId, at }): Planned<CodeChange> {
    const ruleId = rule?.id ?? ''
    const known = (target.codes ?? []).filter(
      (code) => code.ruleId === ruleId && code.endsAt.getTime() > at.getTime(),
    )
    const last = known.at(-1)
    if (given.again === 'reuse' && last) {
      const { code, worth, endsAt } = last
      return {
        outcome: 'change',
        change: { does: 'reuse', code, worth, endsAt: endsAt.toISOString(), shop },
        before: { code },
        after: { code },
        note: `Reuses the customer’s code, live until ${endsAt.toISOString().slice(0, 10)}`,
        target,
      }
    }
    const made = newCode(given, stepId, at)
    const live: LiveCode = { ruleId, ...made }
    const others = (target.codes ?? []).filter((code) => !known.includes(code))
    return {
      outcome: 'change',
      change: {
        does: 'make',
        code: made.code,
        worth: made.worth,
        endsAt: made.endsAt.toISOString(),
        shop,
        startsAt: at.toISOString(),
        ruleId,
        title: titleOf(rule?.name ?? ''),
        terms: termsOf(given),
        replaces: known.map(({ code }) => code),
      },
      before: { code: last?.code ?? null },
      after: { code: made.code, worth: made.worth, ends: made.endsAt.toISOString() },
      note: last
        ? `Makes a code for ${made.worth} and ends the one before`
        : `Makes a code for ${made.worth}`,
      target: { ...target, codes: [...others, live] },
    }
  },
  gives: ({ code, worth, endsAt, shop }) => variablesOf(code, worth, new Date(endsAt), shop),
  sample: variablesOf('SAMPLE-7K3MQ2XW', '10%', new Date('2027-01-31T12:00:00Z'), 'example.com'),
  apply: applyCodes,
  undo({ change: { does, ...made } }, _facts, target) {
    const { code } = made
    if (does !== 'make') {
      const reason = 'The code is an earlier run’s: undo that one to end it.'
      return { outcome: 'skip', reason }
    }
    if (target.usedCodes?.includes(code)) return { outcome: 'skip', reason: codeWasUsed }
    if (!target.codes?.some((live) => live.code === code)) {
      return { outcome: 'skip', reason: codeIsOver }
    }
    const { worth, endsAt, shop } = made
    return {
      outcome: 'change',
      change: { does: 'end', code, worth, endsAt, shop },
      before: { code },
      after: { code: null },
      note: `Ends the code for ${worth}`,
      target: { ...target, codes: target.codes.filter((live) => live.code !== code) },
    }
  },
  lost: usedCodes,
  remember: rememberCodes,
})

function variablesOf(
  code: string,
  worth: string,
  endsAt: Date,
  shop: string,
): Record<string, Json> {
  return {
    discount: {
      code,
      worth,
      expires_at: endsAt.toISOString(),
      link: `https://${shop}/discount/${encodeURIComponent(code)}`,
    },
  }
}

function newCode(given: Settings, stepId: string, at: Date) {
  return {
    code: given.prefix + charactersOf(stepId, given.length),
    worth: wordsOf(given.worth, given.currency),
    endsAt: new Date(at.getTime() + given.validHours * hourMs),
  }
}

/** Crockford's: none that are mistaken for one another when a code is read out or typed. */
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

/** A step's id holds 74 random bits; five of its hash make a character. */
function charactersOf(stepId: string, length: number): string {
  const hash = createHash('sha256').update(`discount-code ${stepId}`).digest()
  return Array.from({ length }, (_, index) => alphabet[(hash[index] ?? 0) % 32]).join('')
}

/** Shopify's limit. */
const longestTitle = 255

const titleOf = (rule: string) => `Klaviyo Actions: ${rule}`.slice(0, longestTitle)

function termsOf({ worth, items, minimum, combinesWith }: Settings): z.infer<typeof codeTerms> {
  return {
    worth,
    items: items.on === 'order' ? items : { on: items.on, ids: items.picked.map(({ id }) => id) },
    minimum,
    combinesWith,
  }
}
