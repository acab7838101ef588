/** Which runs can be undone, as conditions. Pure. */
import type { Prisma } from '../db/generated/client.ts'

/** Steps that did something. */
export const didSomething = {
  state: 'done',
  intent: { not: null },
} as const satisfies Prisma.StepWhereInput

/** Runs that are over and wrote something, a failed one before it failed. */
export const wroteSomething = {
  isUndo: false,
  shadow: false,
  state: { in: ['done', 'failed'] },
  steps: { some: didSomething },
} satisfies Prisma.RunWhereInput

/** Undoing it was stopped before it began, so that it can be asked for once more. */
export const notBegun = {
  isUndo: true,
  state: 'skipped',
  steps: { none: { state: { not: 'waiting' } } },
} as const satisfies Prisma.RunWhereInput

/** Undone is once, and for good. */
export const notUndone: Prisma.RunWhereInput = {
  OR: [{ undo: { is: null } }, { undo: { is: notBegun } }],
}
