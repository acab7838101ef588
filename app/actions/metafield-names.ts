/** How Shopify lets a metafield be named. */
import { z } from 'zod'

/** Shopify's own, which apps can't write to, and those of apps. */
const isReserved = (namespace: string) => /^(shopify|app--|protected$)/i.test(namespace)

/** Shopify allows 255 characters at most. */
export const namespaceShape = (mostCharacters: number) =>
  z
    .string()
    .trim()
    .regex(/^[A-Za-z0-9_-]*$/, 'Use letters, digits, - and _ only.')
    .min(3, 'A namespace has at least 3 characters, such as loyalty.')
    .max(mostCharacters, `A namespace has at most ${mostCharacters} characters.`)
    .refine((namespace) => !isReserved(namespace), 'This namespace is reserved. Choose another.')

export const keyShape = z
  .string()
  .trim()
  .regex(/^[A-Za-z0-9_-]*$/, 'Use letters, digits, - and _ only.')
  .min(2, 'A key has at least 2 characters, such as status.')
  .max(64, 'A key has at most 64 characters.')
