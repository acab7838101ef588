/** Modules that read the environment find one; no unit test connects anywhere. */
import { randomBytes } from 'node:crypto'

Object.assign(process.env, {
  NODE_ENV: 'test',
  SHOPIFY_API_KEY: 'unit-key',
  SHOPIFY_API_SECRET: 'unit-secret',
  SHOPIFY_APP_URL: 'http://127.0.0.1:1',
  ENCRYPTION_KEYS: `new:${randomBytes(32).toString('base64')},old:${randomBytes(32).toString('base64')}`,
  DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/none',
  LOG_LEVEL: 'silent',
})
