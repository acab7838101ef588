/** The environment, read and checked once. Everything else takes values from here. */
import { z } from 'zod'

const httpOrigin = z.url({ protocol: /^https?$/ }).transform((url) => new URL(url).origin)

const environment = z.object({
  NODE_ENV: z.enum(['development', 'production', 'test']).default('production'),
  SHOPIFY_API_KEY: z.string().min(1, 'the client id of the app, from Shopify’s Dev Dashboard'),
  SHOPIFY_API_SECRET: z.string().min(1, 'the client secret of the app'),
  SHOPIFY_APP_URL: httpOrigin,
  SCOPES: z
    .string()
    .default(
      'read_customers,write_customers,read_discounts,write_discounts,read_orders,write_orders',
    ),
  ENCRYPTION_KEYS: z
    .string()
    .transform((text, ctx) => {
      const keys = text.split(',').map((entry) => {
        const [id, base64 = ''] = entry.trim().split(':')
        return { id: id ?? '', key: Buffer.from(base64, 'base64') }
      })
      if (keys.some(({ id, key }) => !/^[a-z0-9-]{1,32}$/.test(id) || key.length !== 32)) {
        ctx.addIssue(
          'write id:key, the key as 32 bytes in base64 (`openssl rand -base64 32`); several separated by commas, the first one writes',
        )
      }
      return keys
    })
    .refine((keys) => new Set(keys.map((key) => key.id)).size === keys.length, 'ids must differ'),
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }).optional(),
  DATABASE_POOL_SIZE: z.coerce.number().int().min(2).max(200).default(10),
  DATA_DIR: z.string().default('.data'),
  HOST: z.string().default('0.0.0.0'),
  PORT: z.coerce.number().int().min(0).max(65535).default(3000),
  EVENTS_PER_MINUTE: z.coerce.number().int().min(1).default(300_000),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'silent']).default('info'),
  SANDBOX: z.literal('1').optional(),
  SHOPIFY_ADMIN_ORIGIN: httpOrigin.optional(),
  KLAVIYO_BASE_URL: httpOrigin.optional(),
  KLAVIYO_TIME_SCALE: z.coerce.number().min(1).default(1),
  APP_BRIDGE_URL: z.url().optional(),
  WEBHOOKS_TO_THIS_MACHINE: z.literal('1').optional(),
})

export type Config = ReturnType<typeof readConfig>

/**
 * Reads the environment.
 * Throws an Error whose message lists every variable that is wrong, why, and what it should hold.
 */
export function readConfig(env: NodeJS.ProcessEnv) {
  const parsed = environment.safeParse(env)
  const complaints = parsed.success
    ? []
    : parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`)

  // Overrides send customer data and keys to another host: only a sandbox may have them.
  const overrides = [
    'SHOPIFY_ADMIN_ORIGIN',
    'KLAVIYO_BASE_URL',
    'KLAVIYO_TIME_SCALE',
    'APP_BRIDGE_URL',
    'WEBHOOKS_TO_THIS_MACHINE',
  ].filter((name) => env[name])
  const isProduction = environment.shape.NODE_ENV.safeParse(env['NODE_ENV']).data === 'production'
  if (isProduction && overrides.length > 0 && env['SANDBOX'] !== '1') {
    complaints.push(
      `${overrides.join(', ')}: refused in production. Remove them, or set SANDBOX=1 if this really is a sandbox.`,
    )
  }
  if (!parsed.success || complaints.length > 0) {
    throw new Error(`The environment is not complete:\n  ${complaints.join('\n  ')}`)
  }

  const values = parsed.data
  return {
    isProduction,
    shopify: {
      apiKey: values.SHOPIFY_API_KEY,
      apiSecret: values.SHOPIFY_API_SECRET,
      appUrl: values.SHOPIFY_APP_URL,
      scopes: values.SCOPES.split(',').map((scope) => scope.trim()),
      adminOrigin: values.SHOPIFY_ADMIN_ORIGIN,
      appBridgeUrl: values.APP_BRIDGE_URL,
    },
    klaviyoUrl: values.KLAVIYO_BASE_URL ?? 'https://a.klaviyo.com',
    /** How many times faster than ours Klaviyo's time goes: a sandbox's may. */
    klaviyoTimeScale: values.KLAVIYO_TIME_SCALE,
    /** Webhooks of rules may go to this machine, by plain http too. */
    webhooksToThisMachine: values.WEBHOOKS_TO_THIS_MACHINE === '1',
    encryptionKeys: values.ENCRYPTION_KEYS,
    database: values.DATABASE_URL
      ? ({
          kind: 'postgresql',
          url: values.DATABASE_URL,
          poolSize: values.DATABASE_POOL_SIZE,
        } as const)
      : ({ kind: 'pglite', folder: values.DATA_DIR } as const),
    host: values.HOST,
    port: values.PORT,
    /** Taken in for one endpoint by one process; above it Klaviyo is asked to come back later. */
    eventsPerMinute: values.EVENTS_PER_MINUTE,
    logLevel: values.LOG_LEVEL,
  }
}

export const config = readConfig(process.env)
