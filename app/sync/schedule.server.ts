/** The nightly sync of a shop: when it runs, and starting those that are due. */
import { z } from 'zod'
import { prisma } from '../db/client.server.ts'
import { log } from '../log.server.ts'
import { problemOf } from '../problem.ts'
import type { FieldProblem } from '../problem.ts'
import { nextRun, shareOf } from './schedule.ts'
import { startSync, syncUnderWay } from './start.server.ts'

export interface Schedule {
  isOn: boolean
  /** 0 to 23, by the shop's own clock; it starts somewhere within that hour. */
  hour: number
  timeZone: string
  /** Null while it is off, or no mapping is on. */
  nextAt: Date | null
}

const scheduleForm = z.object({
  // A form leaves out what is not checked.
  isOn: z
    .union([
      z.boolean(),
      z.enum(['on', 'true']).transform(() => true),
      z.literal('false').transform(() => false),
    ])
    .default(false),
  hour: z.coerce
    .number('Choose an hour.')
    .int('Choose an hour.')
    .min(0, 'Choose an hour.')
    .max(23, 'Choose an hour.'),
})

export async function scheduleOf(shop: string): Promise<Schedule> {
  const { syncsNightly, syncHour, timeZone, nextSyncAt } = await prisma.shop.findUniqueOrThrow({
    where: { id: shop },
    select: { syncsNightly: true, syncHour: true, timeZone: true, nextSyncAt: true },
  })
  return { isOn: syncsNightly, hour: syncHour, timeZone, nextAt: nextSyncAt }
}

/** `input` as a form gave it: `{isOn, hour}`. */
export async function saveSchedule(
  shop: string,
  input: unknown,
): Promise<{ ok: true; schedule: Schedule } | { ok: false; problems: FieldProblem[] }> {
  const parsed = scheduleForm.safeParse(input)
  if (!parsed.success) {
    const problems = parsed.error.issues.map(({ path, message }) => ({
      field: path.join('.'),
      message,
    }))
    return { ok: false, problems }
  }
  const { isOn, hour } = parsed.data
  await prisma.shop.update({
    where: { id: shop },
    data: { syncsNightly: isOn, syncHour: hour },
  })
  await planNight(shop)
  return { ok: true, schedule: await scheduleOf(shop) }
}

/** Sets when the next nightly sync starts, by the settings and mappings as they are now. */
export async function planNight(shop: string, now = new Date()): Promise<void> {
  const { isOn, hour, timeZone } = await scheduleOf(shop)
  const isWanted =
    isOn && (await prisma.mapping.count({ where: { shopId: shop, isEnabled: true } })) > 0
  const nextSyncAt = isWanted ? nextRun(hour, timeZone, now, shareOf(shop)) : null
  await prisma.shop.update({ where: { id: shop }, data: { nextSyncAt } })
}

/** Behind a sync that is under way the night's is put off, not left out. */
const putOffMs = 15 * 60_000
const later = (now: Date) => new Date(now.getTime() + putOffMs)

/** Started in one pass; the others have their turn in the next, a minute later. */
const startsPerPass = 200

/** Starts the nightly syncs that are due. Which process does it matters to none: a shop has one sync. */
export async function startNights(now = new Date()): Promise<void> {
  const shops = await prisma.shop.findMany({
    where: { nextSyncAt: { lte: now }, uninstalledAt: null },
    orderBy: { nextSyncAt: 'asc' },
    take: startsPerPass,
    select: { id: true },
  })
  for (const { id: shop } of shops) {
    try {
      const outcome = await startSync(shop, { scope: { kind: 'all' }, isNightly: true })
      if (!outcome.ok && outcome.problem.code === syncUnderWay) {
        await prisma.shop.update({ where: { id: shop }, data: { nextSyncAt: later(now) } })
        continue
      }
      if (!outcome.ok) log.info({ shop, code: outcome.problem.code }, 'no nightly sync this time')
      await planNight(shop, now)
    } catch (error) {
      log.error({ err: error, shop, code: problemOf(error).code }, 'a nightly sync did not start')
    }
  }
}
