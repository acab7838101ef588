import type { Resource } from './document.ts'
import type { Profile } from './profile.ts'

/** A list or a segment to start with, and who is in it. */
export interface GroupSeed {
  name: string
  holds(profile: Profile): boolean
}

/** The lists and segments of the demo accounts. Who is in a segment follows from their predictions. */
export const groups: { lists: readonly GroupSeed[]; segments: readonly GroupSeed[] } = {
  lists: [
    { name: 'Newsletter', holds: ({ subscribedAt }) => subscribedAt !== null },
    {
      name: 'SMS Subscribers',
      holds: ({ subscribedAt, attributes }) =>
        subscribedAt !== null && attributes.phone_number !== null,
    },
    { name: 'VIP Waitlist', holds: () => false },
  ],
  segments: [
    { name: 'Engaged (90 days)', holds: ({ subscribedAt }) => subscribedAt !== null },
    { name: 'Win-back Candidates', holds: ({ predictive }) => chance(predictive) >= 0.5 },
    {
      name: 'Repeat Buyers',
      holds: ({ predictive }) => (predictive.historic_number_of_orders ?? 0) >= 2,
    },
    { name: 'VIPs', holds: ({ predictive }) => (predictive.total_clv ?? 0) >= 400 },
    { name: 'Churn risk', holds: ({ predictive }) => chance(predictive) >= 0.7 },
  ],
}

const chance = ({ churn_probability: churn }: Profile['predictive']) => churn ?? 0

/** A list or segment as it is now: the seed's rule, and whom the control door put in or took out. */
export class Group implements Resource {
  readonly type: 'list' | 'segment'
  readonly id: string
  readonly attributes: { name: string; [attribute: string]: unknown }
  readonly relationships = { profiles: null, tags: null, 'flow-triggers': null }
  readonly #seed: GroupSeed
  readonly #said = new Map<string, boolean>()

  constructor(type: Group['type'], id: string, seed: GroupSeed, attributes: object) {
    this.type = type
    this.id = id
    this.#seed = seed
    this.attributes = { name: seed.name, ...attributes }
  }

  holds(profile: Profile): boolean {
    return this.#said.get(profile.id) ?? this.#seed.holds(profile)
  }

  say(profile: Profile, isMember: boolean): void {
    this.#said.set(profile.id, isMember)
  }
}
