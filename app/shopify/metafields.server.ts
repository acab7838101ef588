/** Customers' metafields: read, write and define, many with few requests. */
import type { Clock } from '../patience.ts'
import { problemOf } from '../problem.ts'
import type { AdminApi, DefinitionAbout, MetafieldDefinition, MetafieldResult } from './admin.ts'
import { pagesOf } from './batch.ts'
import type { Ask, Document } from './batch.ts'
import {
  createMetafieldDefinition,
  deleteMetafields,
  findMetafieldDefinition,
  listMetafieldDefinitions,
  readMetafield,
  setMetafields,
} from './documents.ts'
import { isStale, problemOfMetafield } from './problems.ts'
import type { MetafieldError } from './problems.ts'
import { resultOf } from './send.server.ts'
import type { Answer } from './send.server.ts'

/** Of 2 points each; Shopify takes 1,000 in one document. */
const readsPerQuery = 250

/** https://shopify.dev/docs/api/admin-graphql/latest/mutations/metafieldsSet */
const metafieldsPerCall = 25

/** Shopify carries them out one by one. */
const callsPerMutation = 10

/** Merchants change definitions rarely, and a write that doesn't fit is refused anyway. */
const definitionsKnownForMs = 60_000

const definitions = new Map<string, { type: string; until: number }>()

type Calls = Pick<
  AdminApi,
  | 'readMetafields'
  | 'setMetafields'
  | 'deleteMetafields'
  | 'defineMetafield'
  | 'metafieldDefinitions'
>

interface Means {
  shop: string
  clock: Clock
  carryOut: <D extends Document>(asks: Ask<D>[]) => Promise<Answer>
}

export function metafieldCalls({ shop, clock, carryOut }: Means): Calls {
  return {
    async readMetafields(refs) {
      const pages = pagesOf(refs, readsPerQuery).map(async (page) => {
        const asks = page.map(({ customer, name }) => ({
          operation: readMetafield,
          variables: { id: customer, ...splitName(name) },
        }))
        const answer = await carryOut(asks)
        return asks.map((ask, index) => resultOf(answer, ask, index).customer?.metafield ?? null)
      })
      return (await Promise.all(pages)).flat()
    },

    setMetafields: (groups) =>
      writeGroups(groups, (entries) => ({
        operation: setMetafields,
        variables: {
          metafields: entries.map(({ customer, name, type, value, compareDigest }) => ({
            ownerId: customer,
            ...splitName(name),
            type,
            value,
            compareDigest,
          })),
        },
      })),

    deleteMetafields: (refs) =>
      writeGroups(
        refs.map((ref) => [ref]),
        (entries) => ({
          operation: deleteMetafields,
          variables: {
            metafields: entries.map(({ customer, name }) => ({
              ownerId: customer,
              ...splitName(name),
            })),
          },
        }),
      ),

    async metafieldDefinitions() {
      const found: MetafieldDefinition[] = []
      let after: string | null = null
      do {
        const ask: Ask<typeof listMetafieldDefinitions.document> = {
          operation: listMetafieldDefinitions,
          variables: { after },
        }
        const { nodes, pageInfo } = resultOf(await carryOut([ask]), ask, 0).metafieldDefinitions
        for (const { namespace, key, type } of nodes) {
          found.push({ name: `${namespace}.${key}`, type: type.name })
        }
        after = pageInfo.hasNextPage ? (pageInfo.endCursor ?? null) : null
      } while (after !== null)
      return found
    },

    async defineMetafield(name, type, about) {
      const known = definitions.get(`${shop} ${name}`)
      if (known && known.until > clock.now()) return known.type
      const defined = (await definedType(name)) ?? (await define(name, type, about))
      if (defined === type) {
        const until = clock.now() + definitionsKnownForMs
        definitions.set(`${shop} ${name}`, { type: defined, until })
      }
      return defined
    },
  }

  async function definedType(name: string): Promise<string | null> {
    const ask = { operation: findMetafieldDefinition, variables: splitName(name) }
    const [definition] = resultOf(await carryOut([ask]), ask, 0).metafieldDefinitions.nodes
    return definition?.type.name ?? null
  }

  async function define(
    name: string,
    type: string,
    about?: DefinitionAbout,
  ): Promise<string | null> {
    const ask = {
      operation: createMetafieldDefinition,
      variables: {
        ...splitName(name),
        name: about?.title ?? titleOf(name),
        type,
        ...(about?.description ? { description: about.description } : {}),
        ...(about?.isPinned ? { pin: true } : {}),
        ...(about?.isFilterable ? { capabilities: { adminFilterable: { enabled: true } } } : {}),
      },
    }
    const { outcome } = resultOf(await carryOut([ask]), ask, 0)
    if (outcome?.createdDefinition) return type
    const errors: MetafieldError[] = outcome?.userErrors ?? []
    const isBarred = (...codes: string[]) => errors.some(({ code }) => codes.includes(code ?? ''))
    // Pins and filters are few in a store; a definition without them is better than none.
    if (about?.isPinned && isBarred('PINNED_LIMIT_REACHED', 'UNSUPPORTED_PINNING')) {
      return define(name, type, { ...about, isPinned: false })
    }
    const noFilters = ['OWNER_TYPE_LIMIT_EXCEEDED_FOR_USE_AS_ADMIN_FILTERS', 'INVALID_CAPABILITY']
    if (about?.isFilterable && isBarred(...noFilters)) {
      return define(name, type, { ...about, isFilterable: false })
    }
    // Somebody was faster, or the store may have no more: then the metafield does without.
    return isBarred('TAKEN') ? definedType(name) : null
  }

  /**
   * A call takes 25 metafields and stores all of them or none. Groups share calls; those of a call
   * that was refused go once more, each with a call of its own, so that the wrong one stands alone.
   */
  async function writeGroups<T, D extends WriteDocument>(
    groups: T[][],
    askFor: (entries: T[]) => Ask<D>,
  ): Promise<MetafieldResult[]> {
    const results = new Map<number, MetafieldResult>()
    const refused: number[][] = []
    await writeCalls(sharedCalls(groups))
    await writeCalls(refused.splice(0))
    return groups.map((_group, index) => results.get(index) ?? { outcome: 'written' })

    async function writeCalls(calls: number[][]): Promise<void> {
      await Promise.all(
        pagesOf(calls, callsPerMutation).map(async (page) => {
          const asks = page.map((call) => askFor(call.flatMap((index) => groups[index] ?? [])))
          let answer: Answer | null = null
          let trouble: unknown = null
          try {
            answer = await carryOut(asks)
          } catch (error) {
            trouble = error
          }
          for (const [number, call] of page.entries()) {
            const ask = asks[number]
            if (!ask) continue
            const result = answer ? outcomeOf(answer, ask, number) : refusal(trouble)
            if (result.outcome !== 'written' && result.isAboutEntries && call.length > 1) {
              refused.push(...call.map((index) => [index]))
            } else {
              for (const index of call) results.set(index, result)
            }
          }
        }),
      )
    }
  }
}

type WriteDocument = typeof setMetafields.document | typeof deleteMetafields.document

type CallOutcome = MetafieldResult & {
  /** Whether Shopify minds what is written, rather than has trouble with the request. */
  isAboutEntries?: boolean
}

const refusal = (thrown: unknown): CallOutcome => ({
  outcome: 'refused',
  problem: problemOf(thrown),
})

function outcomeOf(answer: Answer, ask: Ask<WriteDocument>, number: number): CallOutcome {
  try {
    const { outcome } = resultOf<WriteDocument>(answer, ask, number)
    const errors: MetafieldError[] = outcome?.userErrors ?? []
    const [error] = errors
    if (!error) return { outcome: 'written' }
    const isAboutEntries = true
    if (errors.every(isStale)) return { outcome: 'stale', isAboutEntries }
    const worst = errors.find((each) => !isStale(each)) ?? error
    return { outcome: 'refused', problem: problemOfMetafield(worst), isAboutEntries }
  } catch (thrown) {
    return refusal(thrown)
  }
}

/** Which groups go together, by their numbers. */
function sharedCalls(groups: readonly unknown[][]): number[][] {
  const calls: { size: number; groups: number[] }[] = []
  for (const [index, { length }] of groups.entries()) {
    const last = calls.at(-1)
    if (last && last.size + length <= metafieldsPerCall) {
      last.groups.push(index)
      last.size += length
    } else {
      calls.push({ size: length, groups: [index] })
    }
  }
  return calls.map((call) => call.groups)
}

/** A namespace has no dot. */
function splitName(name: string): { namespace: string; key: string } {
  const dot = name.indexOf('.')
  return { namespace: name.slice(0, dot), key: name.slice(dot + 1) }
}

/** `loyalty.status` -> `Loyalty status` */
function titleOf(name: string): string {
  const words = name.replace(/[._-]+/g, ' ').trim()
  return words.charAt(0).toUpperCase() + words.slice(1)
}
