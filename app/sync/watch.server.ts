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
  /** Metafields, about, that Shopify has got through in files whose results are not in yet. */
  underWay: number
}

/** The shop's sync that is not over yet, or null. */
export async function currentWatched(shop: string): Promise<Watched | null> {
  const sync = await currentSync(shop)
  return sync ? watched(shop, sync) : null
}

/** A sync as it stands; null when the shop has no such sync. */
export async function watchSync(shop: string, id: string): Promise<Watched | null> {
  const row = uuid.test(id) ? await prisma.sync.findFirst({ where: { id, shopId: shop } }) : null
  return row ? watched(shop, viewOf(row)) : null
}

async function watched(shop: string, sync: SyncView): Promise<Watched> {
  const [expected, underWay] = await Promise.all([expectedOf(shop, sync), underWayOf(shop, sync)])
  return { sync, expected, underWay }
}

/** A line is a customer; how many metafields they have is known on average. */
async function underWayOf(shop: string, { id, phase, counts }: SyncView): Promise<number> {
  if (phase === 'over' || counts.changed === 0) return 0
  const { _sum } = await prisma.syncWrite.aggregate({
    where: { shopId: shop, syncId: id },
    _sum: { done: true },
  })
  const left = counts.toWrite - counts.written - counts.deleted - counts.failed
  return Math.min(left, Math.round(((_sum.done ?? 0) * counts.toWrite) / counts.changed))
}

async function expectedOf(shop: string, { id, scope }: SyncView): Promise<number | null> {
  if (scope.kind === 'customer') return 1
  return (await lastDone(shop, id, scope))?.profiles ?? null
}

export interface ReportPage extends Pick<Watched, 'expected' | 'underWay'> {
  report: SyncReport
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
    underWay: await underWayOf(shop, report),
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
