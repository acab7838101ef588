import type { AdminApi, GraphqlCall } from './admin.ts'

export function createAdmin(_options: { shop: string; graphql: GraphqlCall }): AdminApi {
  throw new Error('Not here yet.')
}
