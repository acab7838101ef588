/** Ends a page's journey: what is held, what failed, and what is sent once more, in one transaction. */
import { z } from 'zod'
import { prisma } from '../db/client.server.ts'
import type { Tx } from '../db/client.server.ts'
import type { Problem } from '../problem.ts'
import { holding } from './change.ts'
import { recordFailures } from './failures.server.ts'
import { leased } from './lease.server.ts'
import { metafieldOf, storeWritePage } from './match.server.ts'
import { openHeld, openWrite, sealHeld } from './pass.server.ts'
import type { Pass, WriteEntry } from './pass.server.ts'
import { markUnsure } from './unsure.server.ts'
import type { CustomerSlot } from './unsure.server.ts'

/** Of one metafield. `again` = it is not known to be written, and may succeed the next time. */
export type Outcome = 'written' | 'again' | Problem

const mostTries = 5

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
    const failed = await ofKnown(tx, pass, settled.failed)
    await forgetGone(tx, pass, settled.gone)
    await markUnsure(tx, shop, unknownOf(pass, settled.failed))
    await recordFailures(tx, pass, failed.map(failureOf(pass)))
    await storeWritePage(tx, pass, kind, settled.again, tries)
    await tx.syncPage.delete({ where: { id: pageId, shopId: shop } })
    await tx.sync.update({
      where: { id: syncId, shopId: shop },
      data: {
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

/** What no answer came for at last. */
const unknownOf = ({ mappings }: Pass, failed: Settled['failed']): CustomerSlot[] =>
  failed.flatMap(({ customer, mapping, problem }) => {
    const slot = mappings[mapping]?.slot
    return problem === notWritten && slot !== undefined ? [{ customer, slot }] : []
  })

const knownRows = z.array(z.object({ customerId: z.string() }))

/**
 * Of customers that were not forgotten since their page was made. Locked, so that whoever forgets
 * one of them now finds what is recorded here.
 */
async function ofKnown(
  tx: Tx,
  { shop }: Pass,
  failed: Settled['failed'],
): Promise<Settled['failed']> {
  if (failed.length === 0) return []
  const rows = knownRows.parse(
    await tx.$queryRaw`
      select "customerId"::text as "customerId" from "SyncedCustomer"
      where "shopId" = ${shop}
        and "customerId" = any(${failed.map(({ customer }) => customer)}::text[]::bigint[])
      order by "customerId" for update`,
  )
  const known = new Set(rows.map(({ customerId }) => customerId))
  return failed.filter(({ customer }) => known.has(customer))
}

/** Deleted or merged in Shopify: nothing is kept of them. */
async function forgetGone(tx: Tx, { shop }: Pass, customers: string[]): Promise<void> {
  if (customers.length === 0) return
  const where = { shopId: shop, customerId: { in: customers.map(BigInt) } }
  await tx.syncedCustomer.deleteMany({ where })
  await tx.customerAddress.deleteMany({ where })
}

const failureOf =
  ({ mappings }: Pass) =>
  ({ customer, mapping, problem: { code, what } }: Settled['failed'][number]) => ({
    customer,
    metafield: metafieldOf(mappings[mapping]),
    code,
    what,
  })

const notWritten: Problem = {
  code: 'sync-not-written',
  what: 'Shopify did not confirm the metafield after several tries.',
  remedy: 'The next sync writes it again.',
  retry: 'later',
}
