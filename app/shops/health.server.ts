/** Whether both sides let us work: what is stored of their refusals, tests, and mending. */
import { AuthScopes } from '@shopify/shopify-api'
import pLimit from 'p-limit'
import { z } from 'zod'
import { actions } from '../actions/index.ts'
import { config } from '../config.server.ts'
import { prisma } from '../db/client.server.ts'
import { Prisma } from '../db/generated/client.ts'
import { wake } from '../jobs/wake.server.ts'
import type { KlaviyoBudget, ScopeReport } from '../klaviyo/klaviyo.ts'
import { log } from '../log.server.ts'
import { ProblemError, problemOf, problemSchema } from '../problem.ts'
import type { Problem } from '../problem.ts'
import type { AdminBudget, ShopStatus } from '../shopify/admin.ts'
import { klaviyoOf, testConnection } from './connection.server.ts'
import type { TestOutcome } from './connection.server.ts'
import { endpointOf } from './endpoint.server.ts'
import type { EndpointView } from './endpoint.server.ts'
import { restartQueue } from './queue.server.ts'
import { adminVersion } from './platform.server.ts'
import { adminOf } from './sessions.server.ts'

/** What the banners of every screen say. */
export interface Health {
  isConnected: boolean
  shopify: Problem | null
  klaviyo: Problem | null
}

export interface Check {
  name: string
  state: 'ok' | 'warn' | 'fail'
  detail: string
  /** What to do about it; null when there is nothing to do. */
  remedy: string | null
}

export interface Checkup {
  shopify: Check[]
  klaviyo: Check[]
}

const storedProblem = problemSchema.nullable().catch(null)

export async function healthOf(shop: string): Promise<Health> {
  const row = await prisma.shop.findUniqueOrThrow({
    where: { id: shop },
    select: { problem: true, connection: { select: { problem: true } } },
  })
  return {
    isConnected: row.connection !== null,
    shopify: storedProblem.parse(row.problem),
    klaviyo: storedProblem.parse(row.connection?.problem ?? null),
  }
}

/** Stores a problem that has to be mended on its side, which holds the shop's drain up. */
export async function noteProblem(shop: string, problem: Problem): Promise<void> {
  log.warn({ shop, code: problem.code, side: problem.side }, 'work waits until this is mended')
  if (problem.side === 'klaviyo') {
    await prisma.connection.updateMany({ where: { shopId: shop }, data: { problem } })
  } else {
    await prisma.shop.updateMany({ where: { id: shop }, data: { problem } })
  }
}

/** Takes Shopify's stored problem away, if there is one, and lets the shop's work go on. */
export async function clearShopifyProblem(shop: string): Promise<void> {
  const isMended = await prisma.$transaction(async (tx) => {
    const { count } = await tx.shop.updateMany({
      where: { id: shop, problem: { not: Prisma.DbNull } },
      data: { problem: Prisma.DbNull },
    })
    if (count > 0) await restartQueue(tx, shop)
    return count > 0
  })
  if (isMended) wake(shop)
}

/** Which of the scopes that the app needs are not among the granted ones. Writing includes reading. */
export const scopesMissing = (granted: readonly string[]): string[] =>
  missingFrom(granted, config.shopify.scopes)

/** Which of those scopes are not among the granted ones. */
export function missingFrom(granted: readonly string[], wanted: readonly string[]): string[] {
  const scopes = new AuthScopes([...granted])
  return wanted.filter((scope) => !scopes.has(scope))
}

export const scopeProblem = (missing: readonly string[]): Problem => ({
  code: 'shopify-scope-missing',
  what: `The store has not granted the app ${missing.join(', ')}.`,
  remedy: 'Open the app in the Shopify admin and approve the permissions that it asks for.',
  retry: 'mended',
  side: 'shopify',
})

type ShopifyOutcome = { ok: true; status: ShopStatus } | { ok: false; problem: Problem }

/** Asks Shopify, and stores or clears its problem accordingly. */
export async function testShopify(shop: string): Promise<ShopifyOutcome> {
  try {
    const admin = await adminOf(shop)
    const status = await admin.status()
    const missing = scopesMissing(status.grantedScopes)
    if (missing.length > 0) await noteProblem(shop, scopeProblem(missing))
    else await clearShopifyProblem(shop)
    return { ok: true, status }
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error
    const problem = problemOf(error)
    if (problem.retry === 'mended') await noteProblem(shop, problem)
    return { ok: false, problem }
  }
}

/** Asks both sides now, and stores what has to be mended. Never rejects for what they answer. */
export async function checkBoth(shop: string): Promise<Checkup> {
  const [shopify, klaviyo, endpoint] = await Promise.all([
    testShopify(shop),
    testConnection(shop),
    endpointOf(shop),
  ])
  return {
    shopify: shopify.ok ? shopifyChecks(shopify.status) : [refused('Access', shopify.problem)],
    klaviyo: [...(await klaviyoChecks(shop, klaviyo)), arrivals(endpoint)],
  }
}

const ok = (name: string, detail: string): Check => ({ name, state: 'ok', detail, remedy: null })

const refused = (name: string, { what, remedy, retry }: Problem): Check => ({
  name,
  state: retry === 'later' ? 'warn' : 'fail',
  detail: what,
  remedy,
})

function shopifyChecks({ grantedScopes, plan, apiVersion, budget }: ShopStatus): Check[] {
  const missing = scopesMissing(grantedScopes)
  return [
    ok('Access', 'Shopify accepts the app’s access.'),
    missing.length > 0
      ? refused('Permissions', scopeProblem(missing))
      : ok('Permissions', `Granted: ${config.shopify.scopes.join(', ')}.`),
    ...optionalChecks(grantedScopes),
    ok('Plan', plan),
    apiVersion === null || apiVersion === adminVersion
      ? ok('API version', adminVersion)
      : {
          name: 'API version',
          state: 'warn',
          detail: `Shopify answered with ${apiVersion}; the app is written for ${adminVersion}.`,
          remedy: 'The app needs an update. Contact support.',
        },
    ...(budget ? [points(budget)] : []),
  ]
}

/** Not to have them is nothing to mend: the rule's editor asks for them when they are needed. */
function optionalChecks(granted: readonly string[]): Check[] {
  return actions
    .filter(({ optionalScopes }) => optionalScopes.length > 0)
    .map(({ title, optionalScopes }) => {
      const name = `Optional: ${title.toLowerCase()}`
      return missingFrom(granted, optionalScopes).length === 0
        ? ok(name, `Granted: ${optionalScopes.join(', ')}.`)
        : ok(name, 'Not granted. The app asks for it when a rule first needs it.')
    })
}

async function klaviyoChecks(shop: string, outcome: TestOutcome): Promise<Check[]> {
  if (!outcome.ok) return [refused('Key', outcome.problem)]
  const { account, scopes } = outcome.connection
  const budget = (await klaviyoOf(shop)).budget()
  return [
    ok('Key', `Opens the account ${account.name} (${account.id}).`),
    scopeCheck(scopes),
    ...(budget ? [requests(budget)] : []),
  ]
}

function scopeCheck(scopes: ScopeReport): Check {
  const missing = scopes.filter(({ state }) => state === 'missing')
  if (missing.length > 0) {
    const each = missing.map(({ scope, purpose }) => `${scope} (${purpose})`)
    return {
      name: 'Scopes',
      state: 'warn',
      detail: `The key lacks ${each.join(', ')}.`,
      remedy: 'Create a new private key with all scopes in Klaviyo and replace it in settings.',
    }
  }
  const unknown = scopes.filter(({ state }) => state === 'unknown').map(({ scope }) => scope)
  if (unknown.length > 0) {
    return {
      name: 'Scopes',
      state: 'warn',
      detail: `Klaviyo could not be asked about ${unknown.join(', ')} just now.`,
      remedy: 'Test again in a minute.',
    }
  }
  return ok('Scopes', 'The key has all that the app needs.')
}

const allowance = (detail: string, isScarce: boolean): Check => ({
  name: 'Rate limit',
  state: isScarce ? 'warn' : 'ok',
  detail,
  remedy: isScarce
    ? 'Other apps may use the same allowance. Work slows down and catches up by itself.'
    : null,
})

const points = ({ available, maximum, restoredPerSecond }: AdminBudget): Check =>
  allowance(
    `${Math.floor(available)} of ${maximum} points left; ${restoredPerSecond} come back a second.`,
    available < maximum / 10,
  )

// Klaviyo counts by the second and by the minute: only an empty minute is felt.
const requests = ({ limit, remaining, resetMs }: KlaviyoBudget): Check =>
  allowance(
    `${remaining} of ${limit} requests left; all of them again in ${Math.ceil(resetMs / 1_000)} s.`,
    remaining === 0 && resetMs > 1_000,
  )

function arrivals({ lastEventAt, lastRefusal }: EndpointView): Check {
  const name = 'Last event'
  if (lastRefusal && (!lastEventAt || lastRefusal.at > lastEventAt)) {
    return {
      name,
      state: 'warn',
      detail: `A delivery ${ago(lastRefusal.at)} could not be read: ${lastRefusal.why}.`,
      remedy: 'Compare the body of the webhook action in Klaviyo with the one on this screen.',
    }
  }
  if (lastEventAt) return ok(name, `Came in ${ago(lastEventAt)}.`)
  return {
    name,
    state: 'warn',
    detail: 'No event has come in yet.',
    remedy: 'Add a webhook action to a Klaviyo flow with the URL, header and body from settings.',
  }
}

/** `3 hours ago` */
function ago(at: Date): string {
  const minutes = (at.getTime() - Date.now()) / 60_000
  const words = new Intl.RelativeTimeFormat('en', { numeric: 'auto' })
  if (minutes > -1) return 'less than a minute ago'
  if (minutes > -60) return words.format(Math.round(minutes), 'minute')
  if (minutes > -24 * 60) return words.format(Math.round(minutes / 60), 'hour')
  return words.format(Math.round(minutes / 60 / 24), 'day')
}

/** Tested side by side, and at most in one pass: the rest has its turn in the next. */
const testsAtOnce = 4
const testsPerPass = 60

const broken = z.array(z.object({ id: z.string(), shopify: z.boolean(), klaviyo: z.boolean() }))

/**
 * One pass over shops whose work waits for something to be mended: tests the side that refused us
 * and wakes the shop's drain when it lets us work again. Random order, so that shops which stay
 * broken don't keep others waiting.
 */
export async function mend(): Promise<void> {
  const shops = broken.parse(
    await prisma.$queryRaw`
      select s."id", s."problem" is not null as "shopify", c."problem" is not null as "klaviyo"
      from "Shop" s left join "Connection" c on c."shopId" = s."id"
      where s."uninstalledAt" is null and (s."problem" is not null or c."problem" is not null)
      order by random() limit ${testsPerPass}`,
  )
  const limit = pLimit(testsAtOnce)
  await Promise.all(
    shops.map(({ id, shopify, klaviyo }) =>
      limit(async () => {
        try {
          if (shopify) await testShopify(id)
          if (klaviyo) await testConnection(id)
        } catch (error) {
          log.error({ err: error, shop: id }, 'a connection could not be tested')
        }
      }),
    ),
  )
}
