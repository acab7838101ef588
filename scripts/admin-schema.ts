/**
 * The official schema of the Admin API, as Shopify ships it in `@shopify/dev-mcp`: what the types
 * of our GraphQL documents are generated from and what the documents are checked against.
 */
import { readFileSync } from 'node:fs'
import { findPackageJSON } from 'node:module'
import { dirname, join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { buildClientSchema } from 'graphql'
import type { GraphQLSchema, IntrospectionQuery } from 'graphql'
import { z } from 'zod'

const apiVersion = '2026-10'

const schemaFile = z.object({
  data: z.custom<IntrospectionQuery>((value) => typeof value === 'object' && value !== null),
})

export function loadAdminSchema(): GraphQLSchema {
  const manifest = findPackageJSON('@shopify/dev-mcp', import.meta.url)
  if (!manifest) throw new Error('@shopify/dev-mcp is not installed: run npm install.')
  const path = join(dirname(manifest), 'dist', 'data', `admin_${apiVersion}.json.gz`)
  const { data } = schemaFile.parse(JSON.parse(gunzipSync(readFileSync(path)).toString('utf8')))
  return buildClientSchema(data, { assumeValid: true })
}
