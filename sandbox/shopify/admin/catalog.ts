import { z } from 'zod'
import type { ResourceType } from '../catalog.ts'
import type { Store } from '../store.ts'
import { connection } from './connection.ts'
import type { Resolve, ResolverGroup } from './group.ts'

const idArgs = z.object({ id: z.string() })

export const catalog: ResolverGroup = {
  queries: {
    collection: (args, { store }) => find('Collection', idArgs.parse(args).id, store),
    product: (args, { store }) => find('Product', idArgs.parse(args).id, store),
    collections: list('Collection'),
    products: list('Product'),
  },
  mutations: {},
  nodes: {
    Collection: (id, { store }) => find('Collection', id, store),
    Product: (id, { store }) => find('Product', id, store),
  },
}

function find(type: ResourceType, id: string, store: Store) {
  const resource = store.catalog.get(id)
  return resource?.id.includes(`/${type}/`) ? { __typename: type, ...resource } : null
}

function list(type: ResourceType): Resolve {
  return (args, { store }) =>
    connection(
      store.catalog.of(type),
      args,
      ({ id }) => id,
      (resource) => ({ __typename: type, ...resource }),
    )
}
