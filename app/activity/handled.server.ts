import { Prisma } from '../db/generated/client.ts'

/**
 * Of "Run" r: it stands for its event having been handled by its rule. One under way does, and one
 * that wrote or tried to. One in shadow mode does not, nor one that was skipped before it wrote, as
 * when its rule was off: another takes its place when the rule is run over the past.
 */
export const isHandled = Prisma.sql`(
  not r."isUndo" and (
    r."state" = 'waiting'
    or (
      not r."shadow" and (
        r."state" <> 'skipped'
        or exists (
          select from "Step" s where s."runId" = r."id" and s."intent" is not null
        )
      )
    )
  )
)`
