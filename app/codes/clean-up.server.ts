/** Deletes what is left of codes that ended unused, so that a store's discounts stay readable. */
import { noteUpkeep } from '../activity/upkeep.server.ts'
import { prisma } from '../db/client.server.ts'
import { log } from '../log.server.ts'
import { ProblemError } from '../problem.ts'
import type { Problem } from '../problem.ts'
import { noteProblem } from '../shops/health.server.ts'
import { adminOf } from '../shops/sessions.server.ts'

const codesPerPage = 250

/** Every store whose setting allows it, one after the other: there is all night. Or `only` one. */
export async function deleteEndedCodes(only?: string): Promise<void> {
  const now = new Date()
  const shops = await prisma.shop.findMany({
    where: {
      ...(only ? { id: only } : { deletesCodes: true }),
      uninstalledAt: null,
      codes: { some: ended(now) },
    },
    select: { id: true },
  })
  for (const { id: shop } of shops) await deleteOf(shop, now)
}

async function deleteOf(shop: string, now: Date): Promise<void> {
  let count = 0
  let problem: Problem | null = null
  try {
    for (let after = ''; ;) {
      const page = await prisma.issuedCode.findMany({
        where: { shopId: shop, ...ended(now), code: { gt: after } },
        orderBy: { code: 'asc' },
        take: codesPerPage,
        select: { code: true },
      })
      const codes = page.map(({ code }) => code)
      count += await deletePage(shop, codes, now)
      const last = codes.at(-1)
      if (last === undefined || codes.length < codesPerPage) break
      after = last
    }
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error
    problem = error.problem
    if (problem.retry === 'mended') await noteProblem(shop, problem)
    log.warn({ shop, code: problem.code }, 'codes are left; the next night tries again')
  }
  if (count === 0 && !problem) return
  await noteUpkeep(prisma, shop, 'codes_deleted', { count, problem })
}

/** How many were deleted. What Shopify knows as used stays: it belongs to an order. */
async function deletePage(shop: string, codes: string[], now: Date): Promise<number> {
  const shopify = await adminOf(shop)
  const stored = await shopify.findCodes(codes)
  const used = codes.filter((_code, index) => (stored[index]?.uses ?? 0) > 0)
  const unused = stored.flatMap((code) => (code?.uses === 0 && !code.isLive ? [code] : []))
  await shopify.deleteCodes(unused.map(({ id }) => id))
  const left = new Set(
    (await shopify.findCodes(unused.map(({ code }) => code))).map((code) => code?.code),
  )
  const deleted = unused.filter(({ code }) => !left.has(code)).map(({ code }) => code)
  const gone = codes.filter((_code, index) => stored[index] === null)
  const own = { shopId: shop }
  await prisma.$transaction([
    prisma.issuedCode.updateMany({
      where: { ...own, code: { in: [...deleted, ...gone] } },
      data: { deletedAt: now },
    }),
    // The order that used it is read apart; until then the code at least doesn't count as unused.
    prisma.issuedCode.updateMany({
      where: { ...own, code: { in: used }, usedAt: null },
      data: { usedAt: now },
    }),
  ])
  return deleted.length
}

const ended = (now: Date) => ({
  usedAt: null,
  deletedAt: null,
  OR: [{ endsAt: { lte: now } }, { replacedAt: { not: null } }],
})
