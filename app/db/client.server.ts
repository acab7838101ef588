/**
 * The database: PostgreSQL where DATABASE_URL names one, else PGlite in a data folder. Same
 * dialect, same migrations, same Prisma client.
 */
import { mkdirSync } from 'node:fs'
import { PGlite } from '@electric-sql/pglite'
import { PrismaPg } from '@prisma/adapter-pg'
import { PrismaPGlite } from 'pglite-prisma-adapter'
import type { ConstructorOptions } from 'pg-boss'
import { fromPglite } from 'pg-boss'
import { config } from '../config.server.ts'
import { PrismaClient } from './generated/client.ts'
import type { Prisma } from './generated/client.ts'

/** A Prisma client inside a transaction. */
export type Tx = Prisma.TransactionClient

const pglite = config.database.kind === 'pglite' ? openFolder(config.database.folder) : null

function openFolder(folder: string): PGlite {
  mkdirSync(folder, { recursive: true })
  return new PGlite(`${folder}/pglite`)
}

function adapter() {
  if (pglite) return new PrismaPGlite(pglite)
  if (config.database.kind !== 'postgresql') throw new Error('unreachable')
  return new PrismaPg({ connectionString: config.database.url, max: config.database.poolSize })
}

export const prisma = new PrismaClient({
  adapter: adapter(),
  // A burst may queue for the one connection that PGlite has.
  transactionOptions: { maxWait: 30_000, timeout: 30_000 },
})

/** What pg-boss needs to live in the same database. */
export function bossConnection(): ConstructorOptions {
  if (pglite) return { db: fromPglite(pglite), backend: 'pglite' }
  if (config.database.kind !== 'postgresql') throw new Error('unreachable')
  return { connectionString: config.database.url, max: 4 }
}

/** Runs a script of several statements, as migrations are. */
export async function runScript(tx: Tx, script: string): Promise<void> {
  await tx.$executeRawUnsafe(script)
}

export async function closeDatabase(): Promise<void> {
  await prisma.$disconnect()
  await pglite?.close()
}
