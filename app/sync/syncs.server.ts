/** What screens know of a shop's syncs: the one under way, those before, and the report of each. */
import { z } from 'zod'
import { uuid } from '../activity/filter.ts'
import { prisma } from '../db/client.server.ts'
import type { Sync } from '../db/generated/client.ts'
import { problemSchema } from '../problem.ts'
import { open } from '../secrets.server.ts'
import { distributionSchema, movesSchema, noDistribution } from './distribution.ts'
import { syncMapping } from './document.ts'
import { causesSchema } from './failures.server.ts'
import type { SyncMapping } from './document.ts'
import { nameOf } from './mapping.ts'
import { storedChange, syncScope, syncTimes } from './sync.ts'
import type { BandMoves, SyncChange, SyncPhase, SyncReport, SyncView } from './sync.ts'

const pageSize = 25

/** The sync that is not over yet, or null. */
export async function currentSync(shop: string): Promise<SyncView | null> {
  const row = await prisma.sync.findFirst({ where: { shopId: shop, activeShop: shop } })
  return row ? viewOf(row) : null
}

/** Newest first; `before` = the `older` of the page in front of it. */
export async function listSyncs(
  shop: string,
  before: string | null = null,
): Promise<{ syncs: SyncView[]; older: string | null }> {
  const rows = await prisma.sync.findMany({
    where: { shopId: shop, ...(before && uuid.test(before) ? { id: { lt: before } } : {}) },
    orderBy: { id: 'desc' },
    take: pageSize + 1,
  })
  const page = rows.slice(0, pageSize)
  return {
    syncs: page.map(viewOf),
    older: rows.length > pageSize ? (page.at(-1)?.id ?? null) : null,
  }
}

/** The report, while it runs too; null when the shop has no such sync. */
export async function readSync(shop: string, id: string): Promise<SyncReport | null> {
  const row = uuid.test(id) ? await prisma.sync.findFirst({ where: { id, shopId: shop } }) : null
  if (!row) return null
  const mappings = z.array(syncMapping).parse(row.mappings)
  const failures = causesSchema.parse(row.causes).toSorted((a, b) => b.count - a.count)
  return {
    ...viewOf(row),
    mappings: mappings.map(({ id, document }) => ({
      id,
      name: document.name,
      metafield: nameOf(document),
    })),
    distribution: distributionSchema.catch(noDistribution).parse(row.distribution),
    bands: bandsOf(mappings, row.moves),
    failures,
    changes: await changesOf(shop, id),
  }
}

function bandsOf(mappings: SyncMapping[], stored: unknown): BandMoves[] {
  const moves = movesSchema.parse(stored)
  return mappings
    .filter(({ document }) => document.derive.kind === 'bands')
    .map(({ id, slot, document }) => ({
      mappingId: id,
      metafield: nameOf(document),
      moves: moves[slot] ?? [],
    }))
}

async function changesOf(shop: string, syncId: string): Promise<SyncChange[]> {
  const rows = await prisma.syncFinding.findMany({
    where: { shopId: shop, syncId, kind: 'change' },
    orderBy: { id: 'asc' },
  })
  return rows.flatMap(({ customerId, metafield, change }) => {
    if (customerId === null || change === null) return []
    const opened = storedChange.parse(JSON.parse(open(shop, 'SyncFinding.change', change)))
    return [{ customerGid: gidOf(customerId), metafield, ...opened }]
  })
}

export const gidOf = (customerId: bigint | string) => `gid://shopify/Customer/${customerId}`

const rowsPerChunk = 1_000

/** What could not be written, as the chunks of a CSV file; null when the shop has no such sync. */
export async function errorsCsv(shop: string, id: string): Promise<AsyncIterable<string> | null> {
  const isKnown = uuid.test(id) && (await prisma.sync.count({ where: { id, shopId: shop } })) > 0
  return isKnown ? csvChunks(shop, id) : null
}

async function* csvChunks(shop: string, syncId: string): AsyncIterable<string> {
  yield csvLine(['Customer', 'Metafield', 'Cause', 'What happened'])
  let after = ''
  for (;;) {
    const rows = await prisma.syncFinding.findMany({
      where: {
        shopId: shop,
        syncId,
        kind: 'error',
        ...(after === '' ? {} : { id: { gt: after } }),
      },
      orderBy: { id: 'asc' },
      take: rowsPerChunk,
    })
    const last = rows.at(-1)
    if (!last) return
    after = last.id
    yield rows
      .map(({ customerId, metafield, code, what }) =>
        csvLine([customerId === null ? '' : gidOf(customerId), metafield, code ?? '', what ?? '']),
      )
      .join('')
  }
}

/** Quoted, and kept from being read as a formula by a spreadsheet. */
const csvLine = (cells: string[]) =>
  `${cells.map((cell) => `"${cell.replace(/^[=+\-@\t\r]/, "'$&").replaceAll('"', '""')}"`).join(',')}\r\n`

export function viewOf(row: Sync): SyncView {
  return {
    id: row.id,
    scope: syncScope.parse(row.scope),
    state: row.state,
    phase: phaseOf(row),
    isDry: row.isDry,
    isNightly: row.isNightly,
    counts: {
      profiles: row.profiles,
      matched: row.matched,
      unmatched: {
        noAddress: row.noAddress,
        noCustomer: row.noCustomer,
        several: row.several,
        duplicate: row.duplicate,
      },
      changed: row.changed,
      toWrite: row.toWrite,
      written: row.written,
      deleted: row.deleted,
      failed: row.failed,
    },
    times: syncTimes.parse(row.times),
    problem: problemSchema.nullable().parse(row.problem),
    startedAt: row.createdAt,
    finishedAt: row.finishedAt,
  }
}

function phaseOf({ state, activeShop, isDefined, isReadThrough }: Sync): SyncPhase {
  if (activeShop === null) return 'over'
  if (state === 'canceled') return 'stopping'
  if (isReadThrough) return 'writing'
  return isDefined ? 'reading' : 'waiting'
}
