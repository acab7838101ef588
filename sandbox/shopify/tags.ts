/**
 * Shopify's tag rules. Tags are trimmed, compared without regard to case, kept in the casing they
 * were first given in, and listed in alphabetical order. A comma inside an element splits it.
 */

export const maxTagLength = 255
export const maxTagsPerCustomer = 250

/** The separate tags named by `tagsAdd`, `tagsRemove` or `customerUpdate`, first casing kept. */
export function normalizeTags(given: readonly string[]): string[] {
  const byKey = new Map<string, string>()
  for (const tag of given.flatMap((element) => element.split(','))) {
    const trimmed = tag.trim()
    if (trimmed !== '' && !byKey.has(key(trimmed))) byKey.set(key(trimmed), trimmed)
  }
  return [...byKey.values()].sort(alphabetical)
}

/** `tags` with `added`; a tag that is there already keeps its casing. */
export function withTags(tags: readonly string[], added: readonly string[]): string[] {
  const present = new Set(tags.map(key))
  return [...tags, ...added.filter((tag) => !present.has(key(tag)))].sort(alphabetical)
}

/** `tags` without `removed`, whatever casing these are given in. */
export function withoutTags(tags: readonly string[], removed: readonly string[]): string[] {
  const gone = new Set(removed.map(key))
  return tags.filter((tag) => !gone.has(key(tag)))
}

/** Shopify's complaint about a list of tags, `undefined` when it may be stored. */
export function complaintAbout(tags: readonly string[]): string | undefined {
  if (tags.length > maxTagsPerCustomer) return `Tags cannot be more than ${maxTagsPerCustomer}`
  if (tags.some((tag) => tag.length > maxTagLength)) {
    return `Tags cannot be longer than ${maxTagLength} characters`
  }
  return undefined
}

const key = (tag: string) => tag.toLowerCase()
const alphabetical = (a: string, b: string) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0)
