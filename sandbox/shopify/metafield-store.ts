import { createHash } from 'node:crypto'
import { complaintAboutValue, type MetafieldDefinition } from './definitions.ts'
import { takeValue, type Metafield } from './metafields.ts'

type Given = Pick<Metafield, 'ownerId' | 'namespace' | 'key' | 'type' | 'value'>

interface Kind {
  namespace: string
  key: string
  type: string
}

/** One metafield of an owner's: strings and small numbers only, since there may be millions. */
interface Cell {
  kind: Kind
  value: string
  /** Which one of all it is, from 0. */
  ordinal: number
  createdSeconds: number
  updatedSeconds: number
}

const firstId = 40_000_000_000_001

/** The metafields of a store's customers. */
export class Metafields {
  readonly #rows = new Map<string, Cell[]>()
  readonly #kinds = new Map<string, Kind>()
  #next = 0
  /** Writes that changed something, and those that found all as they would have it. */
  readonly writes = { created: 0, changed: 0, deleted: 0, repeated: 0 }

  get(ownerId: string, namespace: string, key: string): Metafield | undefined {
    const cell = this.#cell(ownerId, namespace, key)
    return cell && shown(ownerId, cell)
  }

  /** Type and value alone: cheap enough to be asked for with each write. */
  peek(
    ownerId: string,
    namespace: string,
    key: string,
  ): { type: string; value: string } | undefined {
    const cell = this.#cell(ownerId, namespace, key)
    return cell && { type: cell.kind.type, value: cell.value }
  }

  of(ownerId: string): Metafield[] {
    return (this.#rows.get(ownerId) ?? []).map((cell) => shown(ownerId, cell))
  }

  byId(id: string): Metafield | undefined {
    for (const [ownerId, cells] of this.#rows) {
      const cell = cells.find(({ ordinal }) => idOf(ordinal) === id)
      if (cell) return shown(ownerId, cell)
    }
    return undefined
  }

  set({ ownerId, namespace, key, type, value }: Given): Metafield {
    const kind = this.#kind(namespace, key, type)
    const known = this.#cell(ownerId, namespace, key)
    const now = Math.floor(Date.now() / 1_000)
    if (known) {
      if (known.kind === kind && known.value === value) this.writes.repeated++
      else {
        Object.assign(known, { kind, value, updatedSeconds: now })
        this.writes.changed++
      }
      return shown(ownerId, known)
    }
    const cell = { kind, value, ordinal: this.#next++, createdSeconds: now, updatedSeconds: now }
    const row = this.#rows.get(ownerId)
    if (row) row.push(cell)
    else this.#rows.set(ownerId, [cell])
    this.writes.created++
    return shown(ownerId, cell)
  }

  delete(ownerId: string, namespace: string, key: string): void {
    const row = this.#rows.get(ownerId)
    const cell = this.#cell(ownerId, namespace, key)
    if (!row || !cell) return
    row.splice(row.indexOf(cell), 1)
    if (row.length === 0) this.#rows.delete(ownerId)
    this.writes.deleted++
  }

  deleteOf(ownerId: string): void {
    this.#rows.delete(ownerId)
  }

  /** How many there are of a definition's. */
  count({ namespace, key }: { namespace?: string; key?: string }): number {
    let count = 0
    for (const cells of this.#rows.values()) {
      for (const { kind } of cells) {
        if (namespace !== undefined && kind.namespace !== namespace) continue
        if (key === undefined || kind.key === key) count++
      }
    }
    return count
  }

  ownersOf(namespace: string, key: string): string[] {
    return [...this.#rows.keys()].filter((ownerId) => this.#cell(ownerId, namespace, key))
  }

  /** The same for the same owners, names, types and values, in whatever order they were written. */
  digest(namespace: string): string {
    const hash = createHash('sha256')
    for (const ownerId of [...this.#rows.keys()].sort()) {
      const cells = (this.#rows.get(ownerId) ?? []).filter(
        ({ kind }) => kind.namespace === namespace,
      )
      for (const { kind, value } of cells.sort((a, b) => (a.kind.key < b.kind.key ? -1 : 1))) {
        hash.update(JSON.stringify([ownerId, kind.key, kind.type, value]))
      }
    }
    return hash.digest('hex')
  }

  /** A new definition takes over the values that fit it; the others stay as they are. */
  adopt(definition: MetafieldDefinition, currency: string): void {
    const { namespace, key, type } = definition
    const kind = this.#kind(namespace, key, type)
    for (const ownerId of this.ownersOf(namespace, key)) {
      const cell = this.#cell(ownerId, namespace, key)
      const taken = cell && takeValue(type, cell.value, currency)
      if (!cell || !taken?.ok) continue
      if (complaintAboutValue(definition, taken.value) !== undefined) continue
      Object.assign(cell, { kind, value: taken.value })
    }
  }

  /** Whether some of a definition's values don't fit it. */
  hasMisfits(definition: MetafieldDefinition): boolean {
    const { namespace, key, type } = definition
    return this.ownersOf(namespace, key).some((ownerId) => {
      const cell = this.#cell(ownerId, namespace, key)
      return (
        cell !== undefined &&
        (cell.kind.type !== type || complaintAboutValue(definition, cell.value) !== undefined)
      )
    })
  }

  #cell(ownerId: string, namespace: string, key: string): Cell | undefined {
    const row = this.#rows.get(ownerId)
    return row?.find(({ kind }) => kind.key === key && kind.namespace === namespace)
  }

  #kind(namespace: string, key: string, type: string): Kind {
    const name = `${namespace}.${key} ${type}`
    const known = this.#kinds.get(name)
    if (known) return known
    const kind = { namespace, key, type }
    this.#kinds.set(name, kind)
    return kind
  }
}

const idOf = (ordinal: number) => `gid://shopify/Metafield/${firstId + ordinal}`

function shown(ownerId: string, { kind, ordinal, ...cell }: Cell): Metafield {
  return {
    id: idOf(ordinal),
    ownerId,
    ...kind,
    value: cell.value,
    createdAt: new Date(cell.createdSeconds * 1_000),
    updatedAt: new Date(cell.updatedSeconds * 1_000),
  }
}
