/**
 * The index: under which e-mail or phone number Shopify has which customer, as keyed hashes. Filled
 * by a bulk query, afterwards only by who changed since; read whole now and then, which forgets
 * who is gone.
 */
import { prisma } from '../db/client.server.ts'
import { z } from 'zod'
import { ProblemError } from '../problem.ts'
import type { Problem } from '../problem.ts'
import { readCustomers } from '../shopify/bulk-documents.ts'
import type { BulkState } from '../shopify/admin.ts'
import { scopeMissing } from '../shopify/problems.ts'
import { leased } from './lease.server.ts'
import { addressHashes, timed } from './pass.server.ts'
import type { Pass } from './pass.server.ts'
import { idle } from './stages.ts'
import type { Stage, Step } from './stages.ts'

const wholeEveryMs = 7 * 24 * 3_600_000

/** A customer that changes while it is read may come in the one answer or in the other. */
const overlapMs = 60_000

const customersPerStatement = 1_000
const rowsPerDelete = 50_000
const looksEveryMs = 500

export function indexing(pass: Pass): Stage {
  let nextLookAt = 0
  return {
    step: () => timed(pass, 'index', step),
  }

  async function step(): Promise<Step> {
    if (pass.isIndexed) return idle
    if (Date.now() < nextLookAt) return { idleMs: nextLookAt - Date.now() }
    nextLookAt = Date.now() + looksEveryMs
    if (pass.indexOperation === null) {
      await start(pass)
      return { idleMs: looksEveryMs }
    }
    const operation = await pass.shopify.bulkOperation(pass.indexOperation)
    if (operation?.state === 'running') return { idleMs: looksEveryMs }
    await take(pass, operation)
    return 'did'
  }
}

/** Since when customers are to be read; null = all of them. */
async function since({ shop }: Pass): Promise<Date | null> {
  const { indexedAt, indexedUntil } = await prisma.shop.findUniqueOrThrow({
    where: { id: shop },
    select: { indexedAt: true, indexedUntil: true },
  })
  const isOld = indexedAt === null || Date.now() - indexedAt.getTime() > wholeEveryMs
  return isOld || indexedUntil === null ? null : new Date(indexedUntil.getTime() - overlapMs)
}

async function start(pass: Pass): Promise<void> {
  const indexesUntil = new Date()
  const from = await since(pass)
  const started = await pass.shopify.runBulkQuery(readCustomers(from))
  if (!started.started) return
  await leased(pass.lease, (tx) =>
    tx.sync.update({
      where: { id: pass.syncId, shopId: pass.shop },
      data: { indexOperation: started.id, indexesAll: from === null, indexesUntil },
    }),
  )
  pass.indexOperation = started.id
}

const customerRow = z.object({
  id: z.string().regex(/^gid:\/\/shopify\/Customer\/\d+$/),
  defaultEmailAddress: z.object({ emailAddress: z.string() }).nullish(),
  defaultPhoneNumber: z.object({ phoneNumber: z.string() }).nullish(),
})

/** Takes the operation's rows in. Broken off, it begins anew, to the same end. */
async function take(pass: Pass, operation: BulkState | null): Promise<void> {
  const { lease, shop, syncId } = pass
  if (operation?.state !== 'over' || !operation.isComplete) {
    await leased(lease, (tx) =>
      tx.sync.update({ where: { id: syncId, shopId: shop }, data: { indexOperation: null } }),
    )
    pass.indexOperation = null
    const isDenied = operation?.state === 'over' && operation.isDenied
    throw new ProblemError(isDenied ? scopeMissing : notRead)
  }
  // What was asked for then: by now a week may have passed.
  const { indexesAll: isWhole } = await prisma.sync.findUniqueOrThrow({
    where: { id: syncId },
    select: { indexesAll: true },
  })
  if (isWhole) await empty(pass)
  let customers: z.infer<typeof customerRow>[] = []
  if (operation.rows !== null) {
    for await (const row of pass.shopify.bulkRows(operation.rows)) {
      customers.push(customerRow.parse(row))
      if (customers.length < customersPerStatement) continue
      await store(pass, customers, isWhole)
      customers = []
    }
  }
  await store(pass, customers, isWhole)
  await leased(lease, async (tx) => {
    const { indexesUntil } = await tx.sync.update({
      where: { id: syncId, shopId: shop },
      data: { isIndexed: true },
      select: { indexesUntil: true },
    })
    await tx.shop.update({
      where: { id: shop },
      data: { indexedUntil: indexesUntil, ...(isWhole ? { indexedAt: indexesUntil } : {}) },
    })
  })
  pass.isIndexed = true
}

/** Piece by piece: a million rows take longer than a transaction may. */
async function empty({ lease, shop }: Pass): Promise<void> {
  for (;;) {
    const gone = await leased(
      lease,
      (tx) => tx.$executeRaw`
        delete from "CustomerAddress" where "shopId" = ${shop} and "hash" in (
          select "hash" from "CustomerAddress" where "shopId" = ${shop} limit ${rowsPerDelete}
        )`,
    )
    if (gone === 0) return
  }
}

async function store(
  { lease, shop }: Pass,
  customers: z.infer<typeof customerRow>[],
  isWhole: boolean,
): Promise<void> {
  if (customers.length === 0) return
  const ids: string[] = []
  const hashes: string[] = []
  const changed: bigint[] = []
  for (const { id: gid, defaultEmailAddress, defaultPhoneNumber } of customers) {
    const id = gid.slice(gid.lastIndexOf('/') + 1)
    changed.push(BigInt(id))
    for (const address of [defaultEmailAddress?.emailAddress, defaultPhoneNumber?.phoneNumber]) {
      const [hash] = address ? addressHashes(shop, address) : []
      if (hash === undefined) continue
      ids.push(id)
      hashes.push(hash)
    }
  }
  await leased(lease, async (tx) => {
    if (!isWhole) {
      // In Shopify an address belongs to one customer: whoever had it before is gone, or has another.
      await tx.customerAddress.deleteMany({
        where: { shopId: shop, OR: [{ customerId: { in: changed } }, { hash: { in: hashes } }] },
      })
    }
    await tx.$executeRaw`
      insert into "CustomerAddress" ("shopId", "hash", "customerId")
      select ${shop}, t."hash", t."id"::bigint
      from unnest(${hashes}::text[], ${ids}::text[]) as t ("hash", "id")
      on conflict do nothing`
  })
}

const notRead: Problem = {
  code: 'sync-customers-not-read',
  what: 'Shopify could not list the store’s customers.',
  remedy: 'It is tried again by itself. If it stays, contact support.',
  retry: 'later',
}
