/** What mappings would give for one profile, live: for the mapping screen. Writes nothing. */
import { klaviyoOf } from '../shops/connection.server.ts'
import { adminOf } from '../shops/sessions.server.ts'
import { ProblemError } from '../problem.ts'
import type { Problem } from '../problem.ts'
import type { PredictedProfile } from '../klaviyo/klaviyo.ts'
import { mappingDocument } from './document.ts'
import type { MappingDocument } from './document.ts'
import { isScored } from './distribution.ts'
import { nameOf } from './mapping.ts'
import { listMappings } from './mappings.server.ts'
import { sourceOf, valueFor } from './value.ts'
import type { Json } from '../klaviyo/klaviyo.ts'

export interface SampleValue {
  /** `klaviyo.predicted_ltv` */
  metafield: string
  /** As Klaviyo has it. */
  source: Json
  /** What would be written; null = nothing, since Klaviyo has none. */
  value: string | null
  /** Why there is no value, or null. */
  problem: Problem | null
  /** What the customer's metafield holds now; null = nothing. */
  current: string | null
}

export interface Sample {
  profile: { id: string; email: string | null; name: string }
  /** Whether Klaviyo has predictions for the profile. */
  isScored: boolean
  /** Null: Shopify has no customer for the profile, or several. */
  customerGid: string | null
  values: SampleValue[]
  /** Names of the profile's own properties, to choose from. */
  properties: string[]
}

export type SampleOutcome = { ok: true; sample: Sample } | { ok: false; problem: Problem }

/**
 * Of the profile with that e-mail, or with null of one from Klaviyo's first page, one with
 * predictions if there is any. `unsaved` = a MappingDocument from the form, in place of the saved
 * mappings.
 */
export async function sampleOf(
  shop: string,
  email: string | null,
  unsaved?: unknown,
): Promise<SampleOutcome> {
  try {
    const documents =
      unsaved === undefined
        ? (await listMappings(shop)).map(({ document }) => document)
        : mappingDocument.safeParse(unsaved).data
    if (documents === undefined) return { ok: false, problem: incomplete }
    const profile = await findProfile(shop, email)
    if (!profile) return { ok: false, problem: noProfile }
    return { ok: true, sample: await sampled(shop, profile, [documents].flat()) }
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error
    return { ok: false, problem: error.problem }
  }
}

async function findProfile(shop: string, email: string | null) {
  const klaviyo = await klaviyoOf(shop)
  if (email) return (await klaviyo.predictedProfiles('email', email.trim().toLowerCase()))[0]
  const { profiles } = await klaviyo.profilePage(null, null)
  const scored = profiles.filter(({ predictions }) => isScored(predictions))
  const among = scored.length > 0 ? scored : profiles
  return among[Math.floor(Math.random() * among.length)]
}

async function sampled(
  shop: string,
  profile: PredictedProfile,
  documents: MappingDocument[],
): Promise<Sample> {
  const shopify = await adminOf(shop)
  const { email, phone, firstName, lastName } = profile
  const [match] = await shopify.findCustomers([
    { emails: email ? [email] : [], phones: phone ? [phone] : [] },
  ])
  const customer = match?.found === 'one' ? match.customer.id : null
  const held = customer
    ? await shopify.readMetafields(
        documents.map((document) => ({ customer, name: nameOf(document) })),
      )
    : []
  return {
    profile: { id: profile.id, email, name: [firstName, lastName].filter(Boolean).join(' ') },
    isScored: isScored(profile.predictions),
    customerGid: customer,
    values: documents.map((document, index) => {
      const value = valueFor(document)(profile)
      return {
        metafield: nameOf(document),
        source: sourceOf(document, profile),
        value: value.ok ? value.value : null,
        problem: value.ok ? null : value.problem,
        current: held[index]?.value ?? null,
      }
    }),
    properties: Object.keys(profile.properties).sort(),
  }
}

const noProfile: Problem = {
  code: 'sample-no-profile',
  what: 'Klaviyo has no profile with this e-mail address.',
  remedy: 'Try another address.',
  retry: 'never',
}

const incomplete: Problem = {
  code: 'sample-incomplete',
  what: 'The mapping is not complete yet.',
  remedy: 'Fill in what is marked, then look again.',
  retry: 'never',
}
