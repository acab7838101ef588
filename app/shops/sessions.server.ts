/** Shopify's tokens: kept sealed, renewed by one at a time. */
import { setTimeout as sleep } from 'node:timers/promises'
import { HttpResponseError, Session } from '@shopify/shopify-api'
import type { SessionStorage } from '@shopify/shopify-app-session-storage'
import { z } from 'zod'
import { prisma } from '../db/client.server.ts'
import type { Tx } from '../db/client.server.ts'
import { ProblemError } from '../problem.ts'
import type { Problem } from '../problem.ts'
import { open, seal } from '../secrets.server.ts'
import { createAdmin } from '../shopify/admin.server.ts'
import type { AdminApi, GraphqlCall } from '../shopify/admin.ts'
import { problemOfThrown } from '../shopify/problems.ts'
import { platform } from './platform.server.ts'
import { admit } from './shop.server.ts'

/** A minute before shopify-app-remix would renew by itself, each request for itself. */
const renewBeforeMs = 6 * 60_000

const answerWithinMs = 10_000

/** Longer than Shopify may take to answer; a process that died holds others up this long. */
const leaseSeconds = 15

const waitAtMostMs = 20_000
const lookAgainAfterMs = 100

/**
 * Where shopify-app-remix keeps its sessions. What it loads has been renewed when it was about to
 * expire, so that the library never renews on its own.
 */
export const sessionStorage: SessionStorage = {
  async storeSession(session) {
    // With the token comes the shop: of several first requests the library lets only one wait for
    // its hook, and all of them go on to read the shop.
    await prisma.$transaction(async (tx) => {
      if (session.accessToken) await admit(tx, session.shop)
      await store(tx, session)
    })
    return true
  },
  async loadSession(id) {
    const session = await load(id)
    if (!session || session.isOnline || isFresh(session)) return session
    try {
      return await renew(session)
    } catch {
      // In the admin the library asks for a new token when it sees that this one is no good.
      return load(id)
    }
  },
  async deleteSession(id) {
    await prisma.session.deleteMany({ where: { id } })
    return true
  },
  async deleteSessions(ids) {
    await prisma.session.deleteMany({ where: { id: { in: ids } } })
    return true
  },
  async findSessionsByShop(shop) {
    const rows = await prisma.session.findMany({ where: { shop } })
    return rows.map(sessionOf)
  },
}

/**
 * The store's admin, with a token that is good for minutes at least. Should Shopify refuse the token
 * all the same, it is renewed once.
 *
 * Rejects with a ProblemError: side `shopify`, to be mended, when the store refuses to renew it.
 */
export async function adminOf(shop: string): Promise<AdminApi> {
  let session = await liveSession(shop)
  const send: GraphqlCall = async (document, { variables }) => {
    const client = new platform.clients.Graphql({ session })
    return Response.json(await client.request(document, { variables, retries: 0 }))
  }
  const graphql: GraphqlCall = async (document, options) => {
    try {
      return await send(document, options)
    } catch (error) {
      if (statusOf(error) !== 401) throw error
      session = await renew(session)
      return send(document, options)
    }
  }
  return createAdmin({ shop, graphql })
}

async function liveSession(shop: string): Promise<Session> {
  const session = await load(platform.session.getOfflineId(shop))
  if (!session) throw new ProblemError(notInstalled)
  return isFresh(session) ? session : renew(session)
}

/** The library takes the token out of a session when Shopify refused it. */
const isFresh = (session: Session) => session.isActive(undefined, renewBeforeMs)

const underWay = new Map<string, Promise<Session>>()

/** A session with another token than this one. Whoever asks meanwhile shares the answer. */
function renew(stale: Session): Promise<Session> {
  const known = underWay.get(stale.id)
  if (known) return known
  const renewing = renewAlone(stale).finally(() => underWay.delete(stale.id))
  underWay.set(stale.id, renewing)
  return renewing
}

/**
 * A refresh token works once, so of all processes the one that holds the lease uses it; the others
 * wait until the stored token has changed.
 */
async function renewAlone(stale: Session): Promise<Session> {
  const until = Date.now() + waitAtMostMs
  do {
    const lease = await takeLease(stale.shop)
    try {
      const current = await load(stale.id)
      if (!current) throw new ProblemError(notInstalled)
      if (current.accessToken && current.accessToken !== stale.accessToken) return current
      if (lease) return await refresh(current)
    } finally {
      if (lease) await releaseLease(stale.shop, lease)
    }
    await sleep(lookAgainAfterMs)
  } while (Date.now() < until)
  throw new ProblemError(unreachable)
}

const leaseRows = z.array(z.object({ refreshingUntil: z.date() }))

async function takeLease(shop: string): Promise<Date | null> {
  const [row] = leaseRows.parse(
    await prisma.$queryRaw`
      update "Shop" set "refreshingUntil" = now() + ${leaseSeconds} * interval '1 second'
      where "id" = ${shop} and ("refreshingUntil" is null or "refreshingUntil" < now())
      returning "refreshingUntil"`,
  )
  return row?.refreshingUntil ?? null
}

async function releaseLease(shop: string, lease: Date): Promise<void> {
  await prisma.shop.updateMany({
    where: { id: shop, refreshingUntil: lease },
    data: { refreshingUntil: null },
  })
}

async function refresh(current: Session): Promise<Session> {
  const { shop, refreshToken } = current
  if (!refreshToken) throw new ProblemError(accessEnded)
  // An answer that comes too late for the caller is stored all the same: it is the only copy.
  const renewing = platform.auth.refreshToken({ shop, refreshToken }).then(async ({ session }) => {
    await store(prisma, session)
    return session
  })
  const tooLate = sleep(answerWithinMs, null, { ref: false })
  try {
    const session = await Promise.race([renewing, tooLate])
    if (session) return session
  } catch (error) {
    const problem = whyRefused(error)
    if (problem === accessEnded) await dropTokens(current)
    throw new ProblemError(problem, { cause: error })
  }
  throw new ProblemError(unreachable)
}

/** Without tokens the next visit in the admin gets new ones, even before these would expire. */
async function dropTokens({ id, expires }: Session): Promise<void> {
  await prisma.session.updateMany({
    where: { id, expires: expires ?? null },
    data: { accessToken: '', refreshToken: null },
  })
}

function whyRefused(error: unknown): Problem {
  const status = statusOf(error)
  if (status === null) return unreachable
  // 400 is `invalid_grant`: the refresh token was used, has expired, or was taken back.
  return [400, 401, 403, 404].includes(status) ? accessEnded : problemOfThrown(error)
}

const refusal = z.object({ response: z.object({ code: z.number() }) })

/** The status that Shopify answered with, or null when it did not answer. */
function statusOf(error: unknown): number | null {
  if (!(error instanceof HttpResponseError)) return null
  return refusal.parse(error).response.code
}

const notInstalled: Problem = {
  code: 'shopify-not-installed',
  what: 'The app is not installed in this store.',
  remedy: 'Install the app from the Shopify App Store.',
  retry: 'mended',
  side: 'shopify',
}

const accessEnded: Problem = {
  code: 'shopify-access-ended',
  what: 'Shopify no longer accepts the app’s access to this store.',
  remedy: 'Open the app in the Shopify admin once: that renews its access.',
  retry: 'mended',
  side: 'shopify',
}

const unreachable: Problem = {
  code: 'shopify-unreachable',
  what: 'Shopify did not answer.',
  remedy: 'It is tried again by itself.',
  retry: 'later',
}

// The app asks for no online tokens, so there is no user to remember.
async function store(tx: Tx, session: Session): Promise<void> {
  const { id, shop, state, isOnline, scope, expires, refreshTokenExpires } = session
  const { accessToken, refreshToken } = session
  const row = {
    shop,
    state,
    isOnline,
    scope: scope ?? null,
    expires: expires ?? null,
    accessToken: accessToken ? seal(shop, 'Session.accessToken', accessToken) : '',
    refreshToken: refreshToken ? seal(shop, 'Session.refreshToken', refreshToken) : null,
    refreshTokenExpires: refreshTokenExpires ?? null,
  }
  await tx.session.upsert({ where: { id }, create: { id, ...row }, update: row })
}

async function load(id: string): Promise<Session | undefined> {
  const row = await prisma.session.findUnique({ where: { id } })
  return row ? sessionOf(row) : undefined
}

interface SessionRow {
  id: string
  shop: string
  state: string
  isOnline: boolean
  scope: string | null
  expires: Date | null
  accessToken: string
  refreshToken: string | null
  refreshTokenExpires: Date | null
}

function sessionOf(row: SessionRow): Session {
  const { id, shop, state, isOnline } = row
  return new Session({
    id,
    shop,
    state,
    isOnline,
    scope: row.scope ?? undefined,
    expires: row.expires ?? undefined,
    accessToken: row.accessToken ? open(shop, 'Session.accessToken', row.accessToken) : undefined,
    refreshToken: row.refreshToken
      ? open(shop, 'Session.refreshToken', row.refreshToken)
      : undefined,
    refreshTokenExpires: row.refreshTokenExpires ?? undefined,
  })
}
