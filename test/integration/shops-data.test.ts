/** What happens to rows over time, shown on the app's own modules: keys change, periods end. */
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { v7 as uuidv7 } from 'uuid'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
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
  const { complyAgain, privacyAnswerOf, redactCustomer, answerDataRequest } =
    await import('../../app/shops/privacy.server.ts')
  const { startOperation, pauseOperation } =
    await import('../../app/operations/operations.server.ts')
  const { addressHashes, openHeld, openRead, openWrite, sealHeld, sealPage } =
    await import('../../app/sync/pass.server.ts')
  const { deleteMapping } = await import('../../app/sync/mappings.server.ts')
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
    complyAgain,
    privacyAnswerOf,
    redactCustomer,
    answerDataRequest,
    startOperation,
    pauseOperation,
    addressHashes,
    openHeld,
    openRead,
    openWrite,
    sealHeld,
    sealPage,
    deleteMapping,
  }
}

interface Whom {
  email?: string
  phone?: string
  profileId?: string
}

/** Events come in about them, by their keys. */
async function comeIn({ append, endpointOf }: App, whom: Record<string, Whom>): Promise<void> {
  const { id } = await endpointOf(shopA)
  const endpoint = { id, shop: shopA, secrets: [], ratePerMinute: 1_000 }
  const events = Object.entries(whom).map(([dedupeKey, named]) => ({
    source: 'flow' as const,
    dedupeKey,
    previousKey: null,
    facts: {
      metricId: null,
      metricName: 'Completed Flow',
      flowId: null,
      flowName: null,
      campaignId: null,
      campaignName: null,
      outcome: null,
      profileId: null,
      email: null,
      phone: null,
      ...named,
      occurredAt: new Date(),
      properties: {},
    },
  }))
  await append(endpoint, events)
}

async function settleIn(app: App): Promise<void> {
  const { prisma, admit, seal } = app
  await prisma.$transaction((tx) => admit(tx, shopA))
  await comeIn(app, { a: { email }, b: { email }, c: { email } })
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
    await forgetOld(inDays(29))
    expect(await prisma.inboundEvent.count()).toBe(3)
    await forgetOld(inDays(31))
    expect(await prisma.inboundEvent.count()).toBe(0)
  })
})

const inDays = (days: number) => new Date(Date.now() + days * day)

const ada = 7_001
const payload = { shop_domain: shopA, customer: { id: ada, email, phone: null } }

/** A sync that was paused with pages under way: one read, one to be written, one at Shopify. */
async function pauseSync({ prisma, addressHashes, sealPage }: App): Promise<void> {
  const id = uuidv7()
  const own = { shopId: shopA, syncId: id }
  await prisma.sync.create({
    data: {
      id,
      shopId: shopA,
      activeShop: shopA,
      state: 'paused',
      scope: { kind: 'all' },
      mappings: [],
    },
  })
  const writeId = uuidv7()
  await prisma.syncWrite.create({ data: { id: writeId, ...own, lines: 2, operationId: 'gid' } })
  const read = ['ada@example.com', 'ben@example.com'].map((address) => ({
    profile: `P-${address}`,
    hashes: addressHashes(shopA, address),
    values: ['5'],
  }))
  const writes = [ada, 8_001].map((customer) => ({
    customer: String(customer),
    values: [[0, '5'] satisfies [number, string]],
  }))
  const page = { ...own, lines: 2, bytes: 2 }
  await prisma.syncPage.createMany({
    data: [
      { ...page, id: uuidv7(), kind: 'read', body: sealPage(shopA, read) },
      { ...page, id: uuidv7(), kind: 'set', body: sealPage(shopA, writes) },
      { ...page, id: uuidv7(), kind: 'set', body: sealPage(shopA, writes), writeId, fromLine: 0 },
    ],
  })
}

/** What the metafield sync holds of them, by Shopify's number. */
async function hold(
  { prisma, sealHeld }: App,
  customers: Record<number, { held: Record<string, string>; profileId?: string }>,
): Promise<void> {
  await prisma.syncedCustomer.createMany({
    data: Object.entries(customers).map(([id, { held, profileId }]) => ({
      id: uuidv7(),
      shopId: shopA,
      syncId: uuidv7(),
      customerId: BigInt(id),
      held: sealHeld(shopA, held),
      profileId: profileId ?? null,
    })),
  })
}

const keysOf = async ({ prisma }: App) =>
  (await prisma.inboundEvent.findMany({ orderBy: { dedupeKey: 'asc' } })).map(
    ({ dedupeKey }) => dedupeKey,
  )

describe('a customer is forgotten', () => {
  it('under every name that the events and the sync know, even while Klaviyo can’t be asked', async () => {
    await withKeys(newKey, async (app) => {
      const { prisma, complyAgain, redactCustomer, forgetOld } = app
      await prisma.connection.deleteMany()
      await hold(app, { [ada]: { held: {}, profileId: 'P-SYNCED' } })
      await comeIn(app, {
        'by e-mail': { email, profileId: 'P-ADA' },
        'by profile': { profileId: 'P-ADA' },
        'by profile and phone': { profileId: 'P-ADA', phone: '+12025550101' },
        'by phone and another e-mail': { phone: '+12025550101', email: 'ada@work.example' },
        'by another e-mail': { email: 'ADA@work.example' },
        'by the sync’s profile': { profileId: 'P-SYNCED' },
        'of somebody else': { email: 'ben@example.com', profileId: 'P-BEN' },
      })
      await redactCustomer(shopA, 'redact', payload)
      expect(await keysOf(app)).toEqual(['of somebody else'])

      // It waits for Klaviyo, longer than data is kept, and not longer than the law allows.
      const request = () => prisma.privacyRequest.findFirstOrThrow({ where: { id: 'redact' } })
      expect(await request()).toMatchObject({ completedAt: null })
      expect((await request()).person).not.toContain(email)
      await comeIn(app, { 'of her once more': { email } })
      await complyAgain()
      expect(await keysOf(app)).toEqual(['of somebody else'])
      expect(await request()).toMatchObject({ completedAt: null })
      await prisma.shop.updateMany({ data: { retentionDays: 7 } })
      await forgetOld(inDays(8))
      await comeIn(app, { 'of somebody else': { email: 'ben@example.com' } })
      await complyAgain(inDays(24))
      expect(await request()).toMatchObject({ completedAt: null })
      await complyAgain(inDays(26))
      expect((await request()).completedAt).not.toBeNull()
      expect((await request()).person).toBeNull()
    })
  })

  it('in what a paused sync has under way, after it was told', async () => {
    await withKeys(newKey, async (app) => {
      const { prisma, answerDataRequest, openRead, openWrite, privacyAnswerOf } = app
      await pauseSync(app)
      await answerDataRequest(shopA, 'ask', payload)
      expect(JSON.parse((await privacyAnswerOf(shopA, 'ask')) ?? '')).toMatchObject({
        metafieldSync: { underWay: [{ value: '5' }, { value: '5' }, { value: '5' }] },
      })
      await app.redactCustomer(shopA, 'redact again', payload)
      // The question is over too, though it waited for Klaviyo.
      await app.complyAgain()
      expect(await prisma.privacyRequest.findFirst({ where: { id: 'ask' } })).toMatchObject({
        answer: null,
        person: null,
      })
      const [read, toWrite, atShopify] = await prisma.syncPage.findMany({ orderBy: { id: 'asc' } })
      expect(openRead(shopA, read?.body ?? '')).toMatchObject([{ profile: 'P-ben@example.com' }])
      for (const page of [toWrite, atShopify]) {
        // The lines of a file stay where they are.
        expect(openWrite(shopA, page?.body ?? '')).toMatchObject([
          { customer: '0', values: [] },
          { customer: '8001' },
        ])
      }
    })
  })
})

it('what lies still for longer than the period is ended, and keeps nobody', async () => {
  await withKeys(newKey, async (app) => {
    const { prisma, forgetOld, pauseOperation, startOperation } = app
    const undo = {
      kind: 'undo',
      scope: { search: '' },
      title: 'All runs',
      expected: 1,
      certainty: 'exact',
    } as const
    const operation = await startOperation(shopA, undo)
    await pauseOperation(shopA, operation)
    await forgetOld(inDays(6))
    expect(await prisma.syncPage.count()).toBe(3)
    expect(await prisma.operation.findFirst()).toMatchObject({ state: 'paused' })

    await forgetOld(inDays(8))
    expect(await prisma.syncPage.count()).toBe(0)
    expect(await prisma.sync.findFirst()).toMatchObject({
      state: 'canceled',
      activeShop: null,
      problem: { code: 'sync-left-idle' },
    })
    expect(await prisma.operation.findFirst()).toMatchObject({
      state: 'stopped',
      problem: { code: 'operation-left-idle' },
    })
    // And then they go like any other.
    await forgetOld(inDays(16))
    expect([await prisma.sync.count(), await prisma.operation.count()]).toEqual([0, 0])
  })
})

it('values of a mapping go with it, and everything with the last one', async () => {
  await withKeys(newKey, async (app) => {
    const { prisma, deleteMapping, forgetOld, openHeld } = app
    const ids = { kept: uuidv7(), gone: uuidv7() }
    for (const [slot, id] of Object.entries(ids)) {
      const target = { namespace: 'klaviyo', key: slot, type: 'single_line_text_field' }
      await prisma.mapping.create({
        data: { id, shopId: shopA, slot, ...target, document: {}, position: 0 },
      })
    }
    await hold(app, { 9_001: { held: { kept: '1', gone: '2' } }, 9_002: { held: { kept: '3' } } })
    const address = { shopId: shopA, hash: 'of an address', customerId: 9_001n }
    await prisma.customerAddress.create({ data: address })
    const held = async () =>
      (await prisma.syncedCustomer.findMany({ orderBy: { customerId: 'asc' } })).map((customer) =>
        openHeld(shopA, customer.held),
      )
    await forgetOld()
    expect(await held()).toEqual([{ kept: '1', gone: '2' }, { kept: '3' }])

    await deleteMapping(shopA, ids.gone)
    await forgetOld()
    expect(await held()).toEqual([{ kept: '1' }, { kept: '3' }])
    expect(await prisma.customerAddress.count()).toBe(1)

    await deleteMapping(shopA, ids.kept)
    await forgetOld()
    expect(await held()).toEqual([])
    expect(await prisma.customerAddress.count()).toBe(0)
  })
})
