/**
 * `npm run sandbox`: a local Shopify and Klaviyo with the app between them.
 *
 *   --port N    Shopify on N, Klaviyo on N+1, the app on N+2 (default 4400)
 *   --seeded    the first store connected, with one rule that is on
 *   --json      one JSON line when all is ready, for programs
 */
import { parseArgs } from 'node:util'
import { startSandbox } from './sandbox.ts'
import { pointKlaviyo, seedFirstStore, webhookOf } from './seed.ts'

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '4400' },
    seeded: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
})
const port = Number(values.port)
if (!Number.isInteger(port) || port < 1 || port > 65_533) {
  console.error(
    `--port ${values.port}: give a number from 1 to 65533; the two ports after it are used too.`,
  )
  process.exit(2)
}

const sandbox = await startSandbox({ port })
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void sandbox.close().then(() => process.exit(0)))
}

try {
  await setUp()
} catch (error) {
  console.error(error)
  await sandbox.close()
  process.exit(1)
}

async function setUp(): Promise<void> {
  if (values.seeded) await seedFirstStore(sandbox)
  const shops = await Promise.all(
    sandbox.shops.map(async ({ shop, handle }) => ({
      shop,
      adminUrl: `${sandbox.shopifyUrl}/store/${handle}`,
      ...(await webhookOf(sandbox, shop)),
    })),
  )
  await pointKlaviyo(sandbox, shops)

  if (values.json) {
    const { appUrl, klaviyoUrl, shopifyUrl } = sandbox
    console.log(JSON.stringify({ appUrl, adminUrl: shopifyUrl, klaviyoUrl, shopifyUrl, shops }))
  } else {
    console.log(greeting())
  }
}

function greeting(): string {
  const lines = [
    'The sandbox is ready.',
    '',
    `  Shopify admin   ${sandbox.shopifyUrl}    open this: two demo stores, the app inside`,
    `  Klaviyo         ${sandbox.klaviyoUrl}    complete a flow or send events from here`,
    '',
    '  Klaviyo keys to connect with:',
    ...sandbox.shops.map(({ handle, klaviyoKey }) => `    ${handle}   ${klaviyoKey}`),
    '',
    'Everything is forgotten when you stop it with Ctrl+C.',
  ]
  return lines.join('\n')
}
