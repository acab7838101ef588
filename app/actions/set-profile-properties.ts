/** Sets properties of the Klaviyo profile. What it holds already is not sent. */
import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'
import type { Json } from '../rules/facts.ts'
import { defineAction, times } from './action.ts'
import { klaviyoProperties, propertyTemplates, renderProperties } from './klaviyo-properties.ts'
import { noProfile, writeProperties } from './klaviyo-writes.ts'

const settings = z.object({
  properties: klaviyoProperties.min(1, 'Give at least one property.'),
})

const change = z.object({ profileId: z.string(), properties: z.record(z.string(), z.json()) })

export const setProfileProperties = defineAction<z.infer<typeof settings>, z.infer<typeof change>>({
  kind: 'set-profile-properties',
  title: 'Set Klaviyo profile properties',
  settings,
  change,
  describe: ({ properties }) => `Set ${properties.map(({ key }) => key).join(', ')} in Klaviyo`,
  tally: (count) => `set profile properties ${times(count)}`,
  templates: ({ properties }) => propertyTemplates('properties', properties),
  plan({ properties }, facts, target) {
    if (!facts.profile) return { outcome: 'skip', reason: noProfile }
    const rendered = renderProperties(properties, facts)
    if (!rendered.ok) return { outcome: 'fail', problem: rendered.problem }
    const held: Record<string, Json> = { ...facts.profile.properties, ...target.profileChanges }
    const changed = Object.fromEntries(
      Object.entries(rendered.values).filter(
        ([key, value]) => !isDeepStrictEqual(held[key], value),
      ),
    )
    const keys = Object.keys(changed)
    if (keys.length === 0) {
      return { outcome: 'skip', reason: 'The profile holds these values already.' }
    }
    return {
      outcome: 'change',
      change: { profileId: facts.profile.id, properties: changed },
      before: Object.fromEntries(keys.map((key) => [key, held[key] ?? null])),
      after: changed,
      note: `Sets ${keys.join(', ')} in Klaviyo`,
      target: { ...target, profileChanges: { ...target.profileChanges, ...changed } },
    }
  },
  apply: (intents, { klaviyo }) => writeProperties(intents, klaviyo),
})
