import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { takeValue } from '../../../sandbox/shopify/metafields.ts'
import type { Store } from '../../../sandbox/shopify/store.ts'
import { ask, newStore } from './admin.ts'

/** The local Shopify's metafields, asked as the Admin API is. */

const ada = 'gid://shopify/Customer/7100000000001'

const set = async (store: Store, ...metafields: object[]) => {
  const answer = await ask(
    store,
    `mutation ($metafields: [MetafieldsSetInput!]!) { metafieldsSet(metafields: $metafields) {
       metafields { namespace key type value compareDigest } userErrors { field code message } } }`,
    { metafields: metafields.map((each) => ({ ownerId: ada, namespace: 'loyalty', ...each })) },
  )
  return z
    .object({
      metafieldsSet: z.object({
        metafields: z
          .array(z.object({ value: z.string(), compareDigest: z.string() }).loose())
          .nullable(),
        userErrors: z.array(
          z.object({ field: z.array(z.string()), code: z.string(), message: z.string() }),
        ),
      }),
    })
    .parse(answer).metafieldsSet
}

const text = (key: string, value: string) => ({ key, type: 'single_line_text_field', value })

describe('metafieldsSet', () => {
  it('stores, and the customer carries it', async () => {
    const store = newStore()
    expect((await set(store, text('status', 'Gold'))).userErrors).toEqual([])
    expect(
      await ask(
        store,
        `{ customer(id: "${ada}") { metafield(namespace: "loyalty", key: "status") { type value }
             none: metafield(namespace: "loyalty", key: "points") { value }
             metafields(first: 5, keys: ["loyalty.status"]) { nodes { key } } } }`,
      ),
    ).toEqual({
      customer: {
        metafield: { type: 'single_line_text_field', value: 'Gold' },
        none: null,
        metafields: { nodes: [{ key: 'status' }] },
      },
    })
    expect(store.journal.at(-1)).toMatchObject({
      metafield: { name: 'loyalty.status', before: null, after: 'Gold' },
    })
  })

  it('is atomic: one that is wrong keeps all the others out', async () => {
    const store = newStore()
    const points = { key: 'points', type: 'number_integer', value: 'many' }
    expect(await set(store, text('status', 'Gold'), points)).toEqual({
      metafields: [],
      userErrors: [
        {
          field: ['metafields', '1', 'value'],
          code: 'INVALID_VALUE',
          message: 'Value must be an integer.',
        },
      ],
    })
    expect(store.metafields.of(ada)).toEqual([])
  })

  it('takes 25 and no more', async () => {
    const many = Array.from({ length: 26 }, (_, n) => text(`key-${n}`, 'x'))
    const { metafields, userErrors } = await set(newStore(), ...many)
    expect(metafields).toBeNull()
    expect(userErrors).toMatchObject([{ code: 'LESS_THAN_OR_EQUAL_TO' }])
  })

  it('compares digests: right, stale, for one that is gone, and a repeat of what is there', async () => {
    const store = newStore()
    const first = await set(store, { ...text('status', 'Gold'), compareDigest: null })
    const digest = first.metafields?.[0]?.compareDigest
    const codes = async (value: string, compareDigest: unknown) =>
      (await set(store, { ...text('status', value), compareDigest })).userErrors.map(
        ({ code }) => code,
      )
    expect(await codes('Silver', null)).toEqual(['STALE_OBJECT'])
    expect(await codes('Silver', digest)).toEqual([])
    expect(await codes('Bronze', digest)).toEqual(['STALE_OBJECT'])
    expect(await codes('Silver', digest)).toEqual([])
    expect(await set(store, { ...text('other', 'x'), compareDigest: digest })).toMatchObject({
      userErrors: [{ code: 'INVALID_COMPARE_DIGEST' }],
    })
  })

  it('holds to the type of a definition, and needs no type then', async () => {
    const store = newStore()
    const create = `mutation { metafieldDefinitionCreate(definition: { name: "Points", namespace: "loyalty", key: "points", type: "number_integer", ownerType: CUSTOMER }) { createdDefinition { id type { name } } userErrors { code } } }`
    expect(await ask(store, create)).toMatchObject({
      metafieldDefinitionCreate: { createdDefinition: { type: { name: 'number_integer' } } },
    })
    expect(await ask(store, create)).toMatchObject({
      metafieldDefinitionCreate: { createdDefinition: null, userErrors: [{ code: 'TAKEN' }] },
    })
    expect((await set(store, text('points', '5'))).userErrors).toMatchObject([
      { code: 'INVALID_TYPE' },
    ])
    expect((await set(store, { key: 'points', value: '5' })).userErrors).toEqual([])
    expect((await set(store, { key: 'other', value: '5' })).userErrors).toMatchObject([
      { code: 'BLANK', message: "Type can't be blank" },
    ])
  })

  it('refuses customers that are gone and names that are too short', async () => {
    const gone = { ...text('status', 'x'), ownerId: 'gid://shopify/Customer/1' }
    expect((await set(newStore(), gone, text('a', 'x'))).userErrors).toMatchObject([
      { field: ['metafields', '0', 'ownerId'], message: 'Owner does not exist.' },
      { field: ['metafields', '1', 'key'], code: 'TOO_SHORT' },
    ])
  })

  it('keeps the app’s own namespace apart', async () => {
    const store = newStore()
    await set(store, { ...text('status', 'ours'), namespace: '$app:loyalty' })
    expect(
      await ask(
        store,
        `{ customer(id: "${ada}") { own: metafield(namespace: "$app:loyalty", key: "status") { value }
             merchants: metafield(namespace: "loyalty", key: "status") { value } } }`,
      ),
    ).toEqual({ customer: { own: { value: 'ours' }, merchants: null } })
  })
})

it('metafieldsDelete says which were there', async () => {
  const store = newStore()
  await set(store, text('status', 'Gold'))
  const remove = `mutation { metafieldsDelete(metafields: [{ ownerId: "${ada}", namespace: "loyalty", key: "status" }]) { deletedMetafields { key } userErrors { message } } }`
  expect(await ask(store, remove)).toMatchObject({
    metafieldsDelete: { deletedMetafields: [{ key: 'status' }] },
  })
  expect(await ask(store, remove)).toMatchObject({
    metafieldsDelete: { deletedMetafields: [null] },
  })
})

it.each([
  ['number_integer', '5.000', '5'],
  ['number_decimal', '10', '10.0'],
  ['number_decimal', '1.1234567891', '1.123456789'],
  ['boolean', ' TRUE ', 'true'],
  ['date_time', '2026-03-14T09:30:00', '2026-03-14T09:30:00+00:00'],
  ['date_time', '2026-03-14T09:30:00+02:00', '2026-03-14T07:30:00+00:00'],
  ['weight', '{"value":2,"unit":"kg"}', '{"value":2.0,"unit":"KILOGRAMS"}'],
  ['list.single_line_text_field', '["a", "b"]', '["a","b"]'],
])('keeps a %s %s as %s', (type, value, kept) => {
  expect(takeValue(type, value, 'USD')).toEqual({ ok: true, value: kept })
})

it.each([
  ['number_integer', '+5', 'Value must be an integer.'],
  ['single_line_text_field', 'a\nb', 'Value must be a single line text string.'],
  ['date', '2026-02-30', 'Value must be in “YYYY-MM-DD” format. For example: 2022-06-01'],
  ['money', '{"amount":"1","currency_code":"ZZZ"}', 'Value contains an invalid currency, ZZZ.'],
  [
    'url',
    'ftp://x',
    'Value must be one of the following URL schemes: http, https, mailto, sms, tel.',
  ],
  ['json', '{', 'Value is invalid JSON.'],
  ['list.single_line_text_field', 'a', 'Value must be a JSON array.'],
])('refuses the %s %s', (type, value, message) => {
  expect(takeValue(type, value, 'USD')).toEqual({ ok: false, message })
})
