import { Prisma } from '../db/generated/client.ts'

/** Of "Operation" o: it wants a page, or has none left and nothing of it is under way. */
export const isDue = Prisma.sql`
  o."state" = 'running' and o."nextPageAt" <= now()
  and not (
    o."isExhausted"
    and exists (select from "Run" r where r."operationId" = o."id" and r."state" = 'waiting')
  )`
