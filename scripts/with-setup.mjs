/**
 * Runs a program of this project on a machine that may have nothing yet:
 *
 *   node scripts/with-setup.mjs [--tests] [program.ts [arguments…]]
 *
 * Installs the packages, generates types, builds the app - each only where it is missing or older
 * than what it is made of - and then starts the program with the pinned Node. `--tests` also sees to
 * a Chromium. Plain JavaScript without packages, since it runs before any is installed.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const bin = join(root, 'node_modules', '.bin')
const pinnedNode = join(bin, process.platform === 'win32' ? 'node.exe' : 'node')
const env = {
  ...process.env,
  PATH: `${bin}:${process.env.PATH}`,
  // Generating the client needs no engine, but Prisma would ask for one at a host of its own.
  PRISMA_SCHEMA_ENGINE_BINARY: process.env.PRISMA_SCHEMA_ENGINE_BINARY ?? process.execPath,
}

const [first, ...rest] = process.argv.slice(2)
const forTests = first === '--tests'
const program = forTests ? rest : [first, ...rest]

const release = takeTurn()
make('packages', 'node_modules/.package-lock.json', ['package.json', 'package-lock.json'], 'npm', [
  'ci',
  '--no-audit',
  '--no-fund',
])
make(
  'database client',
  'app/db/generated/client.ts',
  ['prisma/schema.prisma', 'node_modules/.package-lock.json'],
  join(bin, 'prisma'),
  ['generate'],
)
make(
  'GraphQL types',
  'app/shopify/generated/.made',
  ['app/shopify', 'node_modules/.package-lock.json'],
  'npm',
  ['run', '--silent', 'graphql:types'],
)
make(
  'app',
  'build/.made',
  ['app', 'prisma', 'public', 'vite.config.ts', 'remix.config.js', 'package-lock.json'],
  'npm',
  ['run', '--silent', 'build'],
)
if (forTests) seeToChromium()
release()

if (program[0] === undefined) process.exit(0)
// Node still calls running TypeScript an experiment.
const flags = ['--disable-warning=ExperimentalWarning']
const { status } = spawnSync(pinnedNode, [...flags, ...program], {
  cwd: root,
  env,
  stdio: 'inherit',
})
process.exit(status ?? 1)

/** Waits while another one of these is at work here. Returns what lets the next one begin. */
function takeTurn() {
  const lock = join(root, '.setup-lock')
  for (;;) {
    try {
      writeFileSync(lock, String(process.pid), { flag: 'wx' })
      break
    } catch (error) {
      if (error.code !== 'EEXIST') throw error
      if (isRunning(Number(readFileSync(lock, 'utf8')))) pause(200)
      else rmSync(lock, { force: true })
    }
  }
  const release = () => rmSync(lock, { force: true })
  process.once('exit', release)
  return () => {
    process.off('exit', release)
    release()
  }
}

function isRunning(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

function pause(ms) {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
}

/** Runs the command when `product` is missing or older than one of its sources. */
function make(what, product, sources, command, args) {
  const productPath = join(root, product)
  const madeAt = existsSync(productPath) ? statSync(productPath).mtimeMs : 0
  if (sources.every((source) => newest(join(root, source)) <= madeAt)) return
  say(`making the ${what}`)
  const result = spawnSync(command, args, {
    cwd: root,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
  })
  if (result.status !== 0) {
    process.stderr.write(`${result.stdout}${result.stderr}`)
    say(`the ${what} could not be made: ${command} ${args.join(' ')}`)
    process.exit(1)
  }
  writeStamp(productPath)
}

function writeStamp(path) {
  const now = new Date()
  if (path.endsWith('.made') || !existsSync(path)) writeFileSync(path, now.toISOString())
}

function newest(path) {
  if (!existsSync(path)) return 0
  const stats = statSync(path)
  if (!stats.isDirectory()) return stats.mtimeMs
  return Math.max(
    0,
    ...readdirSync(path)
      .filter((name) => name !== 'generated')
      .map((name) => newest(join(path, name))),
  )
}

function seeToChromium() {
  const known = [
    process.env.CHROME_PATH,
    '/usr/bin/chromium',
    '/usr/bin/google-chrome',
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  ]
  if (known.some((path) => path && existsSync(path))) return
  say('installing Chromium for the browser tests')
  const asRoot = process.getuid?.() === 0 ? [] : ['sudo', '-n']
  for (const args of [
    ['apt-get', 'update', '-qq'],
    ['apt-get', 'install', '-y', '-qq', 'chromium'],
  ]) {
    const [command, ...others] = [...asRoot, ...args]
    const result = spawnSync(command, others, {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...env, DEBIAN_FRONTEND: 'noninteractive' },
    })
    if (result.status === 0) continue
    say('Chromium is needed for the browser tests: install it and set CHROME_PATH to its binary.')
    process.exit(1)
  }
}

function say(text) {
  process.stderr.write(`${text}\n`)
}
