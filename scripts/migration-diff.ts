/**
 * What is still missing between prisma/migrations and prisma/schema.prisma, as SQL.
 *
 * `npm run migration:diff` prints it (paste it into a new migration); nothing printed = in step.
 * Prisma's own schema engine does the comparison, as WebAssembly on an embedded PGlite, so neither
 * a database nor an engine download is needed.
 */
import { readFile, readdir } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils'
import * as engineBindings from '@prisma/schema-engine-wasm/schema_engine_bg'
import { PGlite } from '@electric-sql/pglite'
import { PrismaPGlite } from 'pglite-prisma-adapter'

const root = new URL('..', import.meta.url)

async function loadEngine() {
  const wasmPath = createRequire(import.meta.url)
    .resolve('@prisma/schema-engine-wasm/schema_engine_bg')
    .replace(/\.js$/, '.wasm')
  const { instance } = await WebAssembly.instantiate(await readFile(wasmPath), {
    './schema_engine_bg.js': engineBindings,
  })
  engineBindings.__wbg_set_wasm(instance.exports)
  const start = instance.exports['__wbindgen_start']
  if (typeof start === 'function') Reflect.apply(start, undefined, [])
  return engineBindings.SchemaEngine
}

/** The migrations in the order in which they are applied. */
export async function migrationsOnDisk(): Promise<{ name: string; sql: string }[]> {
  const folder = new URL('prisma/migrations/', root)
  const entries = await readdir(folder, { withFileTypes: true })
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name)
  return Promise.all(
    names.sort().map(async (name) => ({
      name,
      sql: await readFile(new URL(`${name}/migration.sql`, folder), 'utf8'),
    })),
  )
}

/** SQL that leads from the migrations to the schema; empty when they agree. */
export async function migrationDiff(): Promise<string> {
  const SchemaEngine = await loadEngine()
  const database = new PGlite()
  const engine = await SchemaEngine.new(
    { datamodels: undefined },
    () => undefined,
    bindMigrationAwareSqlAdapterFactory(new PrismaPGlite(database)),
  )
  const content = await readFile(new URL('prisma/schema.prisma', root), 'utf8')
  const { stdout } = await engine.diff({
    from: {
      tag: 'migrations',
      baseDir: 'prisma/migrations',
      lockfile: { path: 'migration_lock.toml', content: 'provider = "postgresql"' },
      shadowDbInitScript: '',
      migrationDirectories: (await migrationsOnDisk()).map(({ name, sql }) => ({
        path: name,
        migrationFile: { path: 'migration.sql', content: { tag: 'ok', value: sql } },
      })),
    },
    to: { tag: 'schemaDatamodel', files: [{ path: 'schema.prisma', content }] },
    script: true,
    exitCode: null,
    filters: { externalTables: [], externalEnums: [] },
  })
  await database.close()
  return /^\s*(--.*)?\s*$/.test(stdout ?? '') ? '' : (stdout ?? '')
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  process.stdout.write(await migrationDiff())
}
