/** Ends a page's journey: what is held, what failed, and what is sent once more, in one transaction. */
import { v7 as uuidv7 } from 'uuid'
import { z } from 'zod'
import { prisma } from '../db/client.server.ts'
import type { Tx } from '../db/client.server.ts'
import type { Problem } from '../problem.ts'
import { holding } from './change.ts'
import { leased } from './lease.server.ts'
import { metafieldOf, storeWritePage } from './match.server.ts'
import { openHeld, openWrite, sealHeld } from './pass.server.ts'
import type { Pass, WriteEntry } from './pass.server.ts'

/** Of one metafield. `again` = it is not known to be written, and may succeed the next time. */
export type Outcome = 'written' | 'again' | Problem

const mostTries = 4

interface Settled {
  written: WriteEntry[]
  again: WriteEntry[]
  failed: { customer: string; mapping: number; problem: Problem }[]
  gone: string[]
}

/** `outcomesOf` answers for an entry, by its number, in the order of its values. */
export async function settlePage(
  pass: Pass,
  pageId: string,
  outcomesOf: (index: number, entry: WriteEntry) => Outcome[],
): Promise<void> {
  const { lease, shop, syncId } = pass
  const page = await prisma.syncPage.findUniqueOrThrow({ where: { id: pageId, shopId: shop } })
  if (page.kind === 'read') return
  const kind = page.kind
  const tries = page.tries + 1
  const settled = sorted(openWrite(shop, page.body), outcomesOf, tries >= mostTries)
  const count = settled.written.reduce((sum, { values }) => sum + values.length, 0)
  await leased(lease, async (tx) => {
    await remember(tx, pass, settled.written)
    await forgetGone(tx, pass, settled.gone)
    await recordFailures(tx, pass, settled.failed)
    await storeWritePage(tx, pass, kind, settled.again, tries)
    await tx.syncPage.delete({ where: { id: pageId, shopId: shop } })
    await tx.sync.update({
      where: { id: syncId, shopId: shop },
      data: {
        failed: { increment: settled.failed.length },
        ...(kind === 'set' ? { written: { increment: count } } : { deleted: { increment: count } }),
      },
    })
  })
}

function sorted(
  entries: WriteEntry[],
  outcomesOf: (index: number, entry: WriteEntry) => Outcome[],
  isLastTry: boolean,
): Settled {
  const settled: Settled = { written: [], again: [], failed: [], gone: [] }
  for (const [index, entry] of entries.entries()) {
    const { customer, values } = entry
    const outcomes = outcomesOf(index, entry)
    const written: WriteEntry['values'] = []
    const again: WriteEntry['values'] = []
    for (const [place, value] of values.entries()) {
      const outcome = outcomes[place] ?? 'again'
      if (outcome === 'written') written.push(value)
      else if (outcome === 'again' && !isLastTry) again.push(value)
      else {
        const problem = outcome === 'again' ? notWritten : outcome
        settled.failed.push({ customer, mapping: value[0], problem })
        if (problem.code === 'customer-gone') settled.gone.push(customer)
      }
    }
    if (written.length > 0) settled.written.push({ customer, values: written })
    if (again.length > 0) settled.again.push({ customer, values: again })
  }
  return settled
}

const heldRows = z.array(z.object({ customerId: z.string(), held: z.string().nullable() }))

async function remember(tx: Tx, { mappings, shop }: Pass, written: WriteEntry[]): Promise<void> {
  if (written.length === 0) return
  const rows = heldRows.parse(
    await tx.$queryRaw`
      select "customerId"::text as "customerId", "held" from "SyncedCustomer"
      where "shopId" = ${shop}
        and "customerId" = any(${written.map(({ customer }) => customer)}::text[]::bigint[])
      order by "customerId" for update`,
  )
  const valuesOf = new Map(written.map(({ customer, values }) => [customer, values]))
  const changes = rows.map(({ customerId, held: sealed }) => {
    let held = openHeld(shop, sealed)
    for (const [index, value] of valuesOf.get(customerId) ?? []) {
      const slot = mappings[index]?.slot
      if (slot !== undefined) held = { ...holding(held, slot, value) }
    }
    return { customerId, held: sealHeld(shop, held) }
  })
  await tx.$executeRaw`
    update "SyncedCustomer" s set "held" = t."held"
    from unnest(
      ${changes.map(({ customerId }) => customerId)}::text[],
      ${changes.map(({ held }) => held)}::text[]
    ) as t ("customerId", "held")
    where s."shopId" = ${shop} and s."customerId" = t."customerId"::bigint`
}

/** Deleted or merged in Shopify: nothing is kept of them. */
async function forgetGone(tx: Tx, { shop }: Pass, customers: string[]): Promise<void> {
  if (customers.length === 0) return
  const where = { shopId: shop, customerId: { in: customers.map(BigInt) } }
  await tx.syncedCustomer.deleteMany({ where })
  await tx.customerAddress.deleteMany({ where })
}

async function recordFailures(
  tx: Tx,
  { mappings, shop, syncId }: Pass,
  failed: Settled['failed'],
): Promise<void> {
  await tx.syncFinding.createMany({
    data: failed.map(({ customer, mapping, problem }) => ({
      id: uuidv7(),
      shopId: shop,
      syncId,
      kind: 'error' as const,
      customerId: BigInt(customer),
      metafield: metafieldOf(mappings[mapping]),
      code: problem.code,
      what: problem.what,
    })),
  })
}

const notWritten: Problem = {
  code: 'sync-not-written',
  what: 'Shopify did not confirm the metafield after several tries.',
  remedy: 'The next sync writes it again.',
  retry: 'later',
}
