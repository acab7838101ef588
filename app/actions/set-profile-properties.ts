/** Sets properties of the Klaviyo profile. What it holds already is not sent. */
import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'
import type { Json, ProfileFacts } from '../rules/facts.ts'
import { cut } from '../text.ts'
import { defineAction, times } from './action.ts'
import type { Target } from './action.ts'
import { klaviyoProperties, propertyTemplates, renderProperties } from './klaviyo-properties.ts'
import { noProfile, propertyChange, propertyValues, writeProperties } from './klaviyo-writes.ts'
import type { PropertyChange } from './klaviyo-writes.ts'

const settings = z.object({
  properties: klaviyoProperties.min(1, 'Give at least one property.'),
})

export const setProfileProperties = defineAction<z.infer<typeof settings>, PropertyChange>({
  kind: 'set-profile-properties',
  title: 'Set Klaviyo profile properties',
  points: 0,
  settings,
  change: propertyChange,
  describe: ({ properties }) => `Set ${properties.map(({ key }) => key).join(', ')} in Klaviyo`,
  tally: (count) => `set profile properties ${times(count)}`,
  templates: ({ properties }) => propertyTemplates('properties', properties),
  profileKeys: ({ properties }) => Object.keys(properties),
  plan({ properties }, facts, target, _guard, { stepId }) {
    if (!facts.profile) return { outcome: 'skip', reason: noProfile }
    const rendered = renderProperties(properties, facts)
    if (!rendered.ok) return { outcome: 'fail', problem: rendered.problem }
    const held = heldOf(facts.profile, target)
    const newer = new Set(
      target.profileWrites?.flatMap((write) => (write.stepId > stepId ? write.keys : [])),
    )
    const others = Object.entries(rendered.values).filter(
      ([key, value]) => !isDeepStrictEqual(held.get(key), value),
    )
    const changed = Object.fromEntries(others.filter(([key]) => !newer.has(key)))
    const outdated = others.flatMap(([key]) => (newer.has(key) ? [key] : []))
    const keys = Object.keys(changed)
    const stays = `${outdated.join(', ')} ${outdated.length === 1 ? 'holds' : 'hold'} what a newer event set, and stays so`
    if (keys.length === 0) {
      const reasons = [
        ...(rendered.empty.length > 0 ? [gaveNothing(rendered.empty)] : []),
        ...(outdated.length > 0 ? [`${stays}.`] : []),
      ]
      const isThere = 'The profile holds these values already.'
      return { outcome: 'skip', reason: reasons.length > 0 ? reasons.join(' ') : isThere }
    }
    const before = Object.fromEntries(keys.map((key) => [key, held.get(key) ?? null]))
    return {
      outcome: 'change',
      change: { profileId: facts.profile.id, properties: changed, from: before },
      before,
      after: changed,
      note: `Sets ${keys.join(', ')} in Klaviyo${outdated.length > 0 ? `; ${stays}` : ''}`,
      target: {
        ...target,
        profileChanges: { ...target.profileChanges, ...changed },
        profileWrites: [...(target.profileWrites ?? []), { stepId, keys }],
      },
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
    const now = Object.fromEntries(ours.map((key) => [key, held.get(key) ?? null]))
    return {
      outcome: 'change',
      change: { profileId, properties: back, from: now },
      before: now,
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

const longestQuote = 80

/** Quotes the templates, which are the merchant's, never what fills them. */
function gaveNothing(empty: { key: string; template: string }[]): string {
  const which = empty.map(
    ({ key, template }) => `${cut(template, longestQuote)} gave nothing for ${key}`,
  )
  const usesCode = empty.some(({ template }) => /\bdiscount\./.test(template))
  const remedy = usesCode
    ? 'is the action that makes the code in front of this one?'
    : 'a value it uses is missing in this event or profile. A filter such as default: "none" fills gaps.'
  return `${which.join(', ')}: ${remedy}`
}
