import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { lockFolder } from '../../../app/db/folder-lock.ts'

let root: string
let folder: string
let holder: ChildProcess | null = null

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'klaviyo-actions-lock-'))
  // Not there yet, as before the first start.
  folder = join(root, 'data')
})
afterEach(async () => {
  if (holder?.exitCode === null && holder.signalCode === null) await kill(holder)
  holder = null
  await rm(root, { recursive: true })
})

/** Another process that has taken the folder. */
async function hold(): Promise<ChildProcess> {
  const source = new URL('../../../app/db/folder-lock.ts', import.meta.url)
  const program = `
    import { lockFolder } from ${JSON.stringify(source.href)}
    globalThis.unlock = lockFolder(process.argv[1])
    process.stdout.write('taken')
    setInterval(() => undefined, 1_000)`
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program, folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(child.stdout, 'data')
  return child
}

async function kill(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
}

it('refuses a folder that another process has, and says what to do', async () => {
  holder = await hold()
  expect(() => lockFolder(folder)).toThrow(/Another process has .*data open.*Stop it first/)
})

it('is not left behind by a process that was killed', async () => {
  holder = await hold()
  await kill(holder)
  lockFolder(folder)()
})

it('is given free when the database is closed', () => {
  const unlock = lockFolder(folder)
  expect(() => lockFolder(folder)).toThrow(/Another process/)
  unlock()
  lockFolder(folder)()
})
