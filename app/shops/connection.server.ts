/** A shop's Klaviyo account: connect, test, disconnect, and what the account holds. */
import { config } from '../config.server.ts'
import { Prisma } from '../db/generated/client.ts'
import type { Connection } from '../db/generated/client.ts'
import { prisma } from '../db/client.server.ts'
import type { Tx } from '../db/client.server.ts'
import { wake, wakeSync } from '../jobs/wake.server.ts'
import { createKlaviyo } from '../klaviyo/klaviyo.server.ts'
import { checkKeyShape, scopeReport } from '../klaviyo/klaviyo.ts'
import type {
  KlaviyoApi,
  KlaviyoCampaign,
  KlaviyoFlow,
  KlaviyoMetric,
  KlaviyoSegment,
  NeededScope,
  ScopeReport,
} from '../klaviyo/klaviyo.ts'
import { ProblemError, problemOf, problemSchema } from '../problem.ts'
import type { FieldProblem, Problem } from '../problem.ts'
import { open, seal } from '../secrets.server.ts'
import { restartQueue } from './queue.server.ts'

/** Without these no rule can be decided; the others only serve pickers and names. */
const vitalScopes: readonly NeededScope[] = ['profiles:read']

const klaviyo = createKlaviyo({
  baseUrl: config.klaviyoUrl,
  timeScale: config.klaviyoTimeScale,
})

/** What screens may know of a connection. Never the key. */
export interface ConnectionView {
  account: { id: string; name: string }
  scopes: ScopeReport
  /** Why Klaviyo refuses us, or null while all is well. */
  problem: Problem | null
  checkedAt: Date
  connectedAt: Date
}

export type ConnectOutcome =
  | {
      ok: true
      connection: ConnectionView
      /** The account that was connected before, when it is another one. */
      replaced: { id: string; name: string } | null
    }
  | { ok: false; field: FieldProblem }
  | { ok: false; problem: Problem }

export type TestOutcome = { ok: true; connection: ConnectionView } | { ok: false; problem: Problem }

/** What rules can refer to in the account. */
export interface Catalog {
  metrics: KlaviyoMetric[]
  flows: KlaviyoFlow[]
  campaigns: KlaviyoCampaign[]
  /** Why a list is empty that might not be: mostly a scope that the key lacks. */
  problems: Problem[]
}

/**
 * Connects the account that a pasted private key belongs to, in place of whichever was connected.
 * Asks Klaviyo for the account and the key's scopes first; nothing is stored when it refuses. A key
 * that lacks scopes is taken: the report says which, and what each is for.
 */
export async function connect(shop: string, pastedKey: string): Promise<ConnectOutcome> {
  const shape = checkKeyShape(pastedKey)
  if (!shape.ok) return { ok: false, field: { field: 'key', message: shape.message } }
  try {
    const found = await inspect(shape.key)
    const before = await prisma.connection.findUnique({ where: { shopId: shop } })
    const now = new Date()
    const row = {
      ...found,
      key: seal(shop, 'Connection.key', shape.key),
      createdAt: now,
      checkedAt: now,
    }
    const connection = await prisma.$transaction(async (tx) => {
      await keepSyncToAccount(tx, shop, found.accountId)
      await restartQueue(tx, shop)
      return tx.connection.upsert({
        where: { shopId: shop },
        create: { shopId: shop, ...stored(row) },
        update: stored(row),
      })
    })
    wake(shop)
    wakeSync(shop)
    const replaced =
      before && before.accountId !== found.accountId
        ? { id: before.accountId, name: before.accountName }
        : null
    return { ok: true, connection: viewOf(connection), replaced }
  } catch (error) {
    return { ok: false, problem: foreseen(error) }
  }
}

/** A sync has read a part of its account; another one's profiles are none of its business. */
async function keepSyncToAccount(tx: Tx, shop: string, accountId: string): Promise<void> {
  await tx.sync.updateMany({
    where: {
      activeShop: shop,
      accountId: { not: accountId },
      state: { in: ['running', 'paused'] },
    },
    data: { state: 'canceled', problem: accountReplaced, dueAt: new Date() },
  })
  await tx.sync.updateMany({ where: { activeShop: shop, accountId: null }, data: { accountId } })
}

/**
 * Asks Klaviyo again with the stored key and stores what it finds: the account's name, the scopes,
 * the problem. When the problem is gone, the shop's work goes on.
 */
export async function testConnection(shop: string): Promise<TestOutcome> {
  const before = await prisma.connection.findUnique({ where: { shopId: shop } })
  if (!before) return { ok: false, problem: notConnected }
  // The key may be replaced while we ask: what we learn holds for this one only.
  const where = { shopId: shop, key: before.key }
  const checkedAt = new Date()
  try {
    const found = await inspect(open(shop, 'Connection.key', before.key), before.accountId)
    await prisma.$transaction(async (tx) => {
      await tx.connection.updateMany({ where, data: { ...stored(found), checkedAt } })
      if (before.problem !== null && !found.problem) await restartQueue(tx, shop)
    })
    if (found.problem) return { ok: false, problem: found.problem }
    if (before.problem !== null) wake(shop)
    return { ok: true, connection: viewOf({ ...before, ...found, checkedAt }) }
  } catch (error) {
    const problem = foreseen(error)
    const verdict = problem.retry === 'mended' ? { problem } : {}
    await prisma.connection.updateMany({ where, data: { ...verdict, checkedAt } })
    return { ok: false, problem }
  }
}

/** Takes the key away. Rules stay, and what came in waits for the next connection. */
export async function disconnect(shop: string): Promise<void> {
  await prisma.connection.deleteMany({ where: { shopId: shop } })
}

export async function connectionOf(shop: string): Promise<ConnectionView | null> {
  const row = await prisma.connection.findUnique({ where: { shopId: shop } })
  return row ? viewOf(row) : null
}

/** The shop's Klaviyo. Rejects with a ProblemError when it has none. */
export async function klaviyoOf(shop: string): Promise<KlaviyoApi> {
  return apiOf(await connected(shop))
}

const metrics = remembered((api) => api.metrics())
const flows = remembered((api) => api.flows())
const campaigns = remembered((api) => api.campaigns())
const segments = remembered((api) => api.segments())

/** The account's segments for a picker. Rejects with a ProblemError when they can't be read. */
export const segmentsOf = (shop: string): Promise<KlaviyoSegment[]> => segments(shop)

/**
 * The account's metrics, flows and campaigns for pickers; a list that can't be read is empty. Rejects
 * with a ProblemError when none can.
 */
export async function catalogOf(shop: string): Promise<Catalog> {
  const problems: Problem[] = []
  const orNothing = <T>(list: Promise<T[]>) =>
    list.catch((error: unknown) => {
      problems.push(foreseen(error))
      return []
    })
  const [ofMetrics, ofFlows, ofCampaigns] = await Promise.all([
    orNothing(metrics(shop)),
    orNothing(flows(shop)),
    orNothing(campaigns(shop)),
  ])
  if (problems[0] && problems.length === 3) throw new ProblemError(problems[0])
  return { metrics: ofMetrics, flows: ofFlows, campaigns: ofCampaigns, problems }
}

/**
 * Names by metric id, at most a minute old. Empty when the key may not list metrics. Rejects when
 * Klaviyo can't be asked just now: a rule that waits for a name must not miss its event for that.
 */
export async function metricNames(shop: string): Promise<Map<string, string>> {
  try {
    return new Map((await metrics(shop)).map(({ id, name }) => [id, name]))
  } catch (error) {
    if (foreseen(error).retry === 'later') throw error
    return new Map()
  }
}

const catalogFreshForMs = 60_000
const mostRemembered = 2_000

/** Reads a list of the account once a minute and connection, however many ask. */
function remembered<T>(read: (api: KlaviyoApi) => Promise<T>): (shop: string) => Promise<T> {
  const known = new Map<string, { list: Promise<T>; until: number }>()
  return async (shop) => {
    const connection = await connected(shop)
    // The envelope changes with every connect, so a new key or account starts anew.
    const entry = known.get(connection.key)
    if (entry && entry.until > Date.now()) return entry.list
    if (known.size >= mostRemembered) known.clear()
    const list = read(apiOf(connection))
    known.set(connection.key, { list, until: Date.now() + catalogFreshForMs })
    list.catch(() => known.delete(connection.key))
    return list
  }
}

async function connected(shop: string): Promise<Connection> {
  const row = await prisma.connection.findUnique({ where: { shopId: shop } })
  if (!row) throw new ProblemError(notConnected)
  return row
}

function apiOf({ shopId, key, accountId }: Connection): KlaviyoApi {
  return klaviyo.forAccount(open(shopId, 'Connection.key', key), accountId)
}

interface Found {
  accountId: string
  accountName: string
  scopes: ScopeReport
  problem: Problem | null
}

/** What a key opens. Rejects with a ProblemError when it opens nothing. */
async function inspect(key: string, accountId: string | null = null): Promise<Found> {
  const account = await klaviyo.forAccount(key, accountId).account()
  const scopes = await klaviyo.forAccount(key, account.id).scopes()
  const missing = scopes.filter(({ state }) => state === 'missing').map(({ scope }) => scope)
  const vital = vitalScopes.filter((scope) => missing.includes(scope))
  return {
    accountId: account.id,
    accountName: account.name,
    scopes,
    problem: vital.length > 0 ? scopesMissing(vital) : null,
  }
}

function stored<T extends { problem: Problem | null }>(found: T) {
  return { ...found, problem: found.problem ?? Prisma.DbNull }
}

function viewOf(row: {
  accountId: string
  accountName: string
  scopes: unknown
  problem: unknown
  checkedAt: Date
  createdAt: Date
}): ConnectionView {
  return {
    account: { id: row.accountId, name: row.accountName },
    scopes: scopeReport.parse(row.scopes),
    problem: problemSchema.nullable().parse(row.problem),
    checkedAt: row.checkedAt,
    connectedAt: row.createdAt,
  }
}

/** Only what Klaviyo said is for people; a fault of ours goes on up. */
function foreseen(error: unknown): Problem {
  if (error instanceof ProblemError) return problemOf(error)
  throw error
}

const notConnected: Problem = {
  code: 'klaviyo-not-connected',
  what: 'No Klaviyo account is connected.',
  remedy: 'Paste a private Klaviyo key on the settings screen.',
  retry: 'mended',
  side: 'klaviyo',
}

const scopesMissing = (scopes: readonly string[]): Problem => ({
  code: 'klaviyo-scope-missing',
  what: `The Klaviyo key lacks the scope ${scopes.join(', ')}, without which no rule can be decided.`,
  // Klaviyo lets nobody edit the scopes of a key.
  remedy: 'Create a new private key with this scope in Klaviyo and replace the key in settings.',
  retry: 'mended',
  side: 'klaviyo',
})

const accountReplaced: Problem = {
  code: 'sync-account-replaced',
  what: 'Another Klaviyo account was connected while the sync was under way.',
  remedy: 'Start a sync of the account that is connected now.',
  retry: 'never',
}
