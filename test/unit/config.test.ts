import { expect, it } from 'vitest'
import { readConfig } from '../../app/config.server.ts'

const complete = {
  NODE_ENV: 'production',
  SHOPIFY_API_KEY: 'client-id',
  SHOPIFY_API_SECRET: 'client-secret',
  SHOPIFY_APP_URL: 'https://app.example.com/app',
  ENCRYPTION_KEYS: `new:${Buffer.alloc(32, 1).toString('base64')},old:${Buffer.alloc(32, 2).toString('base64')}`,
} as const

it('takes a complete environment', () => {
  const config = readConfig(complete)
  expect(config.shopify.appUrl).toBe('https://app.example.com')
  expect(config.encryptionKeys.map(({ id }) => id)).toEqual(['new', 'old'])
  expect(config.database.kind).toBe('pglite')
  expect(readConfig({ ...complete, DATABASE_URL: 'postgresql://u@h/d' }).database.kind).toBe(
    'postgresql',
  )
})

it.each(['SHOPIFY_ADMIN_ORIGIN', 'KLAVIYO_BASE_URL'])(
  'refuses %s in production, which would send keys and customers to another host',
  (override) => {
    const env = { ...complete, [override]: 'http://127.0.0.1:4400' }
    expect(() => readConfig(env)).toThrow(`${override}: refused in production`)
    const unset: NodeJS.ProcessEnv = { ...env }
    Reflect.deleteProperty(unset, 'NODE_ENV')
    expect(() => readConfig(unset)).toThrow('refused in production')
    expect(readConfig({ ...env, SANDBOX: '1' })).toBeTruthy()
    expect(readConfig({ ...env, NODE_ENV: 'development' })).toBeTruthy()
  },
)

it.each([
  ['SHOPIFY_API_SECRET', undefined],
  ['SHOPIFY_APP_URL', 'app.example.com'],
  ['ENCRYPTION_KEYS', 'new:short'],
  ['ENCRYPTION_KEYS', [complete.ENCRYPTION_KEYS, complete.ENCRYPTION_KEYS].join(',')],
  ['DATABASE_URL', 'mysql://h/d'],
  ['PORT', 'eighty'],
])('names %s when it is %s', (name, value) => {
  expect(() => readConfig({ ...complete, [name]: value })).toThrow(`${name}: `)
})
