/** Re-seals what older keys wrote, so that these can be taken out of ENCRYPTION_KEYS. */
import { z } from 'zod'
import { prisma } from '../db/client.server.ts'
import { Prisma } from '../db/generated/client.ts'
import { storedFacts } from '../events/formats.ts'
import { personKeysOf } from '../events/inbox.server.ts'
import { log } from '../log.server.ts'
import { open, seal, sealedByWritingKey, sealedColumns } from '../secrets.server.ts'
import type { SealedColumn } from '../secrets.server.ts'

const rowsPerBatch = 500

const sealedRows = z.array(z.object({ id: z.string(), shop: z.string(), sealed: z.string() }))
type SealedRow = z.infer<typeof sealedRows>[number]

/**
 * Walks over every sealed column and seals anew, with the first of ENCRYPTION_KEYS, what another
 * key wrote. The app may go on meanwhile, and the walk may be broken off and started again: what was
 * done is passed over. Answers how many values of each column it sealed; throws, with the column,
 * when a value opens with none of the keys.
 */
export async function resealAll(): Promise<Partial<Record<SealedColumn, number>>> {
  const counts: Partial<Record<SealedColumn, number>> = {}
  for (const column of sealedColumns) {
    counts[column] = await resealColumn(column)
    log.info({ column, count: counts[column] }, 'sealed again')
  }
  // Hashes of customers' addresses hang on the key; their index is read anew by the next sync.
  await prisma.shop.updateMany({ data: { indexedAt: null } })
  return counts
}

async function resealColumn(column: SealedColumn): Promise<number> {
  let count = 0
  let after: string | null = null
  for (;;) {
    const rows = await readRows(column, after)
    const last = rows.at(-1)
    if (!last) return count
    count += await writeRows(
      column,
      rows.filter(({ sealed }) => !sealedByWritingKey(sealed)),
    )
    after = last.id
  }
}

interface Place {
  table: Prisma.Sql
  column: Prisma.Sql
  id: Prisma.Sql
  idType: Prisma.Sql
  shop: Prisma.Sql
}

const namedByText = new Set(['Session', 'Shop', 'Connection', 'PrivacyRequest'])

/** Columns that name the shop, where it isn't `shopId`. */
const shopColumns: Readonly<Record<string, string>> = { Session: 'shop', Shop: 'id' }

/** Where a sealed column is, with the columns that name the row and its shop. */
function placeOf(sealed: SealedColumn): Place {
  const [table = '', column = ''] = sealed.split('.')
  const quoted = (name: string) => Prisma.raw(`"${name}"`)
  return {
    table: quoted(table),
    column: quoted(column),
    id: quoted(table === 'Connection' ? 'shopId' : 'id'),
    idType: Prisma.raw(namedByText.has(table) ? 'text' : 'uuid'),
    shop: quoted(shopColumns[table] ?? 'shopId'),
  }
}

async function readRows(sealed: SealedColumn, after: string | null): Promise<SealedRow[]> {
  const { table, column, id, idType, shop } = placeOf(sealed)
  const further = after === null ? Prisma.empty : Prisma.sql`and ${id} > ${after}::${idType}`
  return sealedRows.parse(
    await prisma.$queryRaw`
      select ${id} as "id", ${shop} as "shop", ${column} as "sealed" from ${table}
      where ${column} <> '' ${further} order by ${id} limit ${rowsPerBatch}`,
  )
}

/** A value that was written anew meanwhile is left as it is. */
async function writeRows(sealed: SealedColumn, rows: SealedRow[]): Promise<number> {
  if (rows.length === 0) return 0
  const { table, column, id, idType } = placeOf(sealed)
  const holdsPeople = sealed === 'InboundEvent.facts'
  const changes = rows.map((row) => {
    const text = open(row.shop, sealed, row.sealed)
    return {
      id: row.id,
      before: row.sealed,
      after: seal(row.shop, sealed, text),
      people: holdsPeople ? peopleIn(row.shop, text) : [],
    }
  })
  // Hashes of a person hang on the key too.
  const people = holdsPeople ? Prisma.sql`, "personKeys" = t."people"` : Prisma.empty
  return prisma.$executeRaw`
    update ${table} as s set ${column} = t."after"${people}
    from jsonb_to_recordset(${JSON.stringify(changes)}::jsonb) as t (
      "id" ${idType}, "before" text, "after" text, "people" text[]
    )
    where s.${id} = t."id" and s.${column} = t."before"`
}

const peopleIn = (shop: string, facts: string): string[] =>
  personKeysOf(shop, storedFacts.parse(JSON.parse(facts)))
