/**
 * Keeps a data folder to one process: PGlite takes a second one in and both would ruin the data.
 *
 * The lock is the operating system's, taken by SQLite on an empty file. It ends with its process
 * however that ends, and holds between containers that share a volume, where every process is
 * number 1. A file with a process id does neither; proper-lockfile makes a restart after a crash
 * wait until the lock is stale.
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

/** SQLITE_BUSY. */
const isTaken = (error: unknown) =>
  error instanceof Error && 'errcode' in error && error.errcode === 5

/** Makes the folder where it is missing. Returns what gives it free; throws when another has it. */
export function lockFolder(folder: string): () => void {
  mkdirSync(folder, { recursive: true })
  const file = new DatabaseSync(join(folder, 'lock'))
  try {
    file.exec('pragma journal_mode = memory; begin exclusive')
  } catch (error) {
    file.close()
    if (!isTaken(error)) throw error
    throw new Error(
      `Another process has the embedded database in ${folder} open, and only one may. Stop it first, or set DATABASE_URL to a PostgreSQL server, which takes many.`,
      { cause: error },
    )
  }
  return () => file.close()
}
