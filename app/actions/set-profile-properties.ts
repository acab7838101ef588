/** Sets properties of the Klaviyo profile. What it holds already is not sent. */
import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'
import type { Json, ProfileFacts } from '../rules/facts.ts'
import { defineAction, times } from './action.ts'
import type { Target } from './action.ts'
import { klaviyoProperties, propertyTemplates, renderProperties } from './klaviyo-properties.ts'
import { noProfile, writeProperties } from './klaviyo-writes.ts'

const propertyValues = z.record(z.string(), z.json())

const settings = z.object({
  properties: klaviyoProperties.min(1, 'Give at least one property.'),
})

const change = z.object({ profileId: z.string(), properties: propertyValues })

export const setProfileProperties = defineAction<z.infer<typeof settings>, z.infer<typeof change>>({
  kind: 'set-profile-properties',
  title: 'Set Klaviyo profile properties',
  points: 0,
  settings,
  change,
  describe: ({ properties }) => `Set ${properties.map(({ key }) => key).join(', ')} in Klaviyo`,
  tally: (count) => `set profile properties ${times(count)}`,
  templates: ({ properties }) => propertyTemplates('properties', properties),
  plan({ properties }, facts, target) {
    if (!facts.profile) return { outcome: 'skip', reason: noProfile }
    const rendered = renderProperties(properties, facts)
    if (!rendered.ok) return { outcome: 'fail', problem: rendered.problem }
    const held = heldOf(facts.profile, target)
    const changed = Object.fromEntries(
      Object.entries(rendered.values).filter(
        ([key, value]) => !isDeepStrictEqual(held.get(key), value),
      ),
    )
    const keys = Object.keys(changed)
    if (keys.length === 0) {
      return { outcome: 'skip', reason: 'The profile holds these values already.' }
    }
    return {
      outcome: 'change',
      change: { profileId: facts.profile.id, properties: changed },
      before: Object.fromEntries(keys.map((key) => [key, held.get(key) ?? null])),
      after: changed,
      note: `Sets ${keys.join(', ')} in Klaviyo`,
      target: { ...target, profileChanges: { ...target.profileChanges, ...changed } },
    }
  },
  apply: (intents, { klaviyo }) => writeProperties(intents, klaviyo),
  undo({ change: { profileId, properties }, before }, { profile }, target) {
    if (profile?.id !== profileId) return { outcome: 'skip', reason: profileIsGone }
    const held = heldOf(profile, target)
    const keys = Object.keys(properties)
    const ours = keys.filter((key) => isDeepStrictEqual(held.get(key), properties[key]))
    const others = keys.filter((key) => !ours.includes(key))
    if (ours.length === 0) {
      const reason = `${others.join(', ')} changed in Klaviyo since, and stays so.`
      return { outcome: 'skip', reason }
    }
    const values = new Map(Object.entries(propertyValues.parse(before)))
    const back = Object.fromEntries(ours.map((key) => [key, values.get(key) ?? null]))
    return {
      outcome: 'change',
      change: { profileId, properties: back },
      before: Object.fromEntries(ours.map((key) => [key, held.get(key) ?? null])),
      after: back,
      note: [
        `Puts ${ours.join(', ')} in Klaviyo back`,
        ...(others.length > 0 ? [`${others.join(', ')} changed since and stays so`] : []),
      ].join('; '),
      target: { ...target, profileChanges: { ...target.profileChanges, ...back } },
    }
  },
})

/** What the profile will hold by then. A map, since a property may be called `constructor`. */
const heldOf = ({ properties }: ProfileFacts, { profileChanges }: Target): Map<string, Json> =>
  new Map(Object.entries({ ...properties, ...profileChanges }))

const profileIsGone = 'The event no longer leads to the profile that the run wrote to.'
