/**
 * Carries what is to be written to Shopify: gathered pages as the file of a bulk operation, several
 * operations at a time, or directly where it is little.
 *
 * A write's row and the pages that it carries are committed before Shopify starts it, its id after.
 * A crash in between leaves a write without id: its document holds our id, by which it is found
 * again or known not to have been started.
 */
import { v7 as uuidv7 } from 'uuid'
import { z } from 'zod'
import { prisma } from '../db/client.server.ts'
import { deleteMetafieldsInBulk, setMetafieldsInBulk } from '../shopify/bulk-documents.ts'
import { leased } from './lease.server.ts'
import { lineOf, sizeOf } from './lines.ts'
import { entriesOf, sealPage, timed } from './pass.server.ts'
import type { Pass } from './pass.server.ts'
import { writeDirectly } from './direct.server.ts'
import { settleWrite } from './results.server.ts'
import { idle } from './stages.ts'
import type { Stage, Step } from './stages.ts'

/** https://shopify.dev/docs/api/usage/bulk-operations/imports, since API version 2026-01. */
const mostAtOnce = 5

/** Shopify takes 100 MB; less keeps the operations of a big sync side by side. */
const mostBytes = 40_000_000
const mostLines = 20_000

/** While more is coming, a file waits until it is worth an operation. */
const worthwhileLines = 5_000

/** So few are written faster than an operation starts. */
const mostDirectLines = 250

const firstLookMs = 500
const mostLookMs = 15_000

/** Other stages bring something all the time; whether it is worth a file is seen now and then. */
const restMs = 250

/** While Shopify runs as many as it allows. */
const fullMs = 30_000

type Kind = 'set' | 'delete'

export function writing(pass: Pass): Stage {
  /** When each write is looked at next, by its id. */
  const looks = new Map<string, number>()
  let fullUntil = 0
  let restsUntil = 0
  return {
    async step(): Promise<Step> {
      if (pass.isDry) return idle
      if (Date.now() < restsUntil) return { idleMs: restsUntil - Date.now() }
      const took = await timed(pass, 'write', step)
      if (took !== 'did') restsUntil = Date.now() + restMs
      return took
    },
  }

  async function step(): Promise<Step> {
    const writes = await prisma.syncWrite.findMany({
      where: { syncId: pass.syncId },
      orderBy: { id: 'asc' },
    })
    for (const write of writes) {
      const operationId = write.operationId ?? (await recover(pass, write.id))
      if (operationId === null) return 'did'
      if ((looks.get(write.id) ?? 0) > Date.now()) continue
      const operation = await pass.shopify.bulkOperation(operationId)
      if (operation?.state !== 'running') {
        await settleWrite(pass, write.id, operation)
        return 'did'
      }
      await noteDone(pass, write, operation.done)
      const ageMs = Date.now() - write.createdAt.getTime()
      const lookMs = Math.min(mostLookMs, Math.max(firstLookMs, ageMs / 10))
      looks.set(write.id, Date.now() + lookMs)
    }
    if (writes.length < mostAtOnce && Date.now() >= fullUntil) {
      const began = await begin(pass, writes.length)
      if (began === 'full') fullUntil = Date.now() + fullMs
      if (began === 'did') return 'did'
    }
    const nextMs = Math.min(...writes.map(({ id }) => looks.get(id) ?? 0), Infinity) - Date.now()
    const retryMs = fullUntil > Date.now() ? fullUntil - Date.now() : Infinity
    return { idleMs: Math.max(10, Math.min(nextMs, retryMs)) }
  }
}

/** For the screens, which tell how fast it goes before its results are in. */
async function noteDone(
  { lease }: Pass,
  write: { id: string; lines: number; done: number },
  objects: number,
): Promise<void> {
  const done = Math.min(write.lines, objects)
  if (done === write.done) return
  await leased(lease, (tx) =>
    tx.syncWrite.update({ where: { id: write.id, shopId: lease.shop }, data: { done } }),
  )
}

/** A write of which it is not known whether Shopify started it. */
async function recover({ lease, shopify }: Pass, writeId: string): Promise<string | null> {
  const operationId = await shopify.findBulkMutation(nameOfWrite(writeId))
  await leased(lease, async (tx) => {
    if (operationId === null)
      await tx.syncWrite.delete({ where: { id: writeId, shopId: lease.shop } })
    else
      await tx.syncWrite.update({
        where: { id: writeId, shopId: lease.shop },
        data: { operationId },
      })
  })
  return operationId
}

/** The name of a write's document at Shopify. */
export const nameOfWrite = (writeId: string) => `sync_${writeId.replaceAll('-', '')}`

const waitingRows = z.array(
  z.object({ kind: z.enum(['set', 'delete']), lines: z.number(), pages: z.number() }),
)

async function begin(pass: Pass, running: number): Promise<'did' | 'nothing' | 'full'> {
  const waiting = waitingRows.parse(
    await prisma.$queryRaw`
      select "kind"::text as "kind", sum("lines")::int as "lines", count(*)::int as "pages"
      from "SyncPage"
      where "syncId" = ${pass.syncId}::uuid and "kind" <> 'read' and "writeId" is null
      group by 1`,
  )
  const most = waiting.toSorted((a, b) => b.lines - a.lines)[0]
  if (!most) return 'nothing'
  const isLast = pass.isReadThrough && !(await isUnmatched(pass))
  const total = waiting.reduce((sum, { lines }) => sum + lines, 0)
  if (isLast && running === 0 && total <= mostDirectLines) {
    for (const { kind } of waiting) await direct(pass, kind)
    return 'did'
  }
  return isLast || most.lines >= worthwhileLines ? bulk(pass, most.kind) : 'nothing'
}

async function isUnmatched({ syncId }: Pass): Promise<boolean> {
  return (await prisma.syncPage.count({ where: { syncId, kind: 'read' } })) > 0
}

interface Gathered {
  id: string
  lines: number
  bytes: number
}

/** Pages for one file, the oldest first, less what is not ours to write any more. */
async function gather(pass: Pass, kind: Kind): Promise<Gathered[]> {
  const pages = await prisma.syncPage.findMany({
    where: { syncId: pass.syncId, kind, writeId: null },
    orderBy: { id: 'asc' },
    take: 1_000,
    select: { id: true, lines: true, bytes: true },
  })
  const gathered: Gathered[] = []
  let [lines, bytes] = [0, 0]
  for (const page of pages) {
    if (gathered.length > 0 && (lines + page.lines > mostLines || bytes + page.bytes > mostBytes)) {
      break
    }
    lines += page.lines
    bytes += page.bytes
    const kept = await withoutUnsure(pass, page)
    if (kept !== null) gathered.push(kept)
  }
  return gathered
}

const unsureRows = z.array(z.object({ customerId: z.string(), unsure: z.array(z.string()) }))

/**
 * A rule may have written one of the metafields since they were compared: that is newer. And who
 * was forgotten meanwhile is not written. Null = nothing is left of the page.
 */
async function withoutUnsure(pass: Pass, page: Gathered): Promise<Gathered | null> {
  const { lease, mappings, shop } = pass
  const entries = await entriesOf(pass, page.id)
  const rows = unsureRows.parse(
    await prisma.$queryRaw`
      select "customerId"::text as "customerId", "unsure" from "SyncedCustomer"
      where "shopId" = ${shop}
        and "customerId" = any(${entries.map(({ customer }) => customer)}::text[]::bigint[])`,
  )
  const unsure = new Map(rows.map((row) => [row.customerId, row.unsure]))
  const kept = entries.flatMap((entry) => {
    const doubtful = unsure.get(entry.customer)
    if (doubtful === undefined) return []
    if (doubtful.length === 0) return [entry]
    const values = entry.values.filter(
      ([mapping]) => !doubtful.includes(mappings[mapping]?.slot ?? ''),
    )
    return values.length > 0 ? [{ ...entry, values }] : []
  })
  const isWhole = kept.length === entries.length && kept.every((entry, i) => entry === entries[i])
  if (isWhole) return page
  if (kept.length === 0) {
    await leased(lease, (tx) => tx.syncPage.delete({ where: { id: page.id, shopId: shop } }))
    return null
  }
  const size = { lines: kept.length, bytes: sizeOf(kept, mappings) }
  await leased(lease, (tx) =>
    tx.syncPage.update({
      where: { id: page.id, shopId: shop },
      data: { body: sealPage(shop, kept), ...size },
    }),
  )
  return { id: page.id, ...size }
}

async function direct(pass: Pass, kind: Kind): Promise<void> {
  for (const page of await gather(pass, kind)) await writeDirectly(pass, page.id)
}

async function bulk(pass: Pass, kind: Kind): Promise<'did' | 'full'> {
  const { lease, mappings, shop, shopify, syncId } = pass
  const pages = await gather(pass, kind)
  if (pages.length === 0) return 'did'
  const writeId = uuidv7()
  async function* lines() {
    for (const { id } of pages) {
      const entries = await entriesOf(pass, id)
      yield entries.map((entry) => lineOf(entry, mappings)).join('')
    }
  }
  const bytes = pages.reduce((sum, page) => sum + page.bytes, 0)
  const path = await shopify.stage(`${writeId}.jsonl`, { lines: lines(), bytes })
  await leased(lease, async (tx) => {
    const all = pages.reduce((sum, page) => sum + page.lines, 0)
    await tx.syncWrite.create({ data: { id: writeId, shopId: shop, syncId, lines: all } })
    let fromLine = 0
    for (const { id, lines } of pages) {
      await tx.syncPage.update({ where: { id, shopId: shop }, data: { writeId, fromLine } })
      fromLine += lines
    }
  })
  const started = await shopify.runBulkMutation(documentOf(kind, writeId), path)
  await leased(lease, async (tx) => {
    const data = { operationId: started.started ? started.id : null }
    if (started.started)
      await tx.syncWrite.update({ where: { id: writeId, shopId: lease.shop }, data })
    else await tx.syncWrite.delete({ where: { id: writeId, shopId: lease.shop } })
  })
  return started.started ? 'did' : 'full'
}

const documentOf = (kind: Kind, writeId: string): string =>
  kind === 'set'
    ? setMetafieldsInBulk.replace('setMetafieldsInBulk', nameOfWrite(writeId))
    : deleteMetafieldsInBulk.replace('deleteMetafieldsInBulk', nameOfWrite(writeId))
