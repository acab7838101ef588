/** What a merchant sets for the whole shop. */
import { z } from 'zod'
import { prisma } from '../db/client.server.ts'
import type { FieldProblem } from '../problem.ts'

export interface Settings {
  /** Days that events, runs and steps are kept: 7 to 730. */
  retentionDays: number
  /** Characters that a customer's joined tags may take, 50 to 65,000; null = Shopify's limits only. */
  tagBudget: number | null
  /** Whether codes of ours that ended unused are deleted from the store, every night. */
  deletesCodes: boolean
}

export type SettingsOutcome =
  { ok: true; settings: Settings } | { ok: false; problems: FieldProblem[] }

// 250 tags of 255 characters, joined by ", ": more than this Shopify does not take anyway.
const mostTagCharacters = 65_000

const wholeNumber = (least: number, most: number, unit: string) => {
  const message = `Enter a whole number from ${least} to ${most.toLocaleString('en')} ${unit}.`
  return z.coerce.number(message).int(message).min(least, message).max(most, message)
}

const settings = z.object({
  retentionDays: wholeNumber(7, 730, 'days'),
  tagBudget: z.preprocess(
    (value) => (value === '' || value === undefined ? null : value),
    wholeNumber(50, mostTagCharacters, 'characters').nullable(),
  ),
  // A form leaves out what is not checked.
  deletesCodes: z
    .union([
      z.boolean(),
      z.literal('on').transform(() => true),
      z.undefined().transform(() => false),
    ])
    .default(false),
})

export async function settingsOf(shop: string): Promise<Settings> {
  return prisma.shop.findUniqueOrThrow({
    where: { id: shop },
    select: { retentionDays: true, tagBudget: true, deletesCodes: true },
  })
}

/** `input` as a form gave it: text or numbers; an empty `tagBudget` is null. */
export async function saveSettings(shop: string, input: unknown): Promise<SettingsOutcome> {
  const parsed = settings.safeParse(input)
  if (!parsed.success) {
    const problems = parsed.error.issues.map(({ path, message }) => ({
      field: path.join('.'),
      message,
    }))
    return { ok: false, problems }
  }
  await prisma.shop.update({ where: { id: shop }, data: parsed.data })
  return { ok: true, settings: parsed.data }
}
