import { createHmac } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { demoStores, startShopify, type RunningShopify } from '../../../sandbox/shopify/server.ts'
import { subscribedTopics } from '../../../sandbox/shopify/subscriptions.ts'

/** Bulk operations over HTTP, as an app runs them: stage, upload, run, poll, fetch the result. */

const shop = 'demo-one.myshopify.com'
const secret = 'a-secret-of-the-sandbox'
const ada = 'gid://shopify/Customer/7100000000001'
const ben = 'gid://shopify/Customer/7100000000002'

const target = z.object({
  url: z.string(),
  parameters: z.array(z.object({ name: z.string(), value: z.string() })),
})
const operation = z.object({
  id: z.string(),
  status: z.string(),
  errorCode: z.string().nullable(),
  objectCount: z.string(),
  rootObjectCount: z.string(),
  fileSize: z.string().nullable(),
  url: z.string().nullable(),
  partialDataUrl: z.string().nullable(),
  completedAt: z.string().nullable(),
})
const started = z.object({
  run: z.object({
    bulkOperation: z.object({ id: z.string(), status: z.string() }).nullable(),
    userErrors: z.array(z.object({ code: z.string(), message: z.string() })),
  }),
})

const setMetafields = `mutation ($metafields: [MetafieldsSetInput!]!) {
  metafieldsSet(metafields: $metafields) { metafields { key value } userErrors { field code message } }
}`

let shopify: RunningShopify
let app: Server
let token: string
const received: { topic: unknown; isSigned: boolean; body: unknown }[] = []

beforeAll(async () => {
  app = createServer((request, response) => {
    void text(request).then((raw) => {
      const signature = createHmac('sha256', secret).update(raw).digest('base64')
      received.push({
        topic: request.headers['x-shopify-topic'],
        isSigned: request.headers['x-shopify-hmac-sha256'] === signature,
        body: JSON.parse(raw),
      })
      response.end()
    })
  })
  await new Promise<void>((resolve) => app.listen(0, '127.0.0.1', resolve))
  const { port } = z.object({ port: z.number() }).parse(app.address())
  shopify = await startShopify({
    port: 0,
    appUrl: `http://127.0.0.1:${port}`,
    apiKey: 'sandbox',
    apiSecret: secret,
    klaviyoUrl: 'http://127.0.0.1:1',
    stores: demoStores(),
    topics: ['bulk_operations/finish'],
  })
  const session = z
    .object({ token: z.string() })
    .parse(await control('/session-token', { shop })).token
  const granted = await fetch(`${shopify.url}/admin/oauth/access_token`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-shopify-shop-domain': shop },
    body: JSON.stringify({
      client_id: 'sandbox',
      client_secret: secret,
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token: session,
      subject_token_type: 'urn:ietf:params:oauth:token-type:id_token',
      requested_token_type: 'urn:shopify:params:oauth:token-type:offline-access-token',
      expiring: '1',
    }),
  })
  token = z.object({ access_token: z.string() }).parse(await granted.json()).access_token
})

afterAll(async () => {
  await shopify.close()
  app.close()
})

beforeEach(async () => {
  await control('/install', { shop })
  await control('/reset', {})
  received.length = 0
})

async function control(path: string, body?: object): Promise<unknown> {
  const response = await fetch(`${shopify.url}/_sandbox${path}`, {
    method: body ? 'POST' : 'GET',
    headers: { 'content-type': 'application/json' },
    body: body && JSON.stringify(body),
  })
  expect(response.status, await response.clone().text()).toBe(200)
  return response.json()
}

async function ask(query: string, variables: object = {}): Promise<unknown> {
  const response = await fetch(`${shopify.url}/admin/api/2026-10/graphql.json`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-shopify-shop-domain': shop,
      'x-shopify-access-token': token,
    },
    body: JSON.stringify({ query, variables }),
  })
  const answer = z
    .object({ data: z.unknown().optional(), errors: z.unknown().optional() })
    .parse(await response.json())
  expect(answer.errors).toBeUndefined()
  return answer.data
}

async function stage(mimeType = 'text/jsonl') {
  const answer = await ask(
    `mutation ($input: [StagedUploadInput!]!) { stagedUploadsCreate(input: $input) {
       stagedTargets { url parameters { name value } } userErrors { field message } } }`,
    {
      input: [
        { resource: 'BULK_MUTATION_VARIABLES', filename: 'vars', mimeType, httpMethod: 'POST' },
      ],
    },
  )
  return z
    .object({
      stagedUploadsCreate: z.object({
        stagedTargets: z.array(target).nullable(),
        userErrors: z.array(z.object({ field: z.array(z.string()), message: z.string() })),
      }),
    })
    .parse(answer).stagedUploadsCreate
}

async function upload(file: BlobPart, change?: (form: FormData) => void) {
  const { stagedTargets } = await stage()
  const [{ url, parameters } = { url: '', parameters: [] }] = stagedTargets ?? []
  const form = new FormData()
  for (const { name, value } of parameters) form.append(name, value)
  change?.(form)
  form.append('file', new Blob([file]))
  const response = await fetch(url, { method: 'POST', body: form })
  const key = parameters.find(({ name }) => name === 'key')?.value ?? ''
  return { status: response.status, xml: await response.text(), key }
}

async function run(mutation: string, stagedUploadPath: string) {
  const answer = await ask(
    `mutation ($mutation: String!, $stagedUploadPath: String!) {
       run: bulkOperationRunMutation(mutation: $mutation, stagedUploadPath: $stagedUploadPath) {
         bulkOperation { id status } userErrors { code message } } }`,
    { mutation, stagedUploadPath },
  )
  return started.parse(answer).run
}

async function runQuery(query: string) {
  const answer = await ask(
    `mutation ($query: String!) { run: bulkOperationRunQuery(query: $query) {
       bulkOperation { id status } userErrors { code message } } }`,
    { query },
  )
  return started.parse(answer).run
}

async function read(id: string | undefined) {
  const answer = await ask(
    `query ($id: ID!) { bulkOperation(id: $id) { id status errorCode objectCount rootObjectCount
       fileSize url partialDataUrl completedAt } }`,
    { id },
  )
  return z.object({ bulkOperation: operation }).parse(answer).bulkOperation
}

const becomes = (id: string | undefined, status: string) =>
  expect.poll(async () => (await read(id)).status, { timeout: 5_000, interval: 10 }).toBe(status)

async function rows(url: string | null): Promise<unknown[]> {
  const response = await fetch(url ?? '')
  expect(response.status).toBe(200)
  const lines = (await response.text()).split('\n').filter(Boolean)
  return lines.map((line): unknown => JSON.parse(line))
}

const metafield = (ownerId: string, value: string, type = 'number_decimal') => ({
  ownerId,
  namespace: 'klaviyo',
  key: 'predicted_clv',
  type,
  value,
})
const jsonl = (...lines: unknown[]) =>
  lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n')
const line = (...metafields: object[]) => ({ metafields })

async function importing(...lines: unknown[]): Promise<string | undefined> {
  const { key } = await upload(jsonl(...lines))
  return (await run(setMetafields, key)).bulkOperation?.id
}

describe('a staged upload', () => {
  it('takes the file with the parameters it was given, and no other', async () => {
    expect(await upload(jsonl(line()))).toMatchObject({ status: 201 })
    const unsigned = await upload(jsonl(line()), (form) => {
      form.delete('x-goog-signature')
    })
    expect(unsigned.status).toBe(403)
    expect(unsigned.xml).toContain('<Code>SignatureDoesNotMatch</Code>')
    const { key } = await upload(jsonl(line()), (form) => {
      form.set('policy', 'e30=')
    })
    expect((await run(setMetafields, key)).userErrors).toMatchObject([{ code: 'NO_SUCH_FILE' }])
  })

  it('ignores what comes after the file, and the key must come before', async () => {
    const { xml } = await upload('{}', (form) => {
      const key = form.get('key')
      form.delete('key')
      form.append('file', new Blob(['{}']))
      if (key !== null) form.append('key', key)
    })
    expect(xml).toContain('<Code>InvalidArgument</Code>')
  })

  it('is refused above 100 MB, in XML', async () => {
    const { status, xml } = await upload(new Uint8Array(100_000_001))
    expect(status).toBe(400)
    expect(xml).toContain('<Code>EntityTooLarge</Code>')
  })

  it('is for JSONL', async () => {
    expect(await stage('text/csv')).toEqual({
      stagedTargets: null,
      userErrors: [
        { field: ['input', '0', 'mimeType'], message: 'text/csv is not a recognized format' },
      ],
    })
  })
})

describe('a bulk mutation', () => {
  it('runs each line as a request of its own and tells of each by its number', async () => {
    const id = await importing(
      line(metafield(ada, '120.5')),
      line(metafield(ben, 'many')),
      '',
      '{"metafields": [',
      { metafields: 'none' },
      line(metafield('gid://shopify/Customer/1', '1')),
    )
    await becomes(id, 'COMPLETED')
    const done = await read(id)
    expect(done).toMatchObject({ errorCode: null, objectCount: '5', partialDataUrl: null })
    const response = await fetch(done.url ?? '')
    expect(String((await response.text()).length)).toBe(done.fileSize)
    const errors: unknown = expect.arrayContaining([expect.objectContaining({})])
    expect(await rows(done.url)).toMatchObject([
      {
        data: {
          metafieldsSet: { metafields: [{ key: 'predicted_clv', value: '120.5' }], userErrors: [] },
        },
        __lineNumber: 0,
      },
      { data: { metafieldsSet: { userErrors: [{ code: 'INVALID_VALUE' }] } }, __lineNumber: 1 },
      { errors, __lineNumber: 3 },
      { errors, __lineNumber: 4 },
      { data: { metafieldsSet: { userErrors: [{ code: 'INVALID' }] } }, __lineNumber: 5 },
    ])
    expect(
      await control(`/metafields/state?shop=${shop}&namespace=klaviyo&key=predicted_clv`),
    ).toMatchObject({ count: 1, writes: { created: 1, repeated: 0 } })
  })

  it.each([
    ['mutation { metafieldsSet(metafields: []) { userErrors { nonsense } } }', 'INVALID_MUTATION'],
    ['{ shop { name } }', 'INVALID_MUTATION'],
    [
      `mutation { a: tagsAdd(id: "${ada}", tags: ["x"]) { userErrors { message } } b: tagsAdd(id: "${ben}", tags: ["x"]) { userErrors { message } } }`,
      'INVALID_MUTATION',
    ],
    [
      'mutation { bulkOperationCancel(id: "gid://shopify/BulkOperation/1") { userErrors { message } } }',
      'INVALID_MUTATION',
    ],
  ])('refuses %s', async (mutation, code) => {
    const { key } = await upload(jsonl(line()))
    expect(await run(mutation, key)).toMatchObject({ bulkOperation: null, userErrors: [{ code }] })
  })

  it('refuses a file that is not there or is no JSONL', async () => {
    const { stagedTargets } = await stage()
    const path = stagedTargets?.[0]?.parameters.find(({ name }) => name === 'key')?.value ?? ''
    expect((await run(setMetafields, path)).userErrors).toMatchObject([{ code: 'NO_SUCH_FILE' }])
    const { key } = await upload('id,value\n1,2')
    expect((await run(setMetafields, key)).userErrors).toMatchObject([
      { code: 'INVALID_STAGED_UPLOAD_FILE' },
    ])
  })

  it('is one of five at most, and a query is not counted among them', async () => {
    await control('/bulk', { held: true })
    const { key } = await upload(jsonl(line(metafield(ada, '1'))))
    for (let each = 0; each < 5; each++)
      expect((await run(setMetafields, key)).userErrors).toEqual([])
    expect(await run(setMetafields, key)).toMatchObject({
      bulkOperation: null,
      userErrors: [{ code: 'OPERATION_IN_PROGRESS' }],
    })
    expect((await runQuery('{ customers { edges { node { id } } } }')).userErrors).toEqual([])
    await control('/bulk', { held: false })
    await expect.poll(async () => (await run(setMetafields, key)).userErrors).toEqual([])
  })

  it('keeps to a speed, shows how far it is, and stops when it is cancelled', async () => {
    await control('/bulk', { rowsPerSecond: 50 })
    const id = await importing(...Array.from({ length: 200 }, () => line(metafield(ada, '1'))))
    await expect.poll(async () => Number((await read(id)).objectCount)).toBeGreaterThan(2)
    expect(await read(id)).toMatchObject({ status: 'RUNNING', url: null, completedAt: null })
    const cancel = `mutation { bulkOperationCancel(id: "${id}") { bulkOperation { status } userErrors { message } } }`
    expect(await ask(cancel)).toMatchObject({
      bulkOperationCancel: { bulkOperation: { status: 'CANCELING' }, userErrors: [] },
    })
    await becomes(id, 'CANCELED')
    expect(Number((await read(id)).objectCount)).toBeLessThan(200)
    expect(await ask(cancel)).toMatchObject({
      bulkOperationCancel: {
        userErrors: [{ message: 'A bulk operation cannot be canceled when it is canceled' }],
      },
    })
  })

  it('can fail in the middle: what was done stays done, and is in the partial data', async () => {
    await control('/bulk/fail', { shop, errorCode: 'TIMEOUT', afterRows: 1 })
    const id = await importing(line(metafield(ada, '1')), line(metafield(ben, '2')))
    await becomes(id, 'FAILED')
    const failed = await read(id)
    expect(failed).toMatchObject({ errorCode: 'TIMEOUT', url: null, completedAt: null })
    expect(await rows(failed.partialDataUrl)).toMatchObject([{ __lineNumber: 0 }])
    expect(await control(`/metafields?shop=${shop}&id=${ada}`)).toHaveLength(1)
    expect(await control(`/metafields?shop=${shop}&id=${ben}`)).toEqual([])
  })

  it('can fail for chosen rows, which may have taken effect all the same', async () => {
    for (const applied of [false, true]) {
      await control('/bulk/fail-rows', { shop, lines: [1], applied })
      const id = await importing(line(metafield(ada, '1')), line(metafield(ben, '2')))
      await becomes(id, 'COMPLETED')
      const [first, second] = await rows((await read(id)).url)
      expect(first).toMatchObject({ data: {} })
      expect(second).toMatchObject({ errors: [{}], __lineNumber: 1 })
      expect(await control(`/metafields?shop=${shop}&id=${ben}`)).toHaveLength(applied ? 1 : 0)
    }
  })

  it('fails as a whole when the app lacks the scope', async () => {
    await control('/scopes', { shop, scopes: ['read_customers'] })
    const id = await importing(line(metafield(ada, '1')))
    await becomes(id, 'FAILED')
    expect((await read(id)).errorCode).toBe('ACCESS_DENIED')
  })

  it('is over after seven days', async () => {
    const id = await importing(line(metafield(ada, '1')))
    await becomes(id, 'COMPLETED')
    const { url } = await read(id)
    await control('/bulk/expire', { shop, id })
    expect(await read(id)).toMatchObject({ status: 'EXPIRED', url: null })
    const gone = await fetch(url ?? '')
    expect([gone.status, await gone.text()]).toEqual([
      400,
      expect.stringContaining('<Code>ExpiredToken</Code>'),
    ])
  })

  it('lets upload and download go wrong as told', async () => {
    await control('/faults', { kind: 'status', status: 503, door: 'storage', operation: 'upload' })
    expect((await upload(jsonl(line()))).status).toBe(503)
    const id = await importing(line(metafield(ada, '1')))
    await becomes(id, 'COMPLETED')
    const { url } = await read(id)
    await control('/faults', { kind: 'drop', door: 'storage', operation: 'download' })
    await expect(fetch(url ?? '')).rejects.toThrow()
    expect(await rows(url)).toHaveLength(1)
  })

  it('is told of by a signed webhook, unless that is lost', async () => {
    const id = await importing(line(metafield(ada, '1')))
    await expect.poll(() => received).toHaveLength(1)
    expect(received).toMatchObject([
      {
        topic: 'bulk_operations/finish',
        isSigned: true,
        body: { admin_graphql_api_id: id, status: 'completed', type: 'mutation', error_code: null },
      },
    ])
    await control('/bulk', { webhooks: false })
    await becomes(await importing(line(metafield(ada, '2'))), 'COMPLETED')
    expect(received).toHaveLength(1)
  })
})

describe('a bulk query', () => {
  it('writes a line for each customer, and one for each of what it carries', async () => {
    await control('/customers/bulk', { shop, count: 250, prefix: 'many', tags: ['crowd'] })
    const value = { namespace: 'klaviyo', key: 'status', value: 'Gold' }
    await control('/metafields', { shop, id: ada, ...value })
    const { bulkOperation, userErrors } = await runQuery(`{
      customers { edges { node {
        id tags defaultEmailAddress { emailAddress } defaultPhoneNumber { phoneNumber }
        status: metafield(namespace: "klaviyo", key: "status") { value compareDigest }
        metafields { edges { node { key value } } }
      } } } }`)
    expect(userErrors).toEqual([])
    await becomes(bulkOperation?.id, 'COMPLETED')
    const done = await read(bulkOperation?.id)
    expect(done).toMatchObject({ objectCount: '263', rootObjectCount: '262' })
    const lines = await rows(done.url)
    expect(lines.slice(0, 2)).toMatchObject([
      {
        id: ada,
        tags: ['newsletter', 'VIP'],
        defaultEmailAddress: { emailAddress: 'ada.moreno@example.com' },
        defaultPhoneNumber: { phoneNumber: '+12025550101' },
        status: { value: 'Gold' },
      },
      { key: 'status', value: 'Gold', __parentId: ada },
    ])
    expect(lines.at(-1)).toEqual({
      id: 'gid://shopify/Customer/7100000000262',
      tags: ['crowd'],
      defaultEmailAddress: { emailAddress: 'many249@example.com' },
      defaultPhoneNumber: null,
      status: null,
    })
  })

  it('searches', async () => {
    const { bulkOperation } = await runQuery(
      '{ customers(query: "tag:wholesale") { edges { node { firstName } } } }',
    )
    await becomes(bulkOperation?.id, 'COMPLETED')
    expect(await rows((await read(bulkOperation?.id)).url)).toEqual([{ firstName: 'Chloé' }])
  })

  it('has no file when it found nothing', async () => {
    const { bulkOperation } = await runQuery(
      '{ customers(query: "tag:nobody") { edges { node { id } } } }',
    )
    await becomes(bulkOperation?.id, 'COMPLETED')
    expect(await read(bulkOperation?.id)).toMatchObject({ url: null, objectCount: '0' })
  })

  it('refuses what is no connection, and what it can’t read', async () => {
    for (const query of [
      '{ shop { name } }',
      '{ customers {',
      '{ customers { pageInfo { hasNextPage } } }',
    ]) {
      expect((await runQuery(query)).userErrors).toMatchObject([{ code: 'INVALID' }])
    }
  })
})

it('lists operations, newest first, and by status and type', async () => {
  const first = await importing(line(metafield(ada, '1')))
  await becomes(first, 'COMPLETED')
  await control('/bulk', { held: true })
  const second = await importing(line(metafield(ada, '2')))
  const { bulkOperation: third } = await runQuery('{ customers { edges { node { id } } } }')
  const listed = async (query: string) =>
    ask(`query ($query: String) { bulkOperations(first: 10, query: $query) { nodes { id } } }`, {
      query,
    })
  const nodes = (...ids: (string | undefined)[]) => ({
    bulkOperations: { nodes: ids.map((id) => ({ id })) },
  })
  expect(await listed('')).toEqual(nodes(third?.id, second, first))
  expect(await listed('operation_type:mutation')).toEqual(nodes(second, first))
  expect(await listed('status:completed')).toEqual(nodes(first))
  expect(
    await ask(
      `{ currentBulkOperation(type: MUTATION) { id } query: currentBulkOperation { id }
         node(id: "${first}") { ... on BulkOperation { status } } }`,
    ),
  ).toEqual({
    currentBulkOperation: { id: second },
    query: { id: third?.id },
    node: { status: 'COMPLETED' },
  })
})

it('reads from shopify.app.toml which topics the app is told of', () => {
  expect(subscribedTopics()).toEqual(
    expect.arrayContaining(['app/uninstalled', 'app/scopes_update']),
  )
  expect(subscribedTopics()).not.toContain('shop/redact')
})
