import { crowdEmail, indexInEmail, type Crowd } from '../population.ts'
import { ProfileIds } from './ids.ts'
import { predictions } from './predictions.ts'
import { blankProfile, isoSeconds, unscored, type Profile } from './profile.ts'

export interface CrowdDraft {
  count: number
  /** `${prefix}${index}@example.com` */
  prefix: string
  /** Another seed gives other predictions. */
  seed: number
  /** The share of profiles that Klaviyo has not scored, from 0 to 1. */
  unscored: number
}

/** How often someone's predictions changed; this stands for those who lost theirs. */
const lost = 255

/** Profiles that nobody wrote anything to yet: a byte each, for what became of their predictions. */
export class ProfileCrowd implements Crowd<Profile> {
  readonly count: number
  readonly #draft: CrowdDraft
  readonly #ids: ProfileIds
  readonly #rounds: Uint8Array
  readonly #created = isoSeconds(Date.now())

  constructor(draft: CrowdDraft) {
    this.count = draft.count
    this.#draft = draft
    this.#ids = new ProfileIds(draft.count)
    this.#rounds = new Uint8Array(draft.count)
  }

  idOf(index: number): string {
    return this.#ids.at(index)
  }

  indexOf(id: string): number | undefined {
    return this.#ids.indexOf(id)
  }

  indexOfEmail(email: string): number | undefined {
    return indexInEmail(this.#draft.prefix, this.count, email)
  }

  make(index: number): Profile {
    const profile = blankProfile(this.idOf(index), this.#created)
    profile.attributes.email = crowdEmail(this.#draft.prefix, index)
    profile.attributes.first_name = `Person ${index}`
    profile.attributes.properties = {
      loyalty_tier: ['bronze', 'silver', 'gold'][index % 3] ?? null,
      rank: index,
    }
    profile.predictive = this.#predictions(index)
    return profile
  }

  /** Gives someone other predictions, or none. Klaviyo is not known to touch `updated` for that. */
  rescore(index: number, to: 'other' | 'none'): void {
    const round = this.#rounds[index] ?? 0
    this.#rounds[index] = to === 'none' ? lost : (round % (lost - 1)) + 1
  }

  #predictions(index: number): Profile['predictive'] {
    const round = this.#rounds[index] ?? 0
    const { seed, unscored: share } = this.#draft
    // Spread evenly, however many are looked at.
    const isFirstUnscored = Math.floor((index + 1) * share) > Math.floor(index * share)
    const isUnscored = round === lost || (round === 0 && isFirstUnscored)
    return isUnscored ? { ...unscored } : predictions(index + seed * 1_000_003 + round * 7_919)
  }
}
