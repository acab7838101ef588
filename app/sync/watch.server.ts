/** A sync beside the one before it: how far it is, and what moved since. */
import { uuid } from '../activity/filter.ts'
import { prisma } from '../db/client.server.ts'
import { distributionSchema } from './distribution.ts'
import type { Distribution } from './distribution.ts'
import type { SyncReport, SyncScope, SyncView } from './sync.ts'
import { currentSync, readSync, viewOf } from './syncs.server.ts'

export interface Watched {
  sync: SyncView
  /** Profiles that it will read, by the last sync of the kind; null where there was none. */
  expected: number | null
}

/** The shop's sync that is not over yet, or null. */
export async function currentWatched(shop: string): Promise<Watched | null> {
  const sync = await currentSync(shop)
  return sync ? { sync, expected: await expectedOf(shop, sync) } : null
}

/** A sync as it stands; null when the shop has no such sync. */
export async function watchSync(shop: string, id: string): Promise<Watched | null> {
  const row = uuid.test(id) ? await prisma.sync.findFirst({ where: { id, shopId: shop } }) : null
  if (!row) return null
  const sync = viewOf(row)
  return { sync, expected: await expectedOf(shop, sync) }
}

async function expectedOf(shop: string, { id, scope }: SyncView): Promise<number | null> {
  if (scope.kind === 'customer') return 1
  return (await lastDone(shop, id, scope))?.profiles ?? null
}

export interface ReportPage {
  report: SyncReport
  expected: number | null
  /** How the same profiles were spread the time before; null where there is nothing to compare with. */
  before: { distribution: Distribution; at: Date } | null
}

/** The report of a sync; null when the shop has no such sync. */
export async function reportPage(shop: string, id: string): Promise<ReportPage | null> {
  const report = await readSync(shop, id)
  if (!report) return null
  const last = report.scope.kind === 'customer' ? null : await lastDone(shop, id, report.scope)
  const distribution = distributionSchema.safeParse(last?.distribution).data
  return {
    report,
    expected: report.scope.kind === 'customer' ? 1 : (last?.profiles ?? null),
    before: last && distribution ? { distribution, at: last.createdAt } : null,
  }
}

/** The sync before that one which read the same profiles to the end. */
function lastDone(shop: string, id: string, scope: SyncScope) {
  const sameProfiles =
    scope.kind === 'segment'
      ? { scope: { path: ['id'], equals: scope.id } }
      : { OR: ['all', 'mapping'].map((kind) => ({ scope: { path: ['kind'], equals: kind } })) }
  return prisma.sync.findFirst({
    where: { shopId: shop, state: 'done', id: { lt: id }, ...sameProfiles },
    orderBy: { id: 'desc' },
    select: { profiles: true, distribution: true, createdAt: true },
  })
}
