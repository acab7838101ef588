/**
 * The database: PostgreSQL where DATABASE_URL names one, else PGlite in a data folder. Same
 * dialect, same migrations, same Prisma client.
 */
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { PGlite } from '@electric-sql/pglite'
import { PrismaPg } from '@prisma/adapter-pg'
import pg from 'pg'
import { fromPglite } from 'pg-boss'
import type { ConstructorOptions } from 'pg-boss'
import { PrismaPGlite } from 'pglite-prisma-adapter'
import { config } from '../config.server.ts'
import { lockFolder } from './folder-lock.ts'
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

/** PGlite would take 160 MB; a demo or a small store needs little, and the OS caches files too. */
const bufferSize = '16MB'

function embedded(folder: string): Driver {
  const unlock = lockFolder(folder)
  const dataFolder = join(folder, 'pglite')
  if (!existsSync(dataFolder)) create(dataFolder)
  // V8's optimizing compiler would take 500 MB and both cores at the start, for a fifth more speed.
  setFlagsFromString('--no-wasm-tier-up')
  setFlagsFromString('--no-wasm-dynamic-tiering')
  const pglite = new PGlite(dataFolder, {
    startParams: [...PGlite.defaultStartParams, '-c', `shared_buffers=${bufferSize}`],
  })
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
    close: async () => {
      await pglite.close()
      unlock()
    },
  }
}

/** In a process of its own: making a database takes 300 MB that Node would not give back. */
function create(dataFolder: string): void {
  const program = `
    import { setFlagsFromString } from 'node:v8'
import { PGlite } from '@electric-sql/pglite'
    await (await PGlite.create(process.argv[1])).close()`
  execFileSync(process.execPath, ['--input-type=module', '--eval', program, resolve(dataFolder)], {
    cwd: import.meta.dirname,
    stdio: ['ignore', 'inherit', 'inherit'],
  })
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
