/** pg-boss in the app's own database. */
import { PgBoss } from 'pg-boss'
import { bossConnection } from '../db/client.server.ts'
import { log } from '../log.server.ts'

export const queues = {
  drain: 'drain',
  sync: 'sync',
  startNights: 'start-nights',
  mend: 'mend',
  forget: 'forget',
  complyAgain: 'comply-again',
  readUsage: 'read-usage',
  deleteCodes: 'delete-codes',
} as const

/** Only processes that work look after queues and schedules; the others just send. */
export function createBoss(works: boolean): PgBoss {
  const boss = new PgBoss({
    ...bossConnection,
    useListenNotify: works,
    supervise: works,
    schedule: works,
  })
  boss.on('error', (error) => log.error({ err: error }, 'the job queue reports an error'))
  return boss
}
