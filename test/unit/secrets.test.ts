import { expect, it } from 'vitest'
import { open, personKeys, seal, sealedByWritingKey } from '../../app/secrets.server.ts'

const shop = 'a.myshopify.com'

it('opens what it sealed, and shows nothing of it', () => {
  const envelope = seal(shop, 'Connection.key', 'pk_secret')
  expect(envelope).not.toContain('pk_secret')
  expect(open(shop, 'Connection.key', envelope)).toBe('pk_secret')
  expect(sealedByWritingKey(envelope)).toBe(true)
})

it('does not open in another shop or column, or after a change', () => {
  const envelope = seal(shop, 'Connection.key', 'pk_secret')
  expect(() => open('b.myshopify.com', 'Connection.key', envelope)).toThrow()
  expect(() => open(shop, 'EndpointSecret.secret', envelope)).toThrow()
  expect(() => open(shop, 'Connection.key', `${envelope.slice(0, -2)}AA`)).toThrow()
})

it('seals the same text differently each time', () => {
  expect(seal(shop, 'Connection.key', 'x')).not.toBe(seal(shop, 'Connection.key', 'x'))
})

it('finds a person by any readable key, whatever the case, within the shop only', () => {
  const keys = personKeys(shop, 'Ada@Example.com ')
  expect(keys).toHaveLength(2)
  expect(personKeys(shop, 'ada@example.com')).toEqual(keys)
  expect(personKeys('b.myshopify.com', 'ada@example.com')).not.toEqual(keys)
})
