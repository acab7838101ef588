/**
 * The people of a store or an account, a million of them if need be. Whoever was made by a crowd is
 * written down nowhere until something about them changes: they are made up again, alike, each time
 * they are asked for.
 */
export interface Crowd<Person> {
  readonly count: number
  idOf(index: number): string
  /** `undefined` for an id that is not of this crowd. */
  indexOf(id: string): number | undefined
  indexOfEmail(email: string): number | undefined
  /** The same person for the same index, as a new object. */
  make(index: number): Person
}

/** The e-mail addresses of a crowd, the same on both platforms so that people can be matched. */
export const crowdEmail = (prefix: string, index: number) => `${prefix}${index}@example.com`

/** The index in an address that {@link crowdEmail} wrote, whatever its case. */
export function indexInEmail(prefix: string, count: number, email: string): number | undefined {
  const index = Number(/(\d+)@example\.com$/i.exec(email.slice(prefix.length))?.[1] ?? NaN)
  const isOurs = index < count && crowdEmail(prefix, index).toLowerCase() === email.toLowerCase()
  return isOurs ? index : undefined
}

/** People in order of id, which is the order of their creation. */
export class Population<Person extends { id: string }> {
  /** Someone of a crowd stands here as a number: that of the crowd's first plus their index. */
  readonly #order: (Person | number)[] = []
  readonly #settled = new Map<string, Person>()
  readonly #crowds: { crowd: Crowd<Person>; first: number; left: Set<number> }[] = []
  #numbered = 0

  get length(): number {
    return this.#order.length
  }

  at(position: number): Person | undefined {
    const entry = this.#order[position]
    return typeof entry === 'number' ? this.#make(entry) : entry
  }

  *[Symbol.iterator](): Generator<Person> {
    for (const entry of this.#order) yield typeof entry === 'number' ? this.#make(entry) : entry
  }

  get(id: string): Person | undefined {
    const settled = this.#settled.get(id)
    if (settled) return settled
    for (const { crowd, left } of this.#crowds) {
      const index = crowd.indexOf(id)
      if (index !== undefined) return left.has(index) ? undefined : crowd.make(index)
    }
    return undefined
  }

  has(id: string): boolean {
    return (
      this.#settled.has(id) ||
      this.#crowds.some(({ crowd, left }) => {
        const index = crowd.indexOf(id)
        return index !== undefined && !left.has(index)
      })
    )
  }

  /** Whom a crowd gave this address; who changed since is not found here. */
  inCrowd(email: string): Person | undefined {
    for (const { crowd, left } of this.#crowds) {
      const index = crowd.indexOfEmail(email)
      if (index !== undefined && !left.has(index)) return crowd.make(index)
    }
    return undefined
  }

  add(person: Person): void {
    this.#settled.set(person.id, person)
    this.#order.push(person)
  }

  addCrowd(crowd: Crowd<Person>): void {
    const first = this.#numbered
    this.#crowds.push({ crowd, first, left: new Set() })
    this.#numbered += crowd.count
    for (let index = 0; index < crowd.count; index++) this.#order.push(first + index)
  }

  /**
   * Writes someone down, so that what is changed of them lasts.
   *
   * @returns the object that stands for them from now on: this one, unless there is one already.
   */
  settle(person: Person): Person {
    const settled = this.#settled.get(person.id)
    if (settled) return settled
    const position = this.#positionOf(person.id)
    if (!this.#leave(person.id) || position === undefined) return person
    this.#order[position] = person
    this.#settled.set(person.id, person)
    return person
  }

  remove({ id }: Person): void {
    const position = this.#positionOf(id)
    if (position === undefined) return
    this.#order.splice(position, 1)
    if (!this.#settled.delete(id)) this.#leave(id)
  }

  /** The crowd and index of who stands at a position, when nothing about them was changed. */
  origin(position: number): { crowd: Crowd<Person>; index: number } | undefined {
    const entry = this.#order[position]
    return typeof entry === 'number' ? this.#find(entry) : undefined
  }

  #leave(id: string): boolean {
    for (const { crowd, left } of this.#crowds) {
      const index = crowd.indexOf(id)
      if (index === undefined || left.has(index)) continue
      left.add(index)
      return true
    }
    return false
  }

  #positionOf(id: string): number | undefined {
    let low = 0
    let high = this.#order.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.#idAt(middle) < id) low = middle + 1
      else high = middle
    }
    return this.#idAt(low) === id ? low : undefined
  }

  #idAt(position: number): string {
    const entry = this.#order[position]
    if (typeof entry !== 'number') return entry?.id ?? ''
    const { crowd, index } = this.#find(entry)
    return crowd.idOf(index)
  }

  #make(number: number): Person {
    const { crowd, index } = this.#find(number)
    return crowd.make(index)
  }

  #find(number: number) {
    for (const { crowd, first } of this.#crowds) {
      if (number < first + crowd.count) return { crowd, index: number - first }
    }
    throw new Error(`no crowd has number ${number}`)
  }
}
