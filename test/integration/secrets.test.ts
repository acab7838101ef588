/**
 * After a story with everything in it: no secret and no person in the clear, neither in the
 * database, nor in the log, nor in an address that the app called.
 */
import { randomUUID } from 'node:crypto'
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises'
import { createServer, request as send } from 'node:http'
import type { Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { z } from 'zod'
import { apiSecret } from '../../sandbox/app.ts'
import { seedFirstStore } from '../../sandbox/seed.ts'
import { Merchant, flowHeaders, ruleOn } from '../harness/merchant.ts'
import { database, eventually, openStage, shopA, tagsOf } from '../harness/stage.ts'
import type { Stage } from '../harness/stage.ts'
import { Syncing, mapping } from '../harness/sync.ts'

const klaviyoKey = 'pk_demo_one_00000000000000000000000000'
const refusedKey = 'pk_of_nobody_1234567890'

/** A customer whose names and addresses nothing else holds. */
const person = {
  firstName: 'Zephyrine',
  lastName: 'Quillfeather',
  email: 'zephyrine.q@example.com',
  phone: '+12025550188',
}
/** A subscriber who never bought. */
const stranger = { email: 'mortimer.s@example.net', phone: '+12025550189' }

const persons = [...Object.values(person), ...Object.values(stranger)]

let stage: Stage
let merchant: Merchant
let folder: string
let proxies: Proxy[]
/** Takes the webhooks of rules. */
let receiver: { url: string; bodies: string[]; close(): Promise<void> }
/** What nobody may read: name -> pattern. */
let secrets: Map<string, RegExp>
let sessionToken: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'klaviyo-actions-secrets-'))
  receiver = await openReceiver()
  const [shopify, klaviyo] = await Promise.all([openProxy(), openProxy()])
  proxies = [shopify, klaviyo]
  stage = await openStage({
    env: {
      SHOPIFY_ADMIN_ORIGIN: shopify.url,
      KLAVIYO_BASE_URL: klaviyo.url,
      DATA_DIR: folder,
      LOG_LEVEL: 'debug',
    },
  })
  shopify.target = stage.sandbox.shopifyUrl
  klaviyo.target = stage.sandbox.klaviyoUrl
  merchant = new Merchant(stage, shopA)
  await liveThroughAll()
  // The person did get through to where the rules sent it.
  expect(receiver.bodies).toContain(`{"name": "${person.firstName}"}`)
  const { endpoint, signingSecret } = await merchant.settings()
  expect(endpoint.secrets).toHaveLength(2)
  secrets = new Map([
    ['the Klaviyo key', literally(klaviyoKey)],
    ['a Klaviyo key that was refused', literally(refusedKey)],
    ['a token of Shopify’s', /shp(at|rt|ua|ca|ss)_\w/],
    ['the app’s secret', literally(apiSecret)],
    ['the secret that signs webhooks', literally(signingSecret)],
    ['a session token', literally(sessionToken)],
    ...endpoint.secrets.map(
      ({ value }, index) => [`the endpoint’s secret ${index}`, literally(value)] as const,
    ),
  ])
})
afterAll(async () => {
  await stage.close()
  await Promise.all([receiver, ...proxies].map((server) => server.close()))
  await rm(folder, { recursive: true })
})

const literally = (text: string) => new RegExp(text.replaceAll(/[^\w]/g, '\\$&'), 'i')

interface Proxy {
  url: string
  target: string
  /** `GET /path?query` of each call. */
  calls: string[]
  close(): Promise<void>
}

/** Passes calls on to `target` and writes their addresses down. */
async function openProxy(): Promise<Proxy> {
  const server: Server = createServer((incoming, answer) => {
    const { method = 'GET', url = '/', headers } = incoming
    proxy.calls.push(`${method} ${url}`)
    const outgoing = send(new URL(url, proxy.target), { method, headers }, (upstream) => {
      answer.writeHead(upstream.statusCode ?? 502, upstream.headers)
      upstream.pipe(answer)
    })
    outgoing.on('error', () => answer.destroy())
    incoming.pipe(outgoing)
  })
  const listening = await listen(server)
  const proxy: Proxy = { ...listening, target: '', calls: [] }
  return proxy
}

async function openReceiver(): Promise<typeof receiver> {
  const bodies: string[] = []
  const server = createServer((request, answer) => {
    void text(request).then((body) => {
      bodies.push(body)
      answer.writeHead(204).end()
    })
  })
  return { ...(await listen(server)), bodies }
}

async function listen(server: Server): Promise<{ url: string; close(): Promise<void> }> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = z.object({ port: z.number() }).parse(server.address())
  return {
    url: `http://127.0.0.1:${port}`,
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** All that can happen to a person's data, well and badly. */
async function liveThroughAll(): Promise<void> {
  await merchant.saveSettings({ intent: 'connect', key: refusedKey })
  await seedFirstStore(stage.sandbox)
  sessionToken = await merchant.session.token()
  const customer = z
    .object({ id: z.string() })
    .parse(await stage.shopify.post('/customers', { shop: shopA, ...person })).id
  await stage.klaviyo.post('/profiles', {
    account: 'demo-one',
    email: person.email,
    phone_number: person.phone,
    first_name: person.firstName,
    last_name: person.lastName,
    properties: { nickname: person.firstName },
  })

  const metric = 'Of a person'
  const nameExists = {
    kind: 'test',
    source: 'profile',
    path: 'first_name',
    type: 'presence',
    operator: 'exists',
  }
  const conditions = { kind: 'group', match: 'all', items: [nameExists] }
  const add = (...tags: string[]) => [{ kind: 'add-tags' as const, tags }]
  await merchant.addRule(ruleOn(metric, add('known'), { conditions }))
  await merchant.addRule(ruleOn(metric, add('shadowed'), { conditions }), 'shadow')
  await merchant.addRule(ruleOn(metric, add('never'), { conditions: not(conditions) }))
  // Fail in the hands of what the person is called.
  await merchant.addRule(ruleOn(metric, add('{{ profile.last_name }}, {{ profile.first_name }}')))
  await merchant.addRule(ruleOn(metric, add('{{ event.note }}')))
  await merchant.addRule(ruleOn(metric, add('{{ profile.first_name | append: event.note }}')))
  await merchant.addRule(
    ruleOn(metric, add('waiting'), { noCustomer: { then: 'wait', hours: 24 } }),
  )

  // What goes to Klaviyo and to other receivers is made of persons too.
  const property = (as: string) => ({ key: 'nick', value: '{{ profile.first_name }}', as })
  const webhook = (body: string) => ({ url: receiver.url, body })
  const acting = (...actions: [kind: string, settings: object][]) =>
    ruleOn(metric, [], {
      actions: actions.map(([kind, settings], index) => ({ id: String(index), kind, settings })),
    })
  const greeting = await merchant.addRule(
    acting(
      ['set-profile-properties', { properties: [property('text')] }],
      ['record-event', { metric: 'Greeted', properties: [property('text')] }],
      ['send-webhook', webhook('{"name": {{ profile.first_name | json }}}')],
    ),
  )
  await stage.shopify.post('/orders', { shop: shopA, customerId: customer })
  const named = '{{ profile.email }}'
  await merchant.addRule(
    acting(
      ['add-tags', { tags: [named, '{{ profile.last_name }}'], removeAfterDays: 30 }],
      [
        'annotate-order',
        { order: { which: 'latest' }, attributes: [{ key: 'who', value: named }], tags: [named] },
      ],
    ),
  )
  await merchant.addRule(acting(['remove-tags', { tags: ['none of {{ profile.email }}'] }]))
  await merchant.addRule(acting(['set-profile-properties', { properties: [property('number')] }]))
  await merchant.addRule(acting(['send-webhook', webhook('{"name": {{ profile.first_name }}}')]))

  const event = {
    metric,
    email: person.email,
    phone: person.phone,
    name: person.firstName,
    note: `${person.lastName} `.repeat(40),
    properties: { address: { name: person.lastName, phones: [person.phone] } },
  }
  expect(await merchant.post(event)).toBe(202)
  expect(await merchant.post({ ...event, ...stranger })).toBe(202)
  // Once more with trouble on both sides, of every kind that ends up in the log.
  await stage.shopify.post('/tokens/expire', { shop: shopA })
  await stage.shopify.post('/faults', { kind: 'status', status: 500, door: 'oauth' })
  await stage.shopify.post('/faults', { kind: 'drop', times: 2 })
  await stage.klaviyo.post('/faults', { kind: 'cloudflare', path: '/api/profiles' })
  await stage.klaviyo.post('/faults', { kind: 'drop', path: '/api/profiles' })
  expect(await merchant.post(event)).toBe(202)

  const { url, secrets } = (await merchant.settings()).endpoint
  const secret = secrets.at(-1)?.value ?? ''
  for (const body of [
    JSON.stringify({ metric, email: [person.email] }),
    JSON.stringify({ metric, email: person.email, occurred_at: person.firstName }),
    `{"email": "${person.email}" "first_name": "${person.firstName}"}`,
    `{'email': '${person.email}'}`,
  ]) {
    const refused = await fetch(url, { method: 'POST', headers: flowHeaders(secret), body })
    expect(refused.status).toBe(400)
  }
  const guess = await fetch(url, { method: 'POST', headers: flowHeaders(`x${secret}`), body: '{}' })
  expect(guess.status).toBe(401)

  await eventually(async () => {
    const runs = await merchant.runs()
    expect(runs).toHaveLength(36)
    const states = runs.map(({ state }) => state)
    expect(new Set(states)).toEqual(new Set(['done', 'skipped', 'failed', 'waiting']))
    const open = runs.filter(({ state }) => state === 'waiting')
    expect(open.map(({ note }) => note)).toEqual(['No such customer in Shopify yet.'])
  }, 60_000)
  expect(await tagsOf(stage, shopA, person.email)).toContain(person.email)

  const syncing = new Syncing(merchant.session)
  const nickname = {
    source: { kind: 'property', key: 'nickname' },
    type: 'single_line_text_field',
    decimals: null,
  }
  await syncing.map(mapping('nickname', nickname))
  expect((await syncing.run()).counts.written).toBe(1)
  const undone = await merchant.session.submit('/app/undo', 'app.undo', {
    intent: 'start',
    search: `?rule=${greeting}&${await merchant.find(person.email)}`,
  })
  expect(await undone.text()).toContain('Undoing')

  await merchant.saveSettings({ intent: 'rotate' })
  const asked = { shop: shopA, topic: 'customers/data_request', webhookId: randomUUID() }
  expect(await stage.shopify.post('/webhooks', { ...asked, customerId: customer })).toMatchObject({
    status: 200,
  })
  for (const path of ['/app', '/app/settings', '/app/activity', '/nowhere']) {
    await merchant.session.fetch(`${path}?shop=${shopA}&embedded=1&id_token=${sessionToken}`)
  }
}

const not = (conditions: { items: object[] }) => ({
  ...conditions,
  items: conditions.items.map((item) => ({ ...item, operator: 'missing' })),
})

function expectNothingSecret(where: string, text: string): void {
  for (const [what, pattern] of secrets) {
    expect(pattern.exec(text), `${what} in ${where}: ${around(text, pattern)}`).toBeNull()
  }
}

function expectNobody(where: string, text: string): void {
  for (const word of persons) {
    const pattern = literally(word)
    expect(pattern.exec(text), `${word} in ${where}: ${around(text, pattern)}`).toBeNull()
  }
}

const around = (text: string, pattern: RegExp) => {
  const at = text.search(pattern)
  return at < 0 ? '' : text.slice(Math.max(0, at - 120), at + 120)
}

const tableRows = z.array(z.object({ schema: z.string(), name: z.string() }))

it.runIf(database === 'postgresql')(
  'no table holds a secret or a person in the clear',
  async () => {
    const tables = tableRows.parse(
      await stage.query(`
      select table_schema as schema, table_name as name from information_schema.tables
      where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')`),
    )
    const filled = new Set<string>()
    for (const { schema, name } of tables) {
      const rows = await stage.query(`select to_jsonb(t)::text as row from "${schema}"."${name}" t`)
      if (rows.length > 0) filled.add(name)
      const text = JSON.stringify(rows)
      expectNothingSecret(`${schema}.${name}`, text)
      expectNobody(`${schema}.${name}`, text)
    }
    // The story has been through every table of ours.
    const models = [
      ...['Session', 'Shop', 'Connection', 'Endpoint', 'EndpointSecret', 'InboundEvent', 'Rule'],
      ...['RuleVersion', 'Run', 'Step', 'TagGrant', 'PrivacyRequest', 'Operation', 'Mapping'],
      ...['Sync', 'SyncFinding', 'CustomerAddress', 'SyncedCustomer'],
    ]
    expect([...filled]).toEqual(expect.arrayContaining(models))
    // Of a person these know no more than Shopify's number; pages are sealed, and gone with their sync.
    const others = ['IssuedCode', 'Upkeep', 'SyncPage', 'SyncWrite']
    expect(
      tables
        .filter(({ schema }) => schema === 'public')
        .map(({ name }) => name)
        .sort(),
    ).toEqual([...models, ...others, '_prisma_migrations'].sort())
  },
)

it('no page gives the Klaviyo key or a token of Shopify’s away', async () => {
  for (const path of ['/app', '/app/rules', '/app/activity', '/app/settings']) {
    const response = await merchant.session.fetch(`${path}?_data=routes/app`)
    expectNothingSecret(path, await response.text())
  }
  const settings = await (await merchant.session.load('/app/settings', 'app.settings')).text()
  expect(settings).not.toContain(klaviyoKey)
  expect(settings).not.toMatch(/shp(at|rt)_/)
  // The secret is there to be copied, but not in the address.
  const { url, secrets } = (await merchant.settings()).endpoint
  for (const { value } of secrets) expect(url).not.toContain(value)
})

it('no address that the app called holds a secret', () => {
  const [shopify, klaviyo] = proxies.map(({ calls }) => calls)
  expect(shopify?.some((call) => call.includes('/admin/oauth/access_token'))).toBe(true)
  expect(shopify?.some((call) => call.includes('/graphql.json'))).toBe(true)
  expect(klaviyo?.some((call) => call.includes('/api/profiles'))).toBe(true)
  for (const { calls } of proxies) expectNothingSecret('an address', calls.join('\n'))
  // To Shopify persons travel in bodies. Klaviyo takes filters in the address alone.
  expectNobody('an address of Shopify', decodeURIComponent(shopify?.join('\n') ?? ''))
})

it('the log holds no secret and no person', () => {
  const log = stage.sandbox.apps.map((app) => app.output()).join('\n')
  // It does tell of what went wrong.
  expect(log).toContain('a delivery was refused')
  expectNothingSecret('the log', log)
  expectNobody('the log', log)
})

it.runIf(database === 'pglite')('no file of the embedded database holds any of it', async () => {
  await Promise.all(stage.sandbox.apps.map((app) => app.stop()))
  const files = await readdir(folder, { recursive: true, withFileTypes: true })
  let isThere = false
  for (const file of files.filter((each) => each.isFile())) {
    const bytes = await readFile(join(file.parentPath, file.name), 'latin1')
    isThere ||= bytes.includes('klaviyo-reengaged')
    expectNothingSecret(file.name, bytes)
    expectNobody(file.name, bytes)
  }
  // What is no secret can be read like this.
  expect(isThere).toBe(true)
})
