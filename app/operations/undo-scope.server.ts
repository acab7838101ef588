/** What an undo is about: one run, or the runs that a filter of the activity shows. */
import { z } from 'zod'
import { filterOf } from '../activity/filter.ts'
import { runsWhere } from '../activity/list.server.ts'
import { notUndone, wroteSomething } from '../activity/undoable.ts'
import type { Prisma } from '../db/generated/client.ts'

export const undoScope = z.union([
  z.object({ runId: z.uuid() }),
  z.object({
    /** The filter as the activity's address has it. It may be about one person. */
    search: z.string().max(20_000),
    /** No run behind this id: none that came after the merchant asked. */
    until: z.uuid(),
  }),
])
export type UndoScope = z.infer<typeof undoScope>

/** The runs that did something, and of those the ones that were not undone yet. */
export async function runsIn(
  shop: string,
  scope: UndoScope,
): Promise<{ all: Prisma.RunWhereInput; undoable: Prisma.RunWhereInput }> {
  const chosen: Prisma.RunWhereInput[] =
    'runId' in scope
      ? [{ shopId: shop, id: scope.runId }]
      : [
          await runsWhere(shop, filterOf(new URLSearchParams(scope.search))),
          { id: { lte: scope.until } },
        ]
  const all = [...chosen, wroteSomething]
  return { all: { AND: all }, undoable: { AND: [...all, notUndone] } }
}

/** Whom an undo's scope is about, as a filter's `customer`, or null. */
export function customerIn(scope: unknown): string | null {
  const { data } = undoScope.safeParse(scope)
  return data && 'search' in data ? filterOf(new URLSearchParams(data.search)).customer : null
}
