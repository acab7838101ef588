/**
 * Applies prisma/migrations at start, in order, and keeps the books as Prisma does, so that
 * `prisma migrate deploy` and `prisma migrate status` stay usable on the same database.
 */
import { createHash, randomUUID } from 'node:crypto'
import { z } from 'zod'
import { log } from '../log.server.ts'
import { openSession } from './client.server.ts'
import type { ScriptSession } from './client.server.ts'

// Bundled, so that a deployment is the build and nothing else.
const files = import.meta.glob<string>('../../prisma/migrations/*/migration.sql', {
  query: '?raw',
  import: 'default',
  eager: true,
})

const migrations = Object.entries(files)
  .map(([path, sql]) => ({ name: path.split('/').at(-2) ?? path, sql }))
  .sort((a, b) => a.name.localeCompare(b.name))

// Prisma's own definition of its table.
const booksTable = `create table if not exists "_prisma_migrations" (
  id varchar(36) primary key not null,
  checksum varchar(64) not null,
  finished_at timestamptz,
  migration_name varchar(255) not null,
  logs text,
  rolled_back_at timestamptz,
  started_at timestamptz not null default now(),
  applied_steps_count integer not null default 0
)`

const entries = z.array(
  z.object({ migration_name: z.string(), checksum: z.string(), finished_at: z.unknown() }),
)

// The number that Prisma locks with too: two processes that start together migrate once.
const prismaLock = 72707369

/** Throws when an applied migration was changed since, or one failed half way. */
export async function migrate(): Promise<void> {
  const session = await openSession()
  try {
    await session.rows('select pg_advisory_lock($1)', [prismaLock])
    await session.script(booksTable)
    const applied = entries.parse(
      await session.rows(
        'select migration_name, checksum, finished_at from "_prisma_migrations" where rolled_back_at is null',
      ),
    )
    for (const migration of migrations) {
      const checksum = createHash('sha256').update(migration.sql).digest('hex')
      const entry = applied.find(({ migration_name }) => migration_name === migration.name)
      if (!entry) await apply(session, migration, checksum)
      else if (!entry.finished_at) throw new Error(`migration ${migration.name} failed half way`)
      else if (entry.checksum !== checksum)
        throw new Error(`migration ${migration.name} was changed after it was applied`)
    }
  } finally {
    await session.rows('select pg_advisory_unlock($1)', [prismaLock])
    await session.close()
  }
}

async function apply(
  session: ScriptSession,
  { name, sql }: (typeof migrations)[number],
  checksum: string,
) {
  await session.script('begin')
  try {
    await session.script(sql)
    await session.rows(
      `insert into "_prisma_migrations" (id, checksum, finished_at, migration_name, applied_steps_count)
       values ($1, $2, now(), $3, 1)`,
      [randomUUID(), checksum, name],
    )
    await session.script('commit')
    log.info({ migration: name }, 'migration applied')
  } catch (error) {
    await session.script('rollback')
    throw error
  }
}
