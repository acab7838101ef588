/**
 * Keeps a customer's tags within bounds: Shopify's own (250 tags) always, and the shop's budget for
 * the joined tags where one is set. Room is made by rotating out tags that we added, oldest first;
 * never a foreign tag, never one that is wanted now. Pure.
 */
import type { Problem } from '../problem.ts'
import { mostTags, tagKey } from './tags.ts'

export interface GuardedTags {
  tags: readonly string[]
  /** Ours among them, oldest first. */
  ownTags: readonly string[]
}

export type Admission = { ok: true; rotated: string[] } | { ok: false; problem: Problem }

/** Characters of the tags as Shopify's admin and exports join them: `a, b`. */
export const joinedLength = (tags: readonly string[]): number => tags.join(', ').length

/** Which tags must go so that the customer carries all that are wanted. */
export function admit(
  customer: GuardedTags,
  wanted: readonly string[],
  budget: number | null,
): Admission {
  const wantedKeys = new Set(wanted.map(tagKey))
  const carried = new Map(customer.tags.map((tag) => [tagKey(tag), tag]))
  const removable = customer.ownTags.flatMap((tag) => {
    const key = tagKey(tag)
    const asCarried = carried.get(key)
    return asCarried === undefined || wantedKeys.has(key) ? [] : [asCarried]
  })

  let tags = [...customer.tags, ...wanted.filter((tag) => !carried.has(tagKey(tag)))]
  const rotated: string[] = []
  const fits = () => tags.length <= mostTags && (budget === null || joinedLength(tags) <= budget)
  while (!fits()) {
    const oldest = removable.shift()
    if (oldest === undefined) return { ok: false, problem: noRoom(tags.length > mostTags, budget) }
    rotated.push(oldest)
    tags = tags.filter((tag) => tag !== oldest)
  }
  return { ok: true, rotated }
}

/** In the same words for every customer: failures are grouped by them. */
function noRoom(isCount: boolean, budget: number | null): Problem {
  return {
    code: isCount ? 'tags-full' : 'tag-budget-full',
    what: isCount
      ? `The customer would have more than the ${mostTags} tags that Shopify allows. None of the others was added by this app.`
      : `The customer’s tags would take more than the ${budget} characters of the shop’s budget. None of the others was added by this app.`,
    remedy: isCount
      ? 'Remove tags from the customer in Shopify, then run this again.'
      : 'Remove tags from the customer, or raise the tag budget in the settings, then run this again.',
    retry: 'never',
  }
}
