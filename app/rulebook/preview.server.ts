/** What templates give for an event, while they are being typed. */
import { z } from 'zod'
import { titleOf } from '../activity/list.server.ts'
import { timeZoneOf } from '../activity/store.server.ts'
import { actionOf } from '../actions/index.ts'
import { log } from '../log.server.ts'
import { triggerSchema } from '../rules/rule.ts'
import type { EventFacts, Facts } from '../rules/facts.ts'
import { checkTemplate, renderTemplate, variables } from '../rules/template.ts'
import { klaviyoOf } from '../shops/connection.server.ts'
import { factsOfEvent, madeUpEvent } from './samples.server.ts'
import { profileOf } from './try.server.ts'

const mostTemplates = 100

const question = z.object({
  /** The rule's, in order: some give variables to those behind them. */
  actions: z
    .array(
      z.object({
        id: z.string().max(100),
        kind: z.string(),
        templates: z.array(z.string().max(5_000)),
      }),
    )
    .max(mostTemplates)
    .refine((actions) => actions.flatMap(({ templates }) => templates).length <= mostTemplates),
  /** Empty: an event is made up from the trigger. */
  eventId: z.string(),
  trigger: z.unknown(),
})

export interface Preview {
  /** What the event is, for the line above the preview. */
  event: string
  isMadeUp: boolean
  actions: ActionPreview[]
}

export interface ActionPreview {
  id: string
  results: { template: string; text: string | null; error: string | null }[]
  /** What the action's templates can use where it stands. */
  variables: { path: string; sample: string }[]
}

/** Renders the templates of a question as JSON text; null when it is no such question. */
export async function previewTemplates(shop: string, asked: string): Promise<Preview | null> {
  const parsed = question.safeParse(jsonOf(asked))
  if (!parsed.success) return null
  const { actions, eventId, trigger } = parsed.data
  const known = eventId === '' ? null : await factsOfEvent(shop, eventId)
  const event = known ?? madeUpEvent(triggerSchema.safeParse(trigger).data ?? null, new Date())
  const common = await factsFor(shop, event, known !== null)
  return {
    event: titleOf(event),
    isMadeUp: known === null,
    actions: actions.map(({ id, templates }, index) => {
      const given = Object.fromEntries(
        actions.slice(0, index).flatMap(({ kind }) => Object.entries(actionOf(kind)?.sample ?? {})),
      )
      const facts = { ...common, given }
      return {
        id,
        results: [...new Set(templates)].map((template) => preview(template, facts)),
        variables: variables(facts),
      }
    }),
  }
}

function preview(template: string, facts: Facts): ActionPreview['results'][number] {
  const error = checkTemplate(template)
  if (error) return { template, text: null, error }
  const rendered = renderTemplate(template, facts)
  return rendered.ok
    ? { template, text: rendered.text, error: null }
    : { template, text: null, error: rendered.problem.what }
}

/** Asking Shopify at every keystroke would use up what the drain needs. */
const madeUpCustomer = { id: 'gid://shopify/Customer/1234567890', tags: ['sample-tag'] }

const madeUpProfile = {
  id: '01SAMPLEPROFILE',
  email: 'sample@example.com',
  phone: '+15550100100',
  firstName: 'Sam',
  lastName: 'Ple',
  properties: {},
  predictive: {
    predicted_clv: 240.5,
    total_clv: 610.25,
    predicted_number_of_orders: 2.4,
    average_days_between_orders: 41,
    churn_probability: 0.18,
    expected_date_of_next_order: '2027-01-31',
  },
}

async function factsFor(shop: string, event: EventFacts, isReal: boolean): Promise<Facts> {
  const timeZone = await timeZoneOf(shop)
  const profile = isReal ? await profileIfReachable(shop, event) : madeUpProfile
  return { event, profile, customer: madeUpCustomer, shop: { timeZone } }
}

/** What was typed is previewed again at every pause: the profile is not read again each time. */
const profiles = new Map<string, { profile: Promise<Facts['profile']>; until: number }>()
const profileFreshForMs = 60_000
const mostRemembered = 200

/** A preview without the profile is better than none. */
async function profileIfReachable(shop: string, event: EventFacts): Promise<Facts['profile']> {
  try {
    return await profileOnce(shop, event)
  } catch (error) {
    log.info({ err: error, shop }, 'a preview goes without the profile')
    return null
  }
}

function profileOnce(shop: string, event: EventFacts): Promise<Facts['profile']> {
  const key = JSON.stringify([shop, event.profileId, event.email, event.phone])
  const known = profiles.get(key)
  if (known && known.until > Date.now()) return known.profile
  if (profiles.size >= mostRemembered) profiles.clear()
  const profile = klaviyoOf(shop).then((api) => profileOf(api, event, { predictive: true }))
  profiles.set(key, { profile, until: Date.now() + profileFreshForMs })
  profile.catch(() => profiles.delete(key))
  return profile
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
