/** The key by which receivers of a shop's webhooks know that these come from the shop's rules. */
import { randomBytes } from 'node:crypto'
import { prisma } from '../db/client.server.ts'
import { open, seal } from '../secrets.server.ts'

/** Standard Webhooks asks for 24 to 64. */
const keyBytes = 32

/** `whsec_…`; made the first time that it is asked for, and the same ever after. */
export async function signingSecretOf(shop: string): Promise<string> {
  return (await storedSecret(shop)) ?? makeSecret(shop)
}

async function storedSecret(shop: string): Promise<string | null> {
  const { signingSecret } = await prisma.shop.findUniqueOrThrow({
    where: { id: shop },
    select: { signingSecret: true },
  })
  return signingSecret && open(shop, 'Shop.signingSecret', signingSecret)
}

/** Of two that are made at the same moment, the first one stays. */
async function makeSecret(shop: string): Promise<string> {
  const secret = `whsec_${randomBytes(keyBytes).toString('base64')}`
  const { count } = await prisma.shop.updateMany({
    where: { id: shop, signingSecret: null },
    data: { signingSecret: seal(shop, 'Shop.signingSecret', secret) },
  })
  return count > 0 ? secret : signingSecretOf(shop)
}
