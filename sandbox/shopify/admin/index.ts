import { z } from 'zod'
import { bulk } from './bulk.ts'
import { catalog } from './catalog.ts'
import { customers } from './customers.ts'
import { definitions } from './definitions.ts'
import { discounts } from './discounts.ts'
import { flow } from './flow.ts'
import { refusal, typeOf, type Call, type Resolve, type ResolverGroup } from './group.ts'
import { metafields } from './metafields.ts'
import { orders } from './orders.ts'
import { shop } from './shop.ts'
import { storeCredit } from './store-credit.ts'

const groups: readonly ResolverGroup[] = [
  shop,
  customers,
  metafields,
  definitions,
  catalog,
  discounts,
  orders,
  storeCredit,
  flow,
  bulk,
]

const nodeArgs = z.object({ id: z.string() })
const nodesArgs = z.object({ ids: z.array(z.string()) })

const finders = new Map(groups.flatMap((group) => Object.entries(group.nodes)))

/** The fields of the schema's two root types that the sandbox answers. */
export const roots = {
  QueryRoot: new Map<string, Resolve>([
    ...groups.flatMap((group) => Object.entries(group.queries)),
    ['node', (args, call) => find(nodeArgs.parse(args).id, call)],
    ['nodes', (args, call) => nodesArgs.parse(args).ids.map((id) => find(id, call))],
  ]),
  Mutation: new Map(groups.flatMap((group) => Object.entries(group.mutations))),
}

function find(id: string, call: Call): object | null {
  const finder = finders.get(typeOf(id))
  if (!finder) {
    throw refusal(`not supported by the sandbox: node of ${typeOf(id)}`, 'SANDBOX_UNSUPPORTED')
  }
  return finder(id, call)
}
