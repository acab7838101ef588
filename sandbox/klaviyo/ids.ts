import { createHash, randomBytes, randomInt } from 'node:crypto'

const crockford = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const mixed = 'ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz23456789'

let lastTime = 0
let lastTail = 0

/**
 * A profile id, shaped like Klaviyo's: a ULID such as `01HF7AYTK76RHR4F17G6DGTRGF`. Ids of one
 * process rise, so that profiles in order of creation are in order of id.
 */
export function newProfileId(): string {
  return new ProfileIds(1).at(0)
}

/** The ids of many profiles, which follow on one another and are written out only when asked for. */
export class ProfileIds {
  readonly #count: number
  readonly #head: string
  readonly #firstTail: number

  constructor(count: number) {
    const now = Math.max(Date.now(), lastTime)
    // The tail starts low enough in its 40 bits to be counted up within the same millisecond.
    this.#firstTail = now === lastTime ? lastTail + 1 : randomInt(2 ** 32)
    this.#count = count
    this.#head = base32(now, 10) + base32(randomlyFixed, 8)
    lastTail = this.#firstTail + count - 1
    lastTime = now
  }

  at(index: number): string {
    return this.#head + base32(this.#firstTail + index, 8)
  }

  indexOf(id: string): number | undefined {
    if (!id.startsWith(this.#head)) return undefined
    let tail = 0
    for (const letter of id.slice(this.#head.length)) tail = tail * 32 + crockford.indexOf(letter)
    const index = tail - this.#firstTail
    return index >= 0 && index < this.#count ? index : undefined
  }
}

const randomlyFixed = randomInt(2 ** 40)

export function isProfileId(text: string): boolean {
  return /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/.test(text)
}

/** Metrics, flows, lists and segments carry ids such as `XVTP5Q`; the same name gives the same id. */
export function namedId(...name: string[]): string {
  return spelled(digest(name), 6, mixed)
}

/** Campaigns carry ULIDs; the same name gives the same one. */
export function namedUlid(...name: string[]): string {
  return `01JN${spelled(digest(name), 22, crockford)}`
}

/** Event ids have eleven letters and digits, such as `6KJBdb3kaUJ`. */
export function newEventId(): string {
  return spelled(randomBytes(11), 11, mixed)
}

const digest = (name: string[]) => createHash('sha256').update(name.join('\u0000')).digest()

function spelled(bytes: Buffer, length: number, letters: string): string {
  let text = ''
  for (const byte of bytes.subarray(0, length)) text += letters.charAt(byte % letters.length)
  return text
}

function base32(value: number, length: number): string {
  let text = ''
  let rest = value
  for (let place = 0; place < length; place++) {
    text = crockford.charAt(rest % 32) + text
    rest = Math.floor(rest / 32)
  }
  return text
}
