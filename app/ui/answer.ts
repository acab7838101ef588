/** What every form's action answers. */
import type { FieldProblem, Problem } from '../problem.ts'

export type Answer =
  | { ok: true; said: string }
  /** Fields that are wrong are shown in place, a problem above the form; either stays until mended. */
  | { ok: false; problems: FieldProblem[]; problem?: Problem }

export const done = (said: string): Answer => ({ ok: true, said })

export type Refusal = Extract<Answer, { ok: false }>

export const refused = (problems: FieldProblem[]): Refusal => ({ ok: false, problems })

export const failed = (problem: Problem): Refusal => ({ ok: false, problems: [], problem })

/** To a form that no screen of this version sends. */
export const unknownForm = failed({
  code: 'form-unknown',
  what: 'The app does not know this form.',
  remedy: 'Reload the page, then try again.',
  retry: 'never',
})

/** To a form about something that the store does not have, or has no more. */
export const gone = (what: string): Refusal =>
  failed({
    code: 'gone',
    what,
    remedy: 'Reload the page to see what there is now.',
    retry: 'never',
  })

/** The messages of one field, or of everything below it, as one text. */
export function errorAt(problems: readonly FieldProblem[], field: string): string | undefined {
  const own = problems.filter((problem) => problem.field === field)
  return own.length > 0 ? own.map(({ message }) => sentence(message)).join(' ') : undefined
}

/** The problems below a path, their fields relative to it. */
export function problemsUnder(problems: readonly FieldProblem[], path: string): FieldProblem[] {
  const prefix = `${path}.`
  return problems.flatMap(({ field, message }) =>
    field.startsWith(prefix) ? [{ field: field.slice(prefix.length), message }] : [],
  )
}

/**
 * The problems of a document, as it was sent, whose fields still hold what was sent. Both as JSON
 * text. What somebody has changed since is no longer known to be wrong.
 */
export function stillStanding(
  problems: readonly FieldProblem[],
  sent: string,
  now: string,
): FieldProblem[] {
  if (problems.length === 0) return []
  const before: unknown = JSON.parse(sent)
  const after: unknown = JSON.parse(now)
  return problems.filter(
    ({ field }) => JSON.stringify(valueAt(before, field)) === JSON.stringify(valueAt(after, field)),
  )
}

/** What a document holds at the path of a field, or undefined. */
export function valueAt(document: unknown, field: string): unknown {
  return field
    .split('.')
    .reduce<unknown>(
      (value, key) =>
        typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined,
      document,
    )
}

function sentence(message: string): string {
  const text = message.charAt(0).toUpperCase() + message.slice(1)
  return /[.!?]$/.test(text) ? text : `${text}.`
}
