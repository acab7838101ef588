/**
 * The database: PostgreSQL where DATABASE_URL names one, else PGlite in a data folder. Same
 * dialect, same migrations, same Prisma client.
 */
import { mkdirSync } from 'node:fs'
import { PGlite } from '@electric-sql/pglite'
import { PrismaPg } from '@prisma/adapter-pg'
import pg from 'pg'
import { fromPglite } from 'pg-boss'
import type { ConstructorOptions } from 'pg-boss'
import { PrismaPGlite } from 'pglite-prisma-adapter'
import { config } from '../config.server.ts'
import { PrismaClient } from './generated/client.ts'
import type { Prisma } from './generated/client.ts'

/** A Prisma client inside a transaction. */
export type Tx = Prisma.TransactionClient

/** One session that runs whole scripts, for migrations. */
export interface ScriptSession {
  script(sql: string): Promise<void>
  rows(sql: string, values?: unknown[]): Promise<unknown[]>
  close(): Promise<void>
}

interface Driver {
  adapter: PrismaPg | PrismaPGlite
  boss: ConstructorOptions
  openSession: () => Promise<ScriptSession>
  close(): Promise<void>
}

function embedded(folder: string): Driver {
  mkdirSync(folder, { recursive: true })
  const pglite = new PGlite(`${folder}/pglite`)
  return {
    adapter: new PrismaPGlite(pglite),
    boss: { db: fromPglite(pglite), backend: 'pglite' },
    openSession: () =>
      Promise.resolve({
        script: async (sql) => {
          await pglite.exec(sql)
        },
        rows: async (sql, values) => (await pglite.query(sql, values)).rows,
        close: () => Promise.resolve(),
      }),
    close: () => pglite.close(),
  }
}

function server(url: string, poolSize: number): Driver {
  return {
    adapter: new PrismaPg({ connectionString: url, max: poolSize }),
    boss: { connectionString: url, max: 4 },
    openSession: async () => {
      const client = new pg.Client({ connectionString: url })
      await client.connect()
      return {
        script: async (sql) => {
          await client.query(sql)
        },
        rows: async (sql, values) =>
          (await client.query<Record<string, unknown>>(sql, values)).rows,
        close: () => client.end(),
      }
    },
    close: () => Promise.resolve(),
  }
}

const driver =
  config.database.kind === 'pglite'
    ? embedded(config.database.folder)
    : server(config.database.url, config.database.poolSize)

export const prisma = new PrismaClient({
  adapter: driver.adapter,
  // A burst may have to queue for the one connection that PGlite has.
  transactionOptions: { maxWait: 30_000, timeout: 30_000 },
})

/** What pg-boss needs to live in the same database. */
export const bossConnection = driver.boss

export const openSession = driver.openSession

export async function closeDatabase(): Promise<void> {
  await prisma.$disconnect()
  await driver.close()
}
