/** Puts a variable into a template at the cursor. Pure. */

/** A text with the place of its cursor. */
export interface Insertion {
  text: string
  cursor: number
}

/**
 * Between the braces of an output that is already open, such as `{{ | upcase }}`, only the path goes
 * in; elsewhere the output around it too, with the filter if one is wanted.
 */
export function insertVariable(
  text: string,
  { start, end }: { start: number; end: number },
  path: string,
  filter?: string,
): Insertion {
  const [before, after] = [text.slice(0, start), text.slice(end)]
  const isInside = before.lastIndexOf('{{') > before.lastIndexOf('}}')
  const isOpen = isInside && after.indexOf('}}') === -1
  const body = isInside
    ? `${/\{\{$/.test(before) ? ' ' : ''}${path}`
    : `{{ ${path}${ending(filter)} }}`
  const inserted = isOpen ? `${body} }}` : body
  return { text: before + inserted + after, cursor: before.length + inserted.length }
}

const ending = (filter: string | undefined) => (filter === undefined ? '' : ` | ${filter}`)
