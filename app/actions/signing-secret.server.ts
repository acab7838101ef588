/**
 * The keys by which receivers of a shop's webhooks know that these come from the shop's rules. Two
 * sign while a secret is being renewed, so that receivers can move over one by one.
 */
import { randomBytes } from 'node:crypto'
import { prisma } from '../db/client.server.ts'
import { open, seal } from '../secrets.server.ts'

/** Standard Webhooks asks for 24 to 64. */
const keyBytes = 32

export interface SigningSecrets {
  /** `whsec_…`, as receivers are to have it. */
  secret: string
  /** The one before and when it was renewed, until it is retired. */
  old: { secret: string; renewedAt: Date } | null
}

export type SigningOutcome = { ok: true } | { ok: false; message: string }

/** Made the first time that they are asked for. */
export async function signingSecretsOf(shop: string): Promise<SigningSecrets> {
  const { signingSecret, oldSecret, secretRenewedAt } = await prisma.shop.findUniqueOrThrow({
    where: { id: shop },
    select: { signingSecret: true, oldSecret: true, secretRenewedAt: true },
  })
  if (signingSecret === null) {
    await makeSecret(shop)
    return signingSecretsOf(shop)
  }
  return {
    secret: open(shop, 'Shop.signingSecret', signingSecret),
    old:
      oldSecret === null || secretRenewedAt === null
        ? null
        : {
            secret: open(shop, 'Shop.oldSecret', oldSecret),
            renewedAt: secretRenewedAt,
          },
  }
}

/** Adds a new secret. Webhooks are signed with both until the old one is retired. */
export async function renewSigningSecret(shop: string): Promise<SigningOutcome> {
  const { secret } = await signingSecretsOf(shop)
  // Of two that renew at the same moment, the first one does.
  const { count } = await prisma.shop.updateMany({
    where: { id: shop, oldSecret: null },
    data: {
      signingSecret: seal(shop, 'Shop.signingSecret', newSecret()),
      oldSecret: seal(shop, 'Shop.oldSecret', secret),
      secretRenewedAt: new Date(),
    },
  })
  if (count > 0) return { ok: true }
  return {
    ok: false,
    message: 'Two secrets sign already. Retire the old one before you make another.',
  }
}

/** From now on webhooks are signed with the new secret only. */
export async function retireSigningSecret(shop: string): Promise<SigningOutcome> {
  const { count } = await prisma.shop.updateMany({
    where: { id: shop, oldSecret: { not: null } },
    data: { oldSecret: null, secretRenewedAt: null },
  })
  return count > 0 ? { ok: true } : { ok: false, message: 'The old secret was retired already.' }
}

const newSecret = () => `whsec_${randomBytes(keyBytes).toString('base64')}`

/** Of two that are made at the same moment, the first one stays. */
async function makeSecret(shop: string): Promise<void> {
  await prisma.shop.updateMany({
    where: { id: shop, signingSecret: null },
    data: { signingSecret: seal(shop, 'Shop.signingSecret', newSecret()) },
  })
}
