/** What Klaviyo's refusals mean, in words for a merchant. */
import { z } from 'zod'
import { generalWords } from '../problem.ts'
import type { Problem } from '../problem.ts'
import { neededScopes } from './klaviyo.ts'
import type { NeededScope } from './klaviyo.ts'

/** An answer that is no success. */
export interface Refusal {
  status: number
  /** Parsed JSON, or text. */
  body: unknown
  /** Seconds, as Klaviyo sends them. */
  retryAfter: string | undefined
}

/** Klaviyo asks for whole seconds; where it forgot to, one second is its shortest window. */
const usualRetryAfterSeconds = 1

export function problemOfRefusal(refusal: Refusal, scope: NeededScope): Problem {
  const { status } = refusal
  if (status === 401) return keyRefused
  if (status === 403) return isJsonApi(refusal.body) ? scopeMissing(scope) : blocked
  if (status === 410) return revisionRetired
  if (status === 429) {
    const seconds = Number.parseFloat(refusal.retryAfter ?? '')
    return busy(1_000 * (Number.isFinite(seconds) ? seconds : usualRetryAfterSeconds))
  }
  if (status >= 500) return down(status)
  return refused(status, detailOf(refusal.body))
}

export const keyRefused: Problem = {
  code: 'klaviyo-key-refused',
  what: 'Klaviyo does not accept the private key.',
  remedy:
    'Create a private key in Klaviyo under Settings > API keys and paste it in Settings here.',
  retry: 'mended',
  side: 'klaviyo',
}

const scopeMissing = (scope: NeededScope): Problem => ({
  code: 'klaviyo-scope-missing',
  what: `The Klaviyo key lacks the scope ${scope}, with which the app ${purposeOf(scope)}.`,
  remedy:
    'A key can not be given more scopes later: create a new one in Klaviyo with this scope too, and replace the key in Settings.',
  retry: 'mended',
  side: 'klaviyo',
})

const purposeOf = (wanted: NeededScope) =>
  neededScopes.find(({ scope }) => scope === wanted)?.purpose ?? 'works'

// A 403 with a page instead of JSON is Cloudflare's, in front of Klaviyo: the key was never looked at.
const blocked: Problem = {
  code: 'klaviyo-blocked',
  what: 'The firewall in front of Klaviyo turned the app away before Klaviyo saw the key.',
  remedy: 'This mostly passes within minutes. If it stays, contact support.',
  retry: 'later',
}

export const importSlow: Problem = {
  code: 'klaviyo-import-slow',
  what: 'Klaviyo has not finished importing the properties within a minute.',
  remedy: 'It is looked at again by itself.',
  retry: 'later',
}

export const busy = (retryAfterMs: number): Problem => ({
  code: 'klaviyo-busy',
  what: 'The Klaviyo account has used up the number of requests it may make for now.',
  remedy: 'It goes on by itself. Other apps with a key of this account share the allowance.',
  retry: 'later',
  retryAfterMs,
})

const down = (status: number): Problem => ({
  code: 'klaviyo-down',
  what: `Klaviyo has trouble of its own (status ${status}).`,
  remedy: 'It is tried again by itself. See status.klaviyo.com if it lasts.',
  retry: 'later',
})

export const timedOut: Problem = {
  code: 'klaviyo-timeout',
  what: 'Klaviyo did not answer in time.',
  remedy: 'It is tried again by itself. See status.klaviyo.com if it lasts.',
  retry: 'later',
}

export const unreachable: Problem = {
  code: 'klaviyo-unreachable',
  what: 'The connection to Klaviyo could not be made, or broke.',
  remedy: 'It is tried again by itself. See status.klaviyo.com if it lasts.',
  retry: 'later',
}

const revisionRetired: Problem = {
  code: 'klaviyo-revision-retired',
  what: 'Klaviyo has retired the version of its API that this version of the app speaks.',
  remedy: 'The app has to be updated: contact support. Nothing is lost meanwhile.',
  retry: 'mended',
  side: 'klaviyo',
}

const refused = (status: number, detail: string | null): Problem => ({
  code: 'klaviyo-refused',
  what: `Klaviyo refused the request (status ${status})${detail ? `: ${detail}` : '.'}`,
  remedy: 'Contact support with the time of this message.',
  retry: 'never',
})

export const strangeAnswer: Problem = {
  code: 'klaviyo-strange-answer',
  what: 'Klaviyo answered with something that is not what its API promises.',
  remedy: 'It is tried again by itself. If it stays, contact support.',
  retry: 'later',
}

const jsonApiErrors = z.object({
  errors: z.array(z.object({ detail: z.string().nullish() })).min(1),
})

const isJsonApi = (body: unknown) => jsonApiErrors.safeParse(body).success

/** Klaviyo's own words. */
function detailOf(body: unknown): string | null {
  const detail = jsonApiErrors.safeParse(body).data?.errors[0]?.detail
  return detail ? generalWords(detail) : null
}
