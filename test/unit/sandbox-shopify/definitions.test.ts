import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { Store } from '../../../sandbox/shopify/store.ts'
import { ask, newStore } from './admin.ts'

/** Definitions of customers' metafields, asked for as the Admin API is. */

const ada = 'gid://shopify/Customer/7100000000001'
const ben = 'gid://shopify/Customer/7100000000002'

const userErrors = z.array(
  z.object({ field: z.array(z.string()).nullable(), code: z.string(), message: z.string() }),
)
const outcome = z.object({
  outcome: z.object({
    definition: z.looseObject({ id: z.string() }).nullable(),
    userErrors,
  }),
})

async function define(store: Store, definition: object) {
  const answer = await ask(
    store,
    `mutation ($definition: MetafieldDefinitionInput!) {
       outcome: metafieldDefinitionCreate(definition: $definition) {
         definition: createdDefinition { id key pinnedPosition validationStatus metafieldsCount
           validations { name type value } access { admin storefront customerAccount }
           capabilities { adminFilterable { enabled eligible status } } }
         userErrors { field code message } } }`,
    {
      definition: {
        name: 'Churn',
        namespace: 'klaviyo',
        key: 'churn',
        type: 'number_decimal',
        ownerType: 'CUSTOMER',
        ...definition,
      },
    },
  )
  return outcome.parse(answer).outcome
}

const codes = async (store: Store, definition: object) =>
  (await define(store, definition)).userErrors.map(({ code }) => code)

async function set(store: Store, value: string, type = 'number_decimal') {
  const answer = await ask(
    store,
    `mutation ($metafields: [MetafieldsSetInput!]!) {
       metafieldsSet(metafields: $metafields) { userErrors { field code message } } }`,
    { metafields: [{ ownerId: ada, namespace: 'klaviyo', key: 'churn', type, value }] },
  )
  return z.object({ metafieldsSet: z.object({ userErrors }) }).parse(answer).metafieldsSet
    .userErrors
}

const named = 'identifier: { ownerType: CUSTOMER, namespace: "klaviyo", key: "churn" }'

describe('creating', () => {
  it('tells what it made', async () => {
    const validations = [{ name: 'min', value: '0' }]
    const made = await define(newStore(), {
      pin: true,
      validations,
      access: { storefront: 'PUBLIC_READ' },
      capabilities: { adminFilterable: { enabled: true } },
    })
    expect(made).toMatchObject({
      definition: {
        pinnedPosition: 1,
        validationStatus: 'ALL_VALID',
        validations: [{ name: 'min', type: 'number_decimal', value: '0' }],
        access: { admin: 'PUBLIC_READ_WRITE', storefront: 'PUBLIC_READ', customerAccount: 'NONE' },
        capabilities: { adminFilterable: { enabled: true, eligible: true, status: 'FILTERABLE' } },
      },
      userErrors: [],
    })
  })

  it.each([
    [{ name: ' ' }, 'BLANK'],
    [{ name: 'x'.repeat(256) }, 'TOO_LONG'],
    [{ key: 'a b' }, 'INVALID_CHARACTER'],
    [{ namespace: 'k' }, 'TOO_SHORT'],
    [{ type: 'float' }, 'INCLUSION'],
    [{ access: { admin: 'MERCHANT_READ' } }, 'ADMIN_ACCESS_INPUT_NOT_ALLOWED'],
    [{ type: 'json', capabilities: { adminFilterable: { enabled: true } } }, 'INVALID_CAPABILITY'],
    [{ validations: [{ name: 'choices', value: '["a"]' }] }, 'INVALID_OPTION'],
    [
      {
        validations: [
          { name: 'min', value: '1' },
          { name: 'min', value: '2' },
        ],
      },
      'DUPLICATE_OPTION',
    ],
  ])('refuses %j', async (definition, code) => {
    expect(await codes(newStore(), definition)).toEqual([code])
  })

  it('lets the app have admin access of its own namespace', async () => {
    const definition = { namespace: '$app', access: { admin: 'MERCHANT_READ_WRITE' } }
    expect(await define(newStore(), definition)).toMatchObject({
      definition: { access: { admin: 'MERCHANT_READ_WRITE' } },
    })
  })

  it('ends at 256, at 20 pinned and at 50 that can be filtered by', async () => {
    const store = newStore()
    const filter = { capabilities: { adminFilterable: { enabled: true } } }
    for (let each = 0; each < 255; each++) {
      const more = each < 20 ? { pin: true } : each < 70 ? filter : {}
      expect(await codes(store, { key: `key-${each}`, ...more })).toEqual([])
    }
    expect(await codes(store, { pin: true })).toEqual(['PINNED_LIMIT_REACHED'])
    expect(await codes(store, filter)).toEqual([
      'OWNER_TYPE_LIMIT_EXCEEDED_FOR_USE_AS_ADMIN_FILTERS',
    ])
    expect(await codes(store, {})).toEqual([])
    expect(await codes(store, { key: 'one-more' })).toEqual(['RESOURCE_TYPE_LIMIT_EXCEEDED'])
    expect(await codes(store, { namespace: '$app' })).toEqual([])
  })

  it('takes over the values that fit, and leaves the others as they are', async () => {
    const store = newStore()
    const text = { namespace: 'klaviyo', key: 'churn', type: 'single_line_text_field' }
    store.setMetafield({ ...text, ownerId: ada, value: '0.5' }, 'merchant')
    store.setMetafield({ ...text, ownerId: ben, value: 'high' }, 'merchant')
    const { definition } = await define(store, {})
    expect(definition).toMatchObject({ validationStatus: 'SOME_INVALID', metafieldsCount: 2 })
    expect(store.metafields.of(ada)).toMatchObject([{ type: 'number_decimal' }])
    expect(store.metafields.of(ben)).toMatchObject([{ type: 'single_line_text_field' }])
  })
})

it('holds values to the options of a definition', async () => {
  const store = newStore()
  await define(store, {
    validations: [
      { name: 'min', value: '0' },
      { name: 'max', value: '1' },
      { name: 'max_precision', value: '2' },
    ],
  })
  expect(await set(store, '0.25')).toEqual([])
  for (const value of ['-0.1', '1.5', '0.125']) {
    expect(await set(store, value)).toMatchObject([
      { field: ['metafields', '0', 'value'], code: 'INVALID_VALUE' },
    ])
  }
  const choices = [{ name: 'choices', value: '["low","high"]' }]
  const other = newStore()
  await define(other, { type: 'single_line_text_field', validations: choices })
  expect(await set(other, 'low', 'single_line_text_field')).toEqual([])
  expect(await set(other, 'middling', 'single_line_text_field')).toMatchObject([
    { message: 'Value does not exist in provided choices: ["low","high"].' },
  ])
})

it('pins and unpins, and shows those pinned last first', async () => {
  const store = newStore()
  await define(store, {})
  await define(store, { key: 'value', name: 'Value', pin: true })
  const pin = `mutation { metafieldDefinitionPin(${named}) { pinnedDefinition { pinnedPosition } userErrors { code } } }`
  expect(await ask(store, pin)).toMatchObject({
    metafieldDefinitionPin: { pinnedDefinition: { pinnedPosition: 2 } },
  })
  expect(await ask(store, pin)).toMatchObject({
    metafieldDefinitionPin: { pinnedDefinition: null, userErrors: [{ code: 'ALREADY_PINNED' }] },
  })
  const pinned =
    '{ metafieldDefinitions(ownerType: CUSTOMER, first: 5, pinnedStatus: PINNED, sortKey: PINNED_POSITION) { nodes { key } } }'
  expect(await ask(store, pinned)).toEqual({
    metafieldDefinitions: { nodes: [{ key: 'churn' }, { key: 'value' }] },
  })
  const unpin = `mutation { metafieldDefinitionUnpin(${named}) { unpinnedDefinition { pinnedPosition } userErrors { code } } }`
  await ask(store, unpin)
  expect(await ask(store, unpin)).toMatchObject({
    metafieldDefinitionUnpin: { userErrors: [{ code: 'NOT_PINNED' }] },
  })
})

it('changes what can be changed', async () => {
  const store = newStore()
  await define(store, {})
  const update = (key: string) => `mutation { outcome: metafieldDefinitionUpdate(definition: {
    ownerType: CUSTOMER, namespace: "klaviyo", key: "${key}", name: "Risk", pin: true,
    capabilities: { adminFilterable: { enabled: true } } }) {
      definition: updatedDefinition { id name pinnedPosition capabilities { adminFilterable { enabled } } }
      userErrors { field code message } } }`
  expect(outcome.parse(await ask(store, update('churn'))).outcome).toMatchObject({
    definition: {
      name: 'Risk',
      pinnedPosition: 1,
      capabilities: { adminFilterable: { enabled: true } },
    },
    userErrors: [],
  })
  expect(outcome.parse(await ask(store, update('none'))).outcome).toMatchObject({
    definition: null,
    userErrors: [{ code: 'NOT_FOUND' }],
  })
})

it('goes away alone or with its metafields', async () => {
  const store = newStore()
  const remove = (all: boolean) =>
    `mutation { metafieldDefinitionDelete(${named}, deleteAllAssociatedMetafields: ${all}) { deletedDefinition { key } userErrors { code } } }`
  await define(store, {})
  await set(store, '1')
  await ask(store, remove(false))
  expect(await ask(store, `{ metafieldDefinition(${named}) { id } }`)).toEqual({
    metafieldDefinition: null,
  })
  expect(store.metafields.count({ namespace: 'klaviyo' })).toBe(1)
  await define(store, {})
  await ask(store, remove(true))
  await expect.poll(() => store.metafields.count({ namespace: 'klaviyo' })).toBe(0)
  expect(await ask(store, remove(true))).toMatchObject({
    metafieldDefinitionDelete: { userErrors: [{ code: 'NOT_FOUND' }] },
  })
})
