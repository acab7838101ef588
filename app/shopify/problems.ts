/** What Shopify's refusals mean, in words for a merchant. */
import {
  GraphqlQueryError,
  HttpRequestError,
  HttpResponseError,
  HttpThrottlingError,
} from '@shopify/shopify-api'
import { z } from 'zod'
import { ProblemError, generalWords } from '../problem.ts'
import type { Problem } from '../problem.ts'

/** One entry of an answer's `errors`. */
export const graphqlError = z.object({
  message: z.string(),
  path: z.array(z.union([z.string(), z.number()])).optional(),
  extensions: z.object({ code: z.string().optional() }).optional(),
})
export type GraphqlError = z.infer<typeof graphqlError>

/** What a GraphQL call threw before it came to an answer of GraphQL. */
export function problemOfThrown(thrown: unknown): Problem {
  if (thrown instanceof ProblemError) return thrown.problem
  if (thrown instanceof HttpThrottlingError) return busy(1_000 * (thrown.response.retryAfter ?? 1))
  if (isResponseError(thrown)) return problemOfStatus(thrown.response.code)
  // The admin context of a request answers with a Response of the same status, less its headers.
  if (thrown instanceof Response) return problemOfStatus(thrown.status)
  if (thrown instanceof HttpRequestError) {
    // The client keeps of the cause only its words; these are those of AbortSignal.timeout.
    return /due to timeout/.test(thrown.message) ? timedOut : unreachable
  }
  throw thrown
}

// Says which HttpResponseError it is: left open, `instanceof` makes its response `any`.
const isResponseError = (thrown: unknown): thrown is HttpResponseError =>
  thrown instanceof HttpResponseError

/** The errors of an answer, when what was thrown holds one. */
export function answerIn(thrown: unknown): unknown {
  if (!(thrown instanceof GraphqlQueryError)) return undefined
  const body = thrownBody.parse(thrown.body)
  return { ...body, errors: body.errors.graphQLErrors }
}

const thrownBody = z.looseObject({ errors: z.object({ graphQLErrors: z.unknown() }) })

// https://shopify.dev/docs/api/usage/response-codes
function problemOfStatus(status: number): Problem {
  if (status === 401) return accessRevoked
  if (status === 402) return frozen
  if (status === 403) return scopeMissing
  if (status === 404) return storeGone
  if (status === 423) return locked
  if (status === 429) return busy(1_000)
  if (status === 430) return blocked
  // Below 400: the answer broke off, or was a page instead of JSON.
  if (status >= 500 || status < 400) return down
  return refused(`status ${status}`)
}

/** `codes`: https://shopify.dev/docs/api/admin-graphql#status_and_error_codes */
export function problemOfError({ message, extensions }: GraphqlError): Problem {
  switch (extensions?.code) {
    case 'ACCESS_DENIED':
      return scopeMissing
    case 'SHOP_INACTIVE':
      return frozen
    case 'INTERNAL_SERVER_ERROR':
    case 'TIMEOUT':
      return down
    case 'RESOURCE_NOT_FOUND':
      return customerGone
    default:
      return refused(message)
  }
}

/** What a tag mutation complains of; it gives words only, no code. */
export function problemOfComplaint(message: string): Problem {
  if (/does not exist|not found/i.test(message)) return customerGone
  return {
    code: 'tag-refused',
    what: `Shopify refused the tags: ${generalWords(message)}`,
    remedy: 'Shorten the tags of the rule, or remove tags that the customer no longer needs.',
    retry: 'never',
  }
}

/** What the metafield mutations complain of; deleting gives no code. */
export interface MetafieldError {
  field?: string[] | null
  code?: string | null
  message: string
}

/** The guard's word: another value is there, or none any more. */
export const isStale = ({ code }: MetafieldError): boolean =>
  code === 'STALE_OBJECT' || code === 'INVALID_COMPARE_DIGEST'

export function problemOfMetafield({ field, code, message }: MetafieldError): Problem {
  if (field?.includes('ownerId') || /does not exist/i.test(message)) return customerGone
  if (code === 'INTERNAL_ERROR') return down
  return {
    code: 'metafield-refused',
    what: `Shopify refused the metafield: ${generalWords(message)}`,
    remedy:
      'Correct the value or the type in the rule, or the metafield’s definition in Shopify, then run this again.',
    retry: 'never',
  }
}

/** What the discount mutations complain of. */
export function problemOfDiscount(message: string): Problem {
  if (/customer.*(does not exist|not found|invalid)/i.test(message)) return customerGone
  return {
    code: 'discount-refused',
    what: `Shopify refused the discount code: ${generalWords(message)}`,
    remedy: 'Correct the action in the rule; new events use it as it is then.',
    retry: 'never',
  }
}

export const problemOfNewCustomer = (message: string): Problem => ({
  code: 'customer-refused',
  // Shopify's words may quote the address.
  what: /phone/i.test(message)
    ? 'Shopify refused to create the customer: it does not take the phone number.'
    : 'Shopify refused to create the customer: it does not take the e-mail address.',
  remedy: 'Correct the profile in Klaviyo, then run this again.',
  retry: 'never',
})

/** What the order mutations complain of; they give no code. */
export function problemOfOrder(message: string): Problem {
  if (/does not exist|not found/i.test(message)) return orderGone
  return {
    code: 'order-refused',
    what: `Shopify refused the change of the order: ${generalWords(message)}`,
    remedy: 'Correct the attributes or tags in the rule, then run this again.',
    retry: 'never',
  }
}

export const orderGone: Problem = {
  code: 'order-gone',
  what: 'The order no longer exists in Shopify, or is older than the 60 days that Shopify lets apps see.',
  remedy: 'Nothing to do.',
  retry: 'never',
}

/** What the store credit mutations complain of. */
export function problemOfCredit(code: string | null | undefined, message: string): Problem {
  if (code === 'OWNER_NOT_FOUND') return customerGone
  return {
    code: 'store-credit-refused',
    what: `Shopify refused the store credit: ${generalWords(message)}`,
    remedy:
      code === 'CREDIT_LIMIT_EXCEEDED' || code === 'INSUFFICIENT_FUNDS'
        ? 'See the store credit on the customer’s page in Shopify.'
        : 'Correct the action in the rule, then run this again.',
    retry: 'never',
  }
}

/** The permission is optional: other rules of the store work without it, and go on. */
export const creditScopeMissing: Problem = {
  code: 'store-credit-scope-missing',
  what: 'The app may not give store credit in this store.',
  remedy: 'Open the rule, allow store credit there, then run this again.',
  retry: 'never',
}

export const problemOfFlow = (message: string): Problem => ({
  code: 'flow-refused',
  what: `Shopify Flow refused the trigger: ${generalWords(message)}`,
  remedy: 'Correct the action in the rule, then run this again. If it stays, contact support.',
  retry: 'never',
})

/** Its turn came too late for something that must not happen twice. Nothing was sent. */
export const tooLate: Problem = {
  code: 'shopify-turn-late',
  what: 'The app had to wait too long for its turn at Shopify.',
  remedy: 'It is tried again by itself.',
  retry: 'later',
  retryAfterMs: 1_000,
}

export const busy = (retryAfterMs: number): Problem => ({
  code: 'shopify-busy',
  what: 'The app has used up the number of requests that Shopify allows it for this store for now.',
  remedy: 'It goes on by itself.',
  retry: 'later',
  retryAfterMs,
})

const accessRevoked: Problem = {
  code: 'shopify-access-revoked',
  what: 'Shopify no longer accepts the access this store gave to the app.',
  remedy: 'Open the app in the Shopify admin. If that does not help, install it again.',
  retry: 'mended',
  side: 'shopify',
}

const frozen: Problem = {
  code: 'shopify-frozen',
  what: 'The store is paused or frozen, mostly because of an unpaid Shopify bill.',
  remedy: 'Settle it in the Shopify admin under Settings > Billing.',
  retry: 'mended',
  side: 'shopify',
}

/** Shopify refuses for want of a permission. */
export const scopeMissing: Problem = {
  code: 'shopify-scope-missing',
  what: 'The app lacks a permission in this store that its rules need.',
  remedy: 'Open the app in the Shopify admin and approve the permissions it asks for.',
  retry: 'mended',
  side: 'shopify',
}

const storeGone: Problem = {
  code: 'shopify-store-gone',
  what: 'Shopify knows no store at this address any more, or not this version of its API.',
  remedy: 'If the store is open, contact support with the time of this message.',
  retry: 'mended',
  side: 'shopify',
}

const locked: Problem = {
  code: 'shopify-locked',
  what: 'Shopify has locked the store.',
  remedy: 'Contact Shopify support: the store owner has to have it unlocked.',
  retry: 'mended',
  side: 'shopify',
}

const blocked: Problem = {
  code: 'shopify-blocked',
  what: 'Shopify took a request of the app for an attack and turned it away.',
  remedy: 'It is tried again by itself. If it stays, contact support.',
  retry: 'later',
}

const down: Problem = {
  code: 'shopify-down',
  what: 'Shopify has trouble of its own.',
  remedy: 'It is tried again by itself. See shopifystatus.com if it lasts.',
  retry: 'later',
}

const timedOut: Problem = {
  code: 'shopify-timeout',
  what: 'Shopify did not answer in time.',
  remedy: 'It is tried again by itself. See shopifystatus.com if it lasts.',
  retry: 'later',
}

const unreachable: Problem = {
  code: 'shopify-unreachable',
  what: 'The connection to Shopify could not be made, or broke.',
  remedy: 'It is tried again by itself. See shopifystatus.com if it lasts.',
  retry: 'later',
}

export const storageTrouble: Problem = {
  code: 'shopify-storage',
  what: 'A file for or from Shopify could not be transferred.',
  remedy: 'It is tried again by itself. See shopifystatus.com if it lasts.',
  retry: 'later',
}

export const bulkRefused = (why: string): Problem => ({
  code: 'shopify-bulk-refused',
  what: `Shopify refused the bulk operation: ${generalWords(why)}`,
  remedy: 'It is tried again by itself. If it stays, contact support.',
  retry: 'later',
})

const refused = (why: string): Problem => ({
  code: 'shopify-refused',
  what: `Shopify refused the request: ${generalWords(why)}`,
  remedy: 'Contact support with the time of this message.',
  retry: 'never',
})

const customerGone: Problem = {
  code: 'customer-gone',
  what: 'The customer no longer exists in Shopify.',
  remedy: 'Nothing to do: the customer was deleted or merged with another one.',
  retry: 'never',
}
