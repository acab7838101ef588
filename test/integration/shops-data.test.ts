/** What happens to rows over time, shown on the app's own modules: keys change, periods end. */
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { startPostgres } from '../harness/postgres.ts'
import { database, shopA } from '../harness/stage.ts'

const oldKey = `old:${randomBytes(32).toString('base64')}`
const newKey = `new:${randomBytes(32).toString('base64')}`
const email = 'ada@example.com'
const day = 24 * 3_600_000

let environment: Record<string, string>
let cleanUp: () => Promise<void>

beforeAll(async () => {
  if (database === 'postgresql') {
    const postgres = await startPostgres()
    environment = { DATABASE_URL: postgres.url }
    cleanUp = () => postgres.close()
  } else {
    const folder = await mkdtemp(join(tmpdir(), 'klaviyo-actions-data-'))
    environment = { DATA_DIR: folder }
    cleanUp = () => rm(folder, { recursive: true })
  }
})
afterAll(() => cleanUp())

/** The app's modules as a process has them that was started with these keys. */
async function withKeys<T>(keys: string, use: (app: App) => Promise<T>): Promise<T> {
  vi.resetModules()
  for (const [name, value] of Object.entries({
    ...environment,
    NODE_ENV: 'test',
    SHOPIFY_API_KEY: 'key',
    SHOPIFY_API_SECRET: 'secret',
    SHOPIFY_APP_URL: 'http://127.0.0.1:1',
    ENCRYPTION_KEYS: keys,
    LOG_LEVEL: 'silent',
  })) {
    vi.stubEnv(name, value)
  }
  const app = await startApp()
  try {
    return await use(app)
  } finally {
    await app.closeDatabase()
  }
}

type App = Awaited<ReturnType<typeof startApp>>

async function startApp() {
  const { prisma, closeDatabase } = await import('../../app/db/client.server.ts')
  const { migrate } = await import('../../app/db/migrate.server.ts')
  const { renewSigningSecret, signingSecretsOf } =
    await import('../../app/actions/signing-secret.server.ts')
  const { append } = await import('../../app/events/inbox.server.ts')
  const { personKeys, open, seal } = await import('../../app/secrets.server.ts')
  const { endpointOf } = await import('../../app/shops/endpoint.server.ts')
  const { forgetOld } = await import('../../app/shops/retention.server.ts')
  const { resealAll } = await import('../../app/shops/rotate-keys.server.ts')
  const { saveSettings } = await import('../../app/shops/settings.server.ts')
  const { admit } = await import('../../app/shops/shop.server.ts')
  await migrate()
  return {
    prisma,
    closeDatabase,
    append,
    personKeys,
    open,
    seal,
    endpointOf,
    forgetOld,
    resealAll,
    saveSettings,
    renewSigningSecret,
    signingSecretsOf,
    admit,
  }
}

async function settleIn({ prisma, admit, append, endpointOf, seal }: App): Promise<void> {
  await prisma.$transaction((tx) => admit(tx, shopA))
  const { id } = await endpointOf(shopA)
  const facts = {
    metricId: null,
    metricName: 'Completed Flow',
    flowId: null,
    flowName: null,
    campaignId: null,
    campaignName: null,
    outcome: null,
    profileId: null,
    email,
    phone: null,
    occurredAt: new Date(),
    properties: {},
  }
  const endpoint = { id, shop: shopA, secrets: [], ratePerMinute: 1_000 }
  const events = ['a', 'b', 'c'].map((dedupeKey) => ({
    source: 'flow' as const,
    dedupeKey,
    previousKey: null,
    facts,
  }))
  await append(endpoint, events)
  await prisma.connection.create({
    data: {
      shopId: shopA,
      key: seal(shopA, 'Connection.key', 'pk_secret'),
      accountId: 'A',
      accountName: 'A',
      scopes: [],
    },
  })
}

it('a new encryption key takes the place of the old one, which can then be thrown away', async () => {
  let signing: unknown
  const secret = await withKeys(oldKey, async (app) => {
    await settleIn(app)
    await app.signingSecretsOf(shopA)
    await app.renewSigningSecret(shopA)
    signing = await app.signingSecretsOf(shopA)
    return (await app.endpointOf(shopA)).secrets[0]?.value
  })

  await withKeys(`${newKey},${oldKey}`, async ({ resealAll }) => {
    expect(await resealAll()).toMatchObject({
      'Connection.key': 1,
      'EndpointSecret.secret': 1,
      'InboundEvent.facts': 3,
      'Session.accessToken': 0,
      'Shop.signingSecret': 1,
      'Shop.oldSecret': 1,
    })
    expect(Object.values(await resealAll()).every((count) => count === 0)).toBe(true)
  })

  await withKeys(newKey, async ({ prisma, open, personKeys, endpointOf, signingSecretsOf }) => {
    expect((await endpointOf(shopA)).secrets[0]?.value).toBe(secret)
    expect(await signingSecretsOf(shopA)).toEqual(signing)
    const events = await prisma.inboundEvent.findMany({
      where: { shopId: shopA, personKeys: { hasSome: personKeys(shopA, email) } },
    })
    expect(events).toHaveLength(3)
    for (const { facts } of events)
      expect(open(shopA, 'InboundEvent.facts', facts)).toContain(email)
  })
})

it('events go when the period that the shop chose is over, and not before', async () => {
  await withKeys(newKey, async ({ prisma, forgetOld, saveSettings }) => {
    await saveSettings(shopA, { retentionDays: '30', tagBudget: '' })
    const inDays = (days: number) => new Date(Date.now() + days * day)
    await forgetOld(inDays(29))
    expect(await prisma.inboundEvent.count()).toBe(3)
    await forgetOld(inDays(31))
    expect(await prisma.inboundEvent.count()).toBe(0)
  })
})
