/** Tells the jobs that a shop has work for them. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { PgBoss } from 'pg-boss'
import { isLeased } from '../events/lease.server.ts'
import { log } from '../log.server.ts'
import { queues } from './boss.server.ts'

/** Between two wakes of a shop: in a burst one covers many commits. */
const pauseMs = 50

let boss: PgBoss | null = null

/** `asked` = one more wake is wanted once the one under way is through. */
const underWay = new Map<string, { asked: boolean }>()

export function wakeThrough(started: PgBoss | null): void {
  boss = started
}

/**
 * Queues the shop's drain, once: a drain that is queued already covers all that was committed
 * before, and one that is under way looks once more after it gave its lease back. Many wakes of a
 * burst become few. Never throws: what gets lost here, the sweep finds.
 */
export function wake(shop: string): void {
  const running = underWay.get(shop)
  if (running) running.asked = true
  else void send(shop)
}

/**
 * Queues the shop's metafield sync, once, now or when the pause is over. Never throws: what gets
 * lost here, the sweep finds.
 */
export function wakeSync(shop: string, afterMs = 0): void {
  const queue = () =>
    boss?.send(queues.sync, { shop }, { singletonKey: shop }).catch((error: unknown) => {
      log.warn({ err: error, shop }, 'the sync could not be woken; the sweep will')
    })
  if (afterMs <= 0) void queue()
  else setTimeout(() => void queue(), afterMs).unref()
}

/** Queues a job of the schedule for this shop alone, now. Throws what the database throws. */
export async function startNow(job: 'readUsage' | 'deleteCodes', shop: string): Promise<void> {
  await boss?.send(queues[job], { shop }, { singletonKey: shop })
}

async function send(shop: string): Promise<void> {
  const turn = { asked: false }
  underWay.set(shop, turn)
  try {
    if (boss && !(await isLeased(shop))) {
      await boss.send(queues.drain, { shop }, { singletonKey: shop })
    }
  } catch (error) {
    log.warn({ err: error, shop }, 'the drain could not be woken; the sweep will')
  }
  await sleep(pauseMs)
  underWay.delete(shop)
  if (turn.asked) void send(shop)
}
