/**
 * Reads profiles from Klaviyo, page by page. A page, and where the next one begins, are committed
 * together: after a crash it is either read again or behind us. Of the profiles only the mappings'
 * values and hashes of their addresses are kept.
 */
import { v7 as uuidv7 } from 'uuid'
import { z } from 'zod'
import { prisma } from '../db/client.server.ts'
import type { PredictedProfile, ProfilePage } from '../klaviyo/klaviyo.ts'
import { ProblemError } from '../problem.ts'
import type { CustomerGid } from '../shopify/admin.ts'
import { added, distributionOf, distributionSchema, noDistribution } from './distribution.ts'
import { leased } from './lease.server.ts'
import { addressHashes, sealPage, timed } from './pass.server.ts'
import type { Pass, ReadEntry } from './pass.server.ts'
import { idle } from './stages.ts'
import type { Stage, Step } from './stages.ts'
import { valueFor } from './value.ts'

/** Read and not yet matched: more wait in Klaviyo, not here. */
const mostWaitingPages = 2_000

/** A turn that is farther away is waited for outside. */
const nearMs = 300

/** While another shop's sync reads the same account. */
const otherReadsMs = 5_000

export function reading(pass: Pass): Stage {
  const entryOf = entriesFor(pass)
  /** The page behind the one that is being stored. */
  let ahead: Promise<ProfilePage> | null = null
  let stored = 0

  const segmentId = pass.scope.kind === 'segment' ? pass.scope.id : null
  const request = (cursor: string | null) =>
    timed(pass, 'read', () => pass.klaviyo.profilePage(cursor, segmentId))
  const isNear = () => pass.klaviyo.pageWaitMs(segmentId) <= nearMs

  async function store(page: ProfilePage): Promise<void> {
    await storePage(pass, page.profiles, page.profiles.map(entryOf), page.next)
    pass.cursor = page.next
    pass.isReadThrough = page.next === null
  }

  return {
    async step(): Promise<Step> {
      if (pass.isReadThrough) return idle
      countPaced(pass)
      if (pass.scope.kind === 'customer') return readCustomer(pass, pass.scope.gid, entryOf)
      // Counted now and then: a few pages more do no harm.
      if (stored % 50 === 0 && (await isFull(pass))) return { idleMs: 1_000 }
      if (stored === 0 && (await isOthersTurn(pass))) return { idleMs: otherReadsMs }
      if (ahead === null && !isNear()) return paced(pass, pass.klaviyo.pageWaitMs(segmentId))
      try {
        const page = await (ahead ?? request(pass.cursor))
        const goesOn = page.next !== null && isNear() && Date.now() < pass.until
        ahead = goesOn ? request(page.next) : null
        // Whoever waits for it sees what it rejects with; until then nobody does.
        ahead?.catch(() => undefined)
        await store(page)
      } catch (error) {
        ahead = null
        if (!(error instanceof ProblemError) || error.problem.code !== 'klaviyo-busy') throw error
        return paced(pass, error.problem.retryAfterMs ?? 1_000)
      }
      stored++
      return 'did'
    },
    async end() {
      pass.isPaced = pass.pacedSince !== null
      countPaced(pass)
      if (ahead !== null) await store(await ahead)
      ahead = null
    },
  }
}

function paced(pass: Pass, waitMs: number): Step {
  pass.pacedSince = performance.now()
  return { idleMs: waitMs }
}

function countPaced(pass: Pass): void {
  const now = performance.now()
  if (pass.pacedSince !== null) pass.times.paced += now - pass.pacedSince
  pass.pacedSince = null
}

/** Values and hashes of profiles, for the sync's mappings. */
function entriesFor({ shop, mappings }: Pass): (profile: PredictedProfile) => ReadEntry {
  const valuesOf = mappings.map(({ document }) => valueFor(document))
  return (profile) => ({
    profile: profile.id,
    hashes: [profile.email, profile.phone].flatMap((address) =>
      address ? addressHashes(shop, address) : [],
    ),
    values: valuesOf.map((valueOf) => {
      const value = valueOf(profile)
      return value.ok ? value.value : false
    }),
  })
}

async function storePage(
  { lease, scope, shop, syncId }: Pass,
  profiles: PredictedProfile[],
  entries: ReadEntry[],
  next: string | null,
): Promise<void> {
  const body = sealPage(shop, entries)
  await leased(lease, async (tx) => {
    const { distribution } = await tx.sync.findUniqueOrThrow({
      where: { id: syncId },
      select: { distribution: true },
    })
    const before = distributionSchema.catch(noDistribution).parse(distribution)
    await tx.sync.update({
      where: { id: syncId },
      data: {
        cursor: next,
        isReadThrough: next === null,
        pagesRead: { increment: 1 },
        profiles: { increment: profiles.length },
        // Of one person it would say what Klaviyo predicts for them.
        ...(scope.kind === 'customer'
          ? {}
          : { distribution: added(before, distributionOf(profiles)) }),
      },
    })
    if (entries.length === 0) return
    await tx.syncPage.create({
      data: {
        id: uuidv7(),
        shopId: shop,
        syncId,
        kind: 'read',
        body,
        lines: entries.length,
        bytes: body.length,
      },
    })
  })
}

/** The profiles of one customer: who is who needs no index. */
async function readCustomer(
  pass: Pass,
  gid: CustomerGid,
  entryOf: (profile: PredictedProfile) => ReadEntry,
): Promise<Step> {
  const customer = await pass.shopify.readCustomer(gid)
  const { klaviyo } = pass
  const byEmail = customer?.email ? await klaviyo.predictedProfiles('email', customer.email) : []
  const byPhone = customer?.phone
    ? await klaviyo.predictedProfiles('phone_number', customer.phone)
    : []
  const found = [...new Map([...byEmail, ...byPhone].map((each) => [each.id, each])).values()]
  const id = gid.slice(gid.lastIndexOf('/') + 1)
  const entries = found.map((profile) => ({ ...entryOf(profile), customer: id }))
  await storePage(pass, found, entries, null)
  pass.isReadThrough = true
  return 'did'
}

async function isFull({ syncId }: Pass): Promise<boolean> {
  return (await prisma.syncPage.count({ where: { syncId, kind: 'read' } })) >= mostWaitingPages
}

const rows = z.array(z.object({ waits: z.boolean() }))

/**
 * The keys of an account share its rate limit: of the shops that use one, the sync that started
 * first reads first, whichever process it runs in. One that waits for something to be mended, or
 * for its next try after a trouble, is passed.
 */
async function isOthersTurn({ shop, syncId }: Pass): Promise<boolean> {
  const [row] = rows.parse(
    await prisma.$queryRaw`
      select exists (
        select from "Sync" y
        join "Shop" s on s."id" = y."shopId"
        join "Connection" c on c."shopId" = y."shopId"
        join "Connection" mine on mine."shopId" = ${shop}
        where y."activeShop" is not null and y."state" = 'running' and not y."isReadThrough"
          and y."id" < ${syncId}::uuid and y."shopId" <> ${shop} and y."attempts" = 0
          and c."accountId" = mine."accountId"
          and s."uninstalledAt" is null and s."problem" is null and c."problem" is null
      ) as "waits"`,
  )
  return row?.waits ?? false
}
