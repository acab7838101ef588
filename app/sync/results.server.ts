/** What became of a bulk operation's lines, page by page: remembered, recorded, or sent again. */
import { z } from 'zod'
import { prisma } from '../db/client.server.ts'
import type { BulkState } from '../shopify/admin.ts'
import { problemOfMetafield, scopeMissing } from '../shopify/problems.ts'
import { ProblemError } from '../problem.ts'
import type { Problem } from '../problem.ts'
import { leased } from './lease.server.ts'
import type { Pass } from './pass.server.ts'
import { settlePage } from './settle.server.ts'
import type { Outcome } from './settle.server.ts'

const pagesPerRead = 50

/**
 * Takes the results of a write whose operation is over; null = Shopify does not know it any more.
 * Throws, when all that could be learned is recorded, why the operation was not brought to its end:
 * the next one has to wait.
 */
export async function settleWrite(
  pass: Pass,
  writeId: string,
  operation: BulkState | null,
): Promise<void> {
  const write = await prisma.syncWrite.findUniqueOrThrow({
    where: { id: writeId, shopId: pass.shop },
  })
  const answers = await answersOf(pass, operation, write.lines)
  let tries = 0
  for (;;) {
    const pages = await prisma.syncPage.findMany({
      where: { writeId },
      orderBy: { fromLine: 'asc' },
      take: pagesPerRead,
      select: { id: true, fromLine: true, tries: true },
    })
    if (pages.length === 0) break
    // Each in a transaction of its own: broken off, the results are fetched once more for the rest.
    for (const { id, fromLine, tries: before } of pages) {
      tries = Math.max(tries, before)
      await settlePage(pass, id, (entry, { values }) =>
        outcomesOf(answers, (fromLine ?? 0) + entry, values.length),
      )
    }
  }
  await leased(pass.lease, (tx) =>
    tx.syncWrite.delete({ where: { id: writeId, shopId: pass.shop } }),
  )
  if (operation?.state === 'over' && operation.isDenied) throw new ProblemError(scopeMissing)
  if (operation?.state !== 'over' || !operation.isComplete) {
    throw new ProblemError(brokenOff(firstPauseMs * 4 ** tries))
  }
}

/** Ten seconds, then four times as long each time: a bad quarter of an hour at Shopify is outlasted. */
const firstPauseMs = 10_000

const brokenOff = (retryAfterMs: number): Problem => ({
  code: 'sync-broken-off',
  what: 'Shopify broke a bulk operation off before it had written everything.',
  remedy: 'What is missing is sent again by itself in a moment.',
  retry: 'later',
  retryAfterMs,
})

interface Answers {
  /** 1 for each line that was answered. */
  answered: Uint8Array
  /** What Shopify has against a line, for the few that it has something against. */
  complaints: Map<number, z.infer<typeof complaint>[]>
}

const complaint = z.object({
  field: z.array(z.string()).nullish(),
  code: z.string().nullish(),
  message: z.string(),
})

const answerRow = z.object({
  __lineNumber: z.number(),
  data: z.record(z.string(), z.object({ userErrors: z.array(complaint) }).nullable()).nullish(),
})

async function answersOf(pass: Pass, operation: BulkState | null, lines: number): Promise<Answers> {
  const answers: Answers = { answered: new Uint8Array(lines), complaints: new Map() }
  if (operation?.state !== 'over' || operation.rows === null) return answers
  for await (const row of pass.shopify.bulkRows(operation.rows)) {
    const { __lineNumber: line, data } = answerRow.parse(row)
    const [outcome] = Object.values(data ?? {})
    // Without data it is not known whether the line took effect: it is sent again.
    if (!outcome || line >= lines) continue
    answers.answered[line] = 1
    if (outcome.userErrors.length > 0) answers.complaints.set(line, outcome.userErrors)
  }
  return answers
}

/** Of each metafield of the line. A line is stored whole or not at all. */
function outcomesOf({ answered, complaints }: Answers, line: number, count: number): Outcome[] {
  const all = (outcome: Outcome) => Array.from({ length: count }, () => outcome)
  if (answered[line] !== 1) return all('again')
  const errors = complaints.get(line)
  if (!errors) return all('written')
  const problems = new Map<number, Problem>()
  for (const error of errors) {
    const problem = problemOfMetafield(error)
    const index = Number(error.field?.find((part) => /^\d+$/.test(part)) ?? Number.NaN)
    if (problem.code === 'customer-gone' || Number.isNaN(index)) return all(settled(problem))
    problems.set(index, problem)
  }
  return all('again').map((again, index) => {
    const problem = problems.get(index)
    return problem ? settled(problem) : again
  })
}

const settled = (problem: Problem): Outcome => (problem.retry === 'later' ? 'again' : problem)
