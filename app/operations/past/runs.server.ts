import { v7 as uuidv7 } from 'uuid'
import { isHandled } from '../../activity/handled.server.ts'
import type { Tx } from '../../db/client.server.ts'

export interface RunsToMake {
  shop: string
  operationId: string
  rule: { id: string; version: number; isShadow: boolean }
  /** Oldest first. */
  eventIds: string[]
}

/**
 * Stores a waiting run for each event and makes the event due; the drain does the rest. An event
 * that the rule has handled gets no second run, and one whose rules are yet to be matched is left
 * to that. A run that does not count as handling its event makes room for the new one. Events that
 * lie still have their tries anew; of those that wait, the open runs go along.
 */
export async function putToWork(tx: Tx, work: RunsToMake): Promise<void> {
  const { shop, operationId, rule, eventIds } = work
  const rows = eventIds.map((eventId) => ({ id: uuidv7(), eventId }))
  await tx.$executeRaw`
    delete from "Run" r
    where r."eventId" = any(${eventIds}::uuid[]) and r."ruleId" = ${rule.id}::uuid
      and r."shopId" = ${shop} and not r."isUndo" and not ${isHandled}`
  await tx.$executeRaw`
    with made as (
      insert into "Run" (
        "id", "shopId", "eventId", "ruleId", "operationId", "ruleVersion", "shadow", "state", "reason"
      )
      select
        t."id", ${shop}, e."id", ${rule.id}::uuid, ${operationId}::uuid, ${rule.version},
        ${rule.isShadow}, 'waiting', 'Waits for its turn.'
      from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as t ("id" uuid, "eventId" uuid)
      join "InboundEvent" e on e."id" = t."eventId" and e."shopId" = ${shop}
      where not (e."state" = 'pending' and e."matchedAt" is null)
      on conflict ("eventId", "ruleId", "isUndo") do nothing
      returning "eventId"
    )
    update "InboundEvent" e set
      "state" = 'pending',
      "matchedAt" = coalesce(e."matchedAt", now()),
      "attempts" = case when e."state" = 'pending' then e."attempts" else 0 end,
      "availableAt" = now()
    from made where e."id" = made."eventId" and e."shopId" = ${shop}`
}
