import { expect, it } from 'vitest'
import { migrationDiff } from '../../scripts/migration-diff.ts'

it('the migrations produce the schema, to the last index', async () => {
  expect(await migrationDiff()).toBe('')
}, 60_000)
