/** Takes tags off whose time is over. Only tags that we added and still hold as ours. */
import { z } from 'zod'
import { noteUpkeep } from '../activity/upkeep.server.ts'
import { prisma } from '../db/client.server.ts'
import { ProblemError } from '../problem.ts'
import type { Problem } from '../problem.ts'
import { customerGid } from '../shopify/admin.ts'
import type { AdminApi } from '../shopify/admin.ts'
import { open } from '../secrets.server.ts'
import { proveLease } from './lease.server.ts'
import type { Lease } from './lease.server.ts'

const grantsPerPage = 500

/** What Shopify refuses today it may take tomorrow. */
const pauseAfterRefusalMs = 24 * 3_600_000
const pauseAfterTroubleMs = 10 * 60_000

const dueRows = z.array(z.object({ id: z.string(), customerGid: z.string(), tag: z.string() }))
type Due = z.infer<typeof dueRows>[number]

/**
 * One page of them; whether there were any. The lease keeps the drain from granting one anew
 * meanwhile. After a crash the page is taken off once more, which changes nothing.
 */
export async function expireTags(lease: Lease, shopify: AdminApi): Promise<boolean> {
  const { shop } = lease
  const due = dueRows.parse(
    await prisma.$queryRaw`
      select "id", "customerGid", "tag" from "TagGrant"
      where "shopId" = ${shop} and "expiresAt" <= now()
      order by "expiresAt" limit ${grantsPerPage}`,
  )
  if (due.length === 0) return false
  const perCustomer = [...Map.groupBy(due, (grant) => grant.customerGid)]
  const results = await shopify.changeTags(
    perCustomer.map(([gid, grants]) => ({
      customer: customerGid.parse(gid),
      add: [],
      remove: grants.map(({ tag }) => open(shop, 'TagGrant.tag', tag)),
    })),
  )
  const over: Due[] = []
  const left: Due[] = []
  let count = 0
  let problem: Problem | null = null
  for (const [index, [, grants]] of perCustomer.entries()) {
    const result = results[index]
    if (!result || result.ok) {
      over.push(...grants)
      count += grants.length
    } else if (result.problem.code === 'customer-gone') over.push(...grants)
    else {
      left.push(...grants)
      problem = result.problem
    }
  }
  if (problem?.retry === 'mended') throw new ProblemError(problem)
  const pauseMs = problem?.retry === 'later' ? pauseAfterTroubleMs : pauseAfterRefusalMs
  const until = new Date(Date.now() + pauseMs)
  await prisma.$transaction(async (tx) => {
    await proveLease(tx, lease)
    await tx.$executeRaw`
      delete from "TagGrant"
      where "shopId" = ${shop} and "id" = any(${over.map(({ id }) => id)}::uuid[])`
    await tx.$executeRaw`
      update "TagGrant" set "expiresAt" = ${until}
      where "shopId" = ${shop} and "id" = any(${left.map(({ id }) => id)}::uuid[])`
    await noteUpkeep(tx, shop, 'tags_expired', { count, problem })
  })
  return true
}
